import type { DialplanPorts, Place } from '../../apps/dialplan/ports.ts'
import { filled, type Variables } from '../../apps/dialplan/variables.ts'
import { runFlow } from '../../apps/flow/run.ts'
import { forwardCall } from '../../apps/forward.ts'
import { handleCall, type InboundApp } from '../../apps/inbound.ts'
import type { ActionKeeper } from '../../apps/keeper.ts'
import { runMenu } from '../../apps/menu/run.ts'
import { type Contexts, type ContextUse, useOf } from '../../apps/spool/contexts.ts'
import { takeMessage } from '../../apps/voicemail.ts'
import type { Clock } from '../../base/clock.ts'
import type { Call } from '../../phone/call.ts'
import type { Forward } from '../../phone/forward.ts'
import { allFlows } from '../../store/flows.ts'
import { allForwards } from '../../store/forwards.ts'
import { allMenus } from '../../store/menus.ts'
import type { Db } from '../../store/store.ts'
import type { Callees } from './callees.ts'
import type { Sounds } from './sounds.ts'

export interface DialplanOptions {
  readonly db: Db
  readonly clock: Clock
  readonly app: InboundApp
  readonly keeper: ActionKeeper
  readonly note: DialplanPorts['note']
  readonly callees: Callees
  readonly sounds: Sounds
  readonly contexts: Contexts
}

/** What applications of call files need of the running service. */
export const dialplanPorts = (options: DialplanOptions): DialplanPorts => ({
  ...{ clock: options.clock, log: options.app.log, keeper: options.keeper, mailbox: options.app.mailbox },
  note: options.note,
  sound: (name) => options.sounds.find(name),
  keepSound: (path, name) => options.sounds.keep(path, name),
  callee: (channel) => options.callees.named(channel),
  mailboxOf: (name) => forwardOf(name, options),
  enter: (call, place, variables) => enter(call, place, variables, options),
})

async function enter(
  call: Call,
  place: Place,
  variables: Variables,
  options: DialplanOptions,
): Promise<string | undefined> {
  const { context, extension, priority } = place
  const where = `${context},${extension},${priority}`
  const use = useOf(options.contexts, context, extension)
  if (use === undefined)
    return `nothing is at ${where} here: OFFHOOK_SPOOL_CONTEXTS does not name the context ${context}`
  if (priority !== 1) return `nothing is at ${where} here: what a context leads to begins at priority 1`
  // What Asterisk sets by itself goes before.
  const all: Variables = [...variables, ['CONTEXT', context], ['EXTEN', extension]]
  if (use.kind !== 'site') return await enterUse(call, use, all, options)
  const to = await options.callees.dialed(extension)
  if (typeof to === 'string') return to
  await handleCall(call, options.app, to)
  return undefined
}

async function enterUse(
  call: Call,
  { kind, name }: Exclude<ContextUse, { kind: 'site' }>,
  variables: Variables,
  options: DialplanOptions,
): Promise<string | undefined> {
  const { app, db } = options
  const gone = `there is no ${kind} ${name} (OFFHOOK_SPOOL_CONTEXTS)`
  switch (kind) {
    case 'flow': {
      const id = idOf(name, await allFlows(db))
      const flow = id === undefined ? undefined : await app.plan.flow(id)
      if (flow === undefined) return gone
      const steps = flow.steps.map((step) => ({ ...step, does: filled(step.does, variables) }))
      await runFlow(call, { steps }, app.flows)
      return undefined
    }
    case 'menu': {
      const id = idOf(
        name,
        (await allMenus(db)).map((row) => ({ id: row.id, name: row.name })),
      )
      const held = id === undefined ? undefined : await app.plan.menu(id)
      if (held === undefined) return gone
      await runMenu(call, { ...held, menu: filled(held.menu, variables) }, app.menus)
      return undefined
    }
    case 'forward':
    case 'voicemail': {
      const forward = await forwardOf(name, options)
      if (forward === undefined) return gone
      app.onForward(call, forward)
      if (kind === 'forward') await forwardCall(call, forward, app.mailbox, app.log)
      else await takeMessage(call, forward, app.mailbox, app.log)
      return undefined
    }
  }
}

const idOf = (name: string, rows: readonly { readonly id: string; readonly name: string }[]): string | undefined =>
  rows.find((row) => row.id === name)?.id ?? rows.find((row) => row.name.toLowerCase() === name.toLowerCase())?.id

/** By id, name, or one of its numbers; else the first that rings that extension. */
async function forwardOf(name: string, { db, app }: DialplanOptions): Promise<Forward | undefined> {
  if (name === '') return undefined
  const rows = await allForwards(db)
  const digits = name.replace(/^\+/, '')
  const id =
    idOf(name, rows) ??
    rows.find((row) => [row.number, row.voicemailNumber].includes(`+${digits}`))?.id ??
    rows.find((row) => row.targets.some(({ to }) => to === name))?.id
  return id === undefined ? undefined : await app.plan.forward(id)
}
