import { readPrompt } from '../../menu/ussd/read.ts'
import type { UssdAct, UssdDone } from '../../menu/ussd/session.ts'
import { Problem } from '../../phone/problem.ts'
import type { UssdRequest } from '../../phone/ussd.ts'
import type { HeldMenu } from '../menu/ports.ts'
import type { UssdChoice, UssdPorts } from './ports.ts'

const told = (lines: readonly string[], ends = false): UssdDone => ({ kind: 'told', lines, ends })
const nobody = 'Nobody can be reached there at the moment.'
const callingBack = 'You are called back now.'
const failed = 'Sorry, that did not work. Please try again later.'

/**
 * Carries out what an option is for, as far as text goes: who is to be connected is called back, and what can only be heard
 * names the number to call. A fault in it is written down, and the session goes on where it would have gone on after it.
 */
export async function actByText(
  held: HeldMenu,
  effect: UssdAct,
  request: UssdRequest & { readonly id: string },
  ports: UssdPorts,
): Promise<UssdDone> {
  try {
    if (effect.kind === 'act') return await perform(held, effect, request, ports)
    const { digits } = effect
    if (!(await ports.hasExtension(digits))) return { kind: 'unknown_extension' }
    return await callBack([digits], undefined, request, ports)
  } catch (error) {
    ports.log.error({ session: request.id, menu: held.id, err: error }, 'an option of a menu failed by USSD')
    return told([failed])
  }
}

async function perform(
  held: HeldMenu,
  effect: Extract<UssdAct, { kind: 'act' }>,
  request: UssdRequest & { readonly id: string },
  ports: UssdPorts,
): Promise<UssdDone> {
  const { action } = effect
  switch (action.kind) {
    case 'hangup':
      return told(readPrompt(action.say))
    case 'say': {
      const lines = readPrompt(action.say)
      return told(lines.length === 0 ? [await byPhone(held, ports)] : lines)
    }
    case 'dial': {
      const done = await callBack(
        action.to,
        action.unanswered === undefined ? undefined : readPrompt(action.unanswered),
        request,
        ports,
      )
      return done.kind === 'told' ? { ...done, lines: [...readPrompt(action.say), ...done.lines] } : done
    }
    case 'forward':
    case 'voicemail':
      return told([await byPhone(held, ports)], true)
    case 'conference':
      return told([...readPrompt(action.say), await byPhone(held, ports)])
    case 'message': {
      const choice = choiceOf(held, effect, request)
      await ports.sendText(await ports.numberOf(held.id), action.to, filled(action.text, choice))
      return told(readPrompt(action.say))
    }
    case 'webhook':
      await ports.tell(action.url, choiceOf(held, effect, request))
      return told(readPrompt(action.say))
  }
}

async function callBack(
  to: readonly string[],
  unanswered: readonly string[] | undefined,
  { id, phone }: UssdRequest & { readonly id: string },
  ports: UssdPorts,
): Promise<UssdDone> {
  for (const text of to) {
    const address = await ports.address(text)
    if (address === undefined) continue
    try {
      await ports.callBack(phone, address)
      return told([callingBack], true)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      ports.log.warn({ session: id, to: text, reason: error.message }, 'somebody could not be called back')
    }
  }
  return told(unanswered ?? [nobody])
}

async function byPhone({ id }: HeldMenu, ports: UssdPorts): Promise<string> {
  const number = await ports.numberOf(id)
  return number === undefined ? 'This is offered by phone only.' : `Please call ${number} for this.`
}

function choiceOf(
  { id }: HeldMenu,
  { menu: at, key, label }: Extract<UssdAct, { kind: 'act' }>,
  request: UssdRequest & { readonly id: string },
): UssdChoice {
  return {
    ...{ session: request.id, menu: id, at, caller: request.phone, number: request.code },
    ...(key === undefined ? {} : { key }),
    ...(label === undefined ? {} : { label }),
  }
}

function filled(text: string, choice: UssdChoice): string {
  const { caller, number, at, key = '', label = '' } = choice
  const values: Readonly<Record<string, string>> = { caller, number, menu: at, key, label }
  return text.replace(/\{(caller|number|menu|key|label)\}/g, (_, name: string) => values[name] ?? '')
}
