import { z } from 'zod'
import type { Action } from '../../phone/action.ts'
import type { Address } from '../../phone/address.ts'
import type { AnswerPlan } from '../../phone/detect.ts'
import type { Flow } from '../../phone/flow.ts'
import { allExtensions } from '../../store/extensions.ts'
import { getFlow } from '../../store/flows.ts'
import { defined } from '../defined.ts'
import type { ApiOptions } from '../options.ts'
import type { DrivenBy, Phone, PlanCall, PlannedWork } from '../ports.ts'
import { addressText, body, id, parseAddress } from '../shapes.ts'
import { refusal } from '../validation.ts'
import { ActionShape, PromptShape } from './action-shape.ts'
import { idleSeconds } from './call-shape.ts'
import { InlineFlow } from './flow-shape.ts'
import { hoursOf, type planFields } from './planned-shape.ts'
import { actionReader, toPrompt } from './read-action.ts'
import { readFlow } from './read-flow.ts'

const simpleDeed = z.enum(['go_on', 'hangup', 'again'])

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
  detect: body({
    person: simpleDeed.optional(),
    machine: z
      .union([z.enum(['go_on', 'wait', 'hangup', 'again']), z.strictObject({ message: PromptShape })])
      .optional()
      .describe('`wait`: goes on once it records; `message`: left after its beep, then hung up. `hangup` unless given'),
    fax: simpleDeed.optional().describe('`hangup` unless given'),
    silence: simpleDeed.optional(),
  })
    .optional()
    .describe(
      'Finds out who answered `to` before anything else is done, and does this. `again`: hangs up, and counts as no answer for `retry`',
    ),
  actions: z
    .array(ActionShape)
    .min(1)
    .max(100)
    .optional()
    .describe('Done one after the other once it is answered, up to one that fails; then others are taken'),
  idleSeconds: idleSeconds.optional(),
}
const written = body(callFields)
type WrittenCall = z.infer<typeof written>
type CallReading = Pick<ApiOptions, 'store' | 'country'> & { readonly phone: Pick<Phone, 'checkPlan'> }

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
  const phone: CallReading['phone'] = { checkPlan: (actions) => reading.phone.checkPlan(actions, { from, to }) }
  const by = await drivenBy(call, usernames, { ...reading, phone })
  const detect = detectOf(call.detect)
  if (detect === undefined) return { from, to, by }
  if (by === undefined) throw refusal([{ field: '/detect', sentence: 'takes actions or a flow that are to follow' }])
  await checkMessage(detect, reading)
  return { from, to, by: { ...by, detect } }
}

function detectOf(written: WrittenCall['detect']): AnswerPlan | undefined {
  if (written === undefined) return undefined
  const { machine, ...others } = written
  const read = typeof machine === 'object' ? { message: toPrompt(machine.message) } : machine
  return defined({ ...others, machine: read })
}

/** What plays a message has to be able to. */
async function checkMessage({ machine }: AnswerPlan, { phone }: CallReading): Promise<void> {
  const message = typeof machine === 'object' ? { message: machine.message } : {}
  const field = typeof machine === 'object' ? '/detect/machine/message' : '/detect'
  const faults = await phone.checkPlan([{ action: { block: 'detect', ...message }, field }])
  if (faults.length > 0) throw refusal(faults)
}

type WrittenPlan = { readonly [F in keyof typeof planFields]?: z.infer<(typeof planFields)[F]> }

/** What is planned, but its parties and times. A saved flow is read when it runs. */
export function plannedWork(
  call: WrittenCall & WrittenPlan & { readonly account?: string | undefined },
  by: DrivenBy | undefined,
): Omit<PlanCall, 'from' | 'to' | 'at' | 'until'> {
  const { seconds, retry, hours, priority, account, flow } = call
  const saved =
    typeof flow === 'string' ? { kind: 'saved_flow' as const, flow, ...defined({ detect: by?.detect }) } : by
  const work: PlannedWork = saved ?? { kind: 'connect' }
  return {
    ...{ seconds, work, account, priority: priority ?? 0, retry: defined(retry ?? {}) },
    hours: hours === undefined ? undefined : hoursOf(hours),
  }
}

/** `undefined`: the two are connected. */
async function drivenBy(
  { app: mode, flow, actions, idleSeconds: idle }: WrittenCall,
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
  const kind = mode ?? asked ?? 'connect'
  if (idle !== undefined && kind !== 'api')
    throw refusal([{ field: '/idleSeconds', sentence: 'is for calls that actions drive: with "app": "api"' }])
  switch (kind) {
    case 'connect':
      return undefined
    case 'api':
      return {
        kind: 'api',
        actions: await readActions(actions ?? [], usernames, reading),
        ...defined({ idleSeconds: idle }),
      }
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
