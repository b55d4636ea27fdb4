import type { MenuPrompt } from '../../menu/model.ts'
import type { WalkEffect, WalkEvent } from '../../menu/walk.ts'
import { addressKey } from '../../phone/address.ts'
import { type Call, CallEnded, type DialTarget, remoteParty } from '../../phone/call.ts'
import { talkEnded } from '../connect.ts'
import { forwardCall } from '../forward.ts'
import { takeMessage } from '../voicemail.ts'
import type { HeldMenu, MenuChoice, MenuPorts } from './ports.ts'
import { promptOf } from './prompt.ts'

type Act = Extract<WalkEffect, { kind: 'act' }>

const acted: WalkEvent = { kind: 'acted' }
const targetSeconds = 25

/**
 * Carries out what an option is for. A fault in it is written down, and the call goes on where it would have gone on after it.
 * @returns `undefined` when the call is over or in other hands
 */
export async function act(call: Call, held: HeldMenu, effect: Act, ports: MenuPorts): Promise<WalkEvent | undefined> {
  try {
    return await perform(call, held, effect, ports)
  } catch (error) {
    if (error instanceof CallEnded) throw error
    ports.log.error({ call: call.id, menu: held.id, err: error }, 'an option of a menu failed')
    ports.note(call.id, `${effect.label ?? effect.action.kind} failed; the menu goes on`)
    return acted
  }
}

async function perform(call: Call, held: HeldMenu, effect: Act, ports: MenuPorts): Promise<WalkEvent | undefined> {
  const { action } = effect
  const play = (prompt: MenuPrompt | undefined): Promise<void> => speak(call, held, prompt, ports)
  switch (action.kind) {
    case 'hangup':
      await play(action.say)
      return acted
    case 'say':
      await play(action.say)
      return acted
    case 'dial': {
      await play(action.say)
      const targets = await targetsOf(action.to, action.seconds ?? targetSeconds, ports)
      const { to } = call
      const end = await call.dial(targets, to.kind === 'number' ? { number: to.e164 } : {})
      if (end.kind === 'answered') {
        await call.hangup(talkEnded(end))
        return undefined
      }
      await play(action.unanswered ?? 'Nobody can take your call there at the moment.')
      return acted
    }
    case 'forward':
    case 'voicemail': {
      const forward = await ports.forward(action.forward)
      if (forward === undefined) throw new Error(`The forward ${action.forward} is gone.`)
      ports.onForward(call, forward)
      if (action.kind === 'forward') await forwardCall(call, forward, ports.mailbox, ports.log)
      else await takeMessage(call, forward, ports.mailbox, ports.log)
      return undefined
    }
    case 'conference':
      await play(action.say)
      await call.join(action.room, { muted: action.muted ?? false, hangupOnStar: true })
      return acted
    case 'message': {
      const choice = choiceOf(call, held, effect)
      await ports.sendText(choice.number, action.to, filled(action.text, choice))
      await play(action.say)
      return acted
    }
    case 'webhook':
      await ports.tell(action.url, choiceOf(call, held, effect))
      await play(action.say)
      return acted
  }
}

/** One that cannot be played is left out: what it announces matters more. */
async function speak(call: Call, { menu }: HeldMenu, prompt: MenuPrompt | undefined, ports: MenuPorts): Promise<void> {
  const heard = prompt === undefined ? undefined : promptOf([prompt], menu.language)
  if (heard === undefined) return
  try {
    await call.play(heard)
  } catch (error) {
    if (error instanceof CallEnded) throw error
    ports.log.error({ call: call.id, err: error }, 'a prompt of a menu could not be played and was left out')
  }
}

async function targetsOf(to: readonly string[], seconds: number, ports: MenuPorts): Promise<DialTarget[]> {
  const targets: DialTarget[] = []
  for (const text of to) {
    const address = await ports.address(text)
    if (address !== undefined) targets.push({ to: address, seconds })
  }
  return targets
}

function choiceOf(call: Call, { id }: HeldMenu, { menu: at, key, label }: Act): MenuChoice {
  return {
    call: call.id,
    menu: id,
    at,
    caller: addressKey(remoteParty(call)),
    number: addressKey(call.direction === 'inbound' ? call.to : call.from),
    ...(key === undefined ? {} : { key }),
    ...(label === undefined ? {} : { label }),
  }
}

/** `{caller}` and the like; what is in no braces of ours stays. */
function filled(text: string, choice: MenuChoice): string {
  const { caller, number, at, key = '', label = '' } = choice
  const values: Readonly<Record<string, string>> = { caller, number, menu: at, key, label }
  return text.replace(/\{(caller|number|menu|key|label)\}/g, (_, name: string) => values[name] ?? '')
}
