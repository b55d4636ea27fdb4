import { type Call, CallEnded } from '../phone/call.ts'
import type { AnswerDeed, AnswerPlan } from '../phone/detect.ts'
import type { AnsweredBy } from '../phone/listen.ts'
import { detect } from './detect.ts'

const unlessGiven: Readonly<Record<AnsweredBy, AnswerDeed>> = {
  person: 'go_on',
  machine: 'hangup',
  fax: 'hangup',
  silence: 'go_on',
}

const names: Readonly<Record<AnsweredBy, string>> = {
  person: 'a person',
  machine: 'a machine',
  fax: 'a fax',
  silence: 'nobody who is heard',
}

/**
 * Does with a call that was just answered what is to be done with whoever answered it; `goOn` is what the call is for.
 * @returns `again`: it counts as not answered
 */
export async function followAnswer(
  call: Call,
  plan: AnswerPlan | undefined,
  goOn: () => Promise<void>,
): Promise<'over' | 'again'> {
  if (plan === undefined) {
    await goOn()
    return 'over'
  }
  const deed = await deedFor(call, plan).catch((error: unknown) => {
    if (error instanceof CallEnded) return undefined
    throw error
  })
  if (deed === undefined) return 'over'
  if (deed === 'go_on') {
    await goOn()
    return 'over'
  }
  await call.hangup({ code: 'completed', sentence: deed.sentence })
  return deed.again ? 'again' : 'over'
}

async function deedFor(
  call: Call,
  plan: AnswerPlan,
): Promise<'go_on' | { readonly sentence: string; readonly again: boolean }> {
  const { machine = unlessGiven.machine } = plan
  const message = typeof machine === 'object' ? { message: machine.message } : {}
  const found = await detect(call, { beep: machine === 'wait', ...message })
  const deed = plan[found.by] ?? unlessGiven[found.by]
  const who = `${names[found.by]} answered`
  if (typeof deed === 'object') {
    const left = found.left === true ? 'the message was left' : 'the message could not be left'
    return { sentence: `${who}, and ${left}`, again: false }
  }
  switch (deed) {
    case 'go_on':
    case 'wait':
      return 'go_on'
    case 'hangup':
      return { sentence: `${who}, and the call was to be hung up then`, again: false }
    case 'again':
      return { sentence: `${who}, and the call counts as not answered`, again: true }
  }
}
