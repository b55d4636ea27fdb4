import { checkFlow } from '../../apps/flow/check.ts'
import type { Flow, FlowStep } from '../../phone/flow.ts'
import type { FieldFault } from '../../phone/problem.ts'
import { allExtensions } from '../../store/extensions.ts'
import type { Db } from '../../store/store.ts'
import { defined } from '../defined.ts'
import type { Phone, PlannedAction } from '../ports.ts'
import { refusal } from '../validation.ts'
import type { WrittenStep } from './flow-shape.ts'
import { actionReader } from './read-action.ts'

export interface FlowReading {
  readonly db: Db
  readonly country: string | undefined
  readonly phone: Pick<Phone, 'checkPlan'>
}

/**
 * What a request wrote, in the words of the phone, and checked as a whole.
 * @param at JSON pointer of the flow in its request
 * @throws Problem `invalid_request` with everything that is wrong
 */
export async function readFlow(
  written: readonly WrittenStep[],
  { db, country, phone }: FlowReading,
  at = '',
): Promise<Flow> {
  const usernames = new Set((await allExtensions(db)).map(({ username }) => username))
  const reader = actionReader(country, usernames)
  const planned: PlannedAction[] = []
  const steps = written.map((step, i): FlowStep => {
    const { name = String(i + 1), branches = {}, next, ...rest } = step
    const more = { name, branches, ...defined({ next }) }
    if (rest.block === 'wait') return { ...more, does: rest }
    const field = `/steps/${i}`
    const does = reader.read(rest, field)
    planned.push({ action: does, field })
    return { ...more, does }
  })
  const flow: Flow = { steps }
  const faults: readonly FieldFault[] = [...reader.faults, ...checkFlow(flow), ...(await phone.checkPlan(planned))]
  if (faults.length > 0) throw refusal(faults.map(({ field, sentence }) => ({ field: `${at}${field}`, sentence })))
  return flow
}
