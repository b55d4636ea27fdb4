import { z } from 'zod'
import type { Action } from '../../phone/action.ts'
import type { Address } from '../../phone/address.ts'
import type { Flow } from '../../phone/flow.ts'
import { allExtensions } from '../../store/extensions.ts'
import { getFlow } from '../../store/flows.ts'
import { defined } from '../defined.ts'
import type { ApiOptions } from '../options.ts'
import type { DrivenBy, PlanCall, PlannedWork } from '../ports.ts'
import { addressText, body, id, parseAddress } from '../shapes.ts'
import { refusal } from '../validation.ts'
import { ActionShape } from './action-shape.ts'
import { InlineFlow } from './flow-shape.ts'
import { hoursOf, type planFields } from './planned-shape.ts'
import { actionReader } from './read-action.ts'
import { readFlow } from './read-flow.ts'

/** What every request for a call says, placed at once or planned. */
export const callFields = {
  app: z
    .enum(['connect', 'api', 'flow'])
    .optional()
    .describe(
      '`connect`: rings `from`, then `to`. `api`: only `to` is rung, and actions say what happens then. `flow`: only `to` is rung, and the flow says it. What `flow` or `actions` ask for unless given, else `connect`',
    ),
  from: addressText.describe('Rung first; with `api` and `flow` only shown to `to` as its caller'),
  to: addressText.describe('Rung once `from` has answered; with `api` and `flow` at once'),
  seconds: z.int().min(1).max(600).default(60).describe('How long each rings'),
  flow: z
    .union([id('flow'), InlineFlow])
    .optional()
    .describe('A saved one by its id, or one of this call'),
  actions: z
    .array(ActionShape)
    .min(1)
    .max(100)
    .optional()
    .describe('Done one after the other once it is answered, up to one that fails; then others are taken'),
}
const written = body(callFields)
type WrittenCall = z.infer<typeof written>
type CallReading = Pick<ApiOptions, 'store' | 'phone' | 'country'>

/** @throws Problem `invalid_request` with everything that is wrong */
export async function readCall(
  call: WrittenCall,
  reading: CallReading,
): Promise<{ readonly from: Address; readonly to: Address; readonly by: DrivenBy | undefined }> {
  const { store, country } = reading
  const usernames = new Set((await allExtensions(store.db)).map((extension) => extension.username))
  const [from, to] = (['from', 'to'] as const).map((field) => parseAddress(call[field], country, usernames))
  const faults = [
    ...(reachable(from, usernames) ? [] : [{ field: '/from', sentence: missing(call.from) }]),
    ...(reachable(to, usernames) ? [] : [{ field: '/to', sentence: missing(call.to) }]),
  ]
  if (from === undefined || to === undefined || faults.length > 0) throw refusal(faults)
  return { from, to, by: await drivenBy(call, usernames, reading) }
}

type WrittenPlan = { readonly [F in keyof typeof planFields]?: z.infer<(typeof planFields)[F]> }

/** What is planned, but its parties and times. A saved flow is read when it runs. */
export function plannedWork(
  call: WrittenCall & WrittenPlan & { readonly account?: string | undefined },
  by: DrivenBy | undefined,
): Omit<PlanCall, 'from' | 'to' | 'at' | 'until'> {
  const { seconds, retry, hours, priority, account, flow } = call
  const work: PlannedWork =
    typeof flow === 'string' ? { kind: 'saved_flow', flow } : by === undefined ? { kind: 'connect' } : by
  return {
    ...{ seconds, work, account, priority: priority ?? 0, retry: defined(retry ?? {}) },
    hours: hours === undefined ? undefined : hoursOf(hours),
  }
}

/** `undefined`: the two are connected. */
async function drivenBy(
  { app: mode, flow, actions }: WrittenCall,
  usernames: ReadonlySet<string>,
  reading: CallReading,
): Promise<DrivenBy | undefined> {
  const asked = flow !== undefined ? 'flow' : actions !== undefined ? 'api' : undefined
  if (flow !== undefined && actions !== undefined)
    throw refusal([{ field: '/actions', sentence: 'cannot stand beside a flow: make them its steps' }])
  if (mode === 'flow' && flow === undefined)
    throw refusal([{ field: '/flow', sentence: 'is missing; it takes the id of a flow, or a flow with its steps' }])
  if (mode !== undefined && asked !== undefined && mode !== asked)
    throw refusal([{ field: '/app', sentence: `takes "${asked}" beside ${asked === 'flow' ? 'a flow' : 'actions'}` }])
  switch (mode ?? asked ?? 'connect') {
    case 'connect':
      return undefined
    case 'api':
      return { kind: 'api', actions: await readActions(actions ?? [], usernames, reading) }
    case 'flow':
      return { kind: 'flow', flow: await flowOf(flow, reading) }
  }
}

async function readActions(
  written: readonly z.infer<typeof ActionShape>[],
  usernames: ReadonlySet<string>,
  { country, phone }: CallReading,
): Promise<readonly Action[]> {
  const reader = actionReader(country, usernames)
  const planned = written.map((action, i) => ({
    action: reader.read(action, `/actions/${i}`),
    field: `/actions/${i}`,
  }))
  const faults = [...reader.faults, ...(await phone.checkPlan(planned))]
  if (faults.length > 0) throw refusal(faults)
  return planned.map(({ action }) => action)
}

async function flowOf(flow: WrittenCall['flow'], { store: { db }, country, phone }: CallReading): Promise<Flow> {
  if (typeof flow === 'object') return readFlow(flow.steps, { db, country, phone }, '/flow')
  const row = flow === undefined ? undefined : await getFlow(db, flow)
  // What was checked when it was saved.
  if (row !== undefined) return row.flow as Flow
  throw refusal([{ field: '/flow', sentence: `names no flow: there is no ${flow}` }])
}

const reachable = (address: ReturnType<typeof parseAddress>, usernames: ReadonlySet<string>): boolean =>
  address !== undefined &&
  address.kind !== 'anonymous' &&
  (address.kind !== 'extension' || usernames.has(address.username))

const missing = (text: string): string => `names nobody: there is no extension ${text}, and it is no number or SIP URI`
