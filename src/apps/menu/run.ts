import { announce } from '../../menu/announce.ts'
import { optionsOf } from '../../menu/model.ts'
import { beginWalk, type WalkEffect, type WalkEvent, type WalkStep, walk } from '../../menu/walk.ts'
import { type Call, CallEnded } from '../../phone/call.ts'
import { type Prompt, say } from '../../phone/prompt.ts'
import { connect } from '../connect.ts'
import { act } from './act.ts'
import type { HeldMenu, MenuPorts } from './ports.ts'
import { promptOf } from './prompt.ts'

/** A machine that answers keys with keys would go round without an end. */
const mostSteps = 1000
const ringSeconds = 60

/** Serves a menu by voice to the end of the call. Picks up. */
export async function runMenu(call: Call, held: HeldMenu, ports: MenuPorts): Promise<void> {
  const { menu } = held
  await call.answer()
  let step = beginWalk(menu)
  ports.note(call.id, `the menu ${menu.name}, ${menu.start}`)
  for (let taken = 0; taken < mostSteps; taken++) {
    const event = await carryOut(call, held, step, ports)
    if (event === undefined || call.signal.aborted) return
    const next = walk(menu, step, event)
    tell(call, step, next, ports)
    step = next
  }
  await call.hangup({ code: 'failed', sentence: `the menu ${menu.name} went on for ${mostSteps} steps; it is ended` })
}

/** Whoever reads the story of a call sees its way through the menu. */
function tell(call: Call, before: WalkStep, { state, effect }: WalkStep, ports: MenuPorts): void {
  const at = state.path.at(-1) ?? ''
  if (effect.kind === 'listen' && at !== before.state.path.at(-1)) ports.note(call.id, `on to the menu ${at}`)
  if (effect.kind === 'act' && effect.label !== undefined)
    ports.note(call.id, `${effect.label}, key ${effect.key} of ${at}`)
}

/** What came of it; `undefined`: the call is over or in other hands. */
async function carryOut(call: Call, held: HeldMenu, step: WalkStep, ports: MenuPorts): Promise<WalkEvent | undefined> {
  const { effect } = step
  switch (effect.kind) {
    case 'listen':
      return await listen(call, held, step, effect, ports)
    case 'act':
      return await act(call, held, effect, ports)
    case 'extension': {
      const { digits } = effect
      if (!(await ports.hasExtension(digits))) return { kind: 'unknown_extension' }
      await connect(call, [{ to: { kind: 'extension', username: digits, raw: digits }, seconds: ringSeconds }])
      return undefined
    }
    case 'hangup':
      await call.hangup({ code: 'completed', sentence: `the menu ${held.menu.name} came to its end` })
      return undefined
  }
}

async function listen(
  call: Call,
  { menu }: HeldMenu,
  { state }: WalkStep,
  effect: Extract<WalkEffect, { kind: 'listen' }>,
  ports: MenuPorts,
): Promise<WalkEvent> {
  const prompt = promptOf(effect.say, menu.language)
  const gather = (heard: Prompt | undefined) =>
    call.gather({
      maxDigits: 1,
      finishKey: '',
      firstDigitMs: effect.seconds * 1000,
      bargeIn: effect.bargeIn,
      ...(heard === undefined ? {} : { prompt: heard }),
    })
  try {
    const { digits } = await gather(prompt)
    return digits === '' ? { kind: 'silence' } : { kind: 'key', key: digits }
  } catch (error) {
    if (error instanceof CallEnded || prompt === undefined) throw error
    // A recording that cannot be fetched must not cost the call: the options are spoken in its place, or at least waited for.
    ports.log.error({ call: call.id, err: error }, 'a prompt of a menu could not be played')
    const options = say(announce(optionsOf(menu, state.path.at(-1) ?? menu.start), 'label_first'))
    const spoken = effect.say.some((each) => typeof each !== 'string') ? options : undefined
    const { digits } = await gather(spoken)
    return digits === '' ? { kind: 'silence' } : { kind: 'key', key: digits }
  }
}
