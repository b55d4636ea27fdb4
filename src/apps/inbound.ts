import type { Logger } from '../base/log.ts'
import { type Address, describeAddress } from '../phone/address.ts'
import type { Assignment } from '../phone/assignment.ts'
import { type Call, CallEnded, type HangupReason, remoteParty } from '../phone/call.ts'
import type { Flow } from '../phone/flow.ts'
import type { Forward } from '../phone/forward.ts'
import { mayCallOut, type OutboundRule } from '../phone/outbound.ts'
import { connect } from './connect.ts'
import type { HeldApplication } from './document/ports.ts'
import { runApplication } from './document/run.ts'
import type { Driver } from './drive.ts'
import { type FlowPorts, runFlow } from './flow/run.ts'
import { forwardCall } from './forward.ts'
import type { HeldMenu, MenuPorts } from './menu/ports.ts'
import { runMenu } from './menu/run.ts'
import { type Mailbox, takeMessage } from './voicemail.ts'

/** How long an extension or a number outside rings that was called by its own name or number. */
const directSeconds = 60

/** What the numbers and extensions of the site are for. */
export interface Plan {
  /** `undefined`: rented by nobody; `unassigned`: ours, and without a use yet. */
  assignment(e164: string): Promise<Assignment | 'unassigned' | undefined>
  forward(id: string): Promise<Forward | undefined>
  flow(id: string): Promise<Flow | undefined>
  menu(id: string): Promise<HeldMenu | undefined>
  hasExtension(username: string): Promise<boolean>
  outbound(username: string): Promise<{ readonly rule: OutboundRule; readonly maxCalls: number } | undefined>
  /** The application that all calls from this extension are given to. */
  applicationOfCaller(username: string): string | undefined
  /** E.164 of the rented numbers; some are enough, at least one per country. */
  ownNumbers(): Promise<readonly string[]>
}

export interface InboundApp {
  readonly plan: Plan
  readonly mailbox: Mailbox
  readonly driver: Driver
  readonly flows: FlowPorts
  readonly menus: MenuPorts
  /** What an application is made of; `undefined` when it is gone. */
  application(id: string): Promise<HeldApplication | 'texts_only' | undefined>
  readonly log: Logger
  /** Of numbers written without country code, ISO 3166-1 alpha-2; absent: there are none such. */
  readonly country?: string | undefined
  /** The call turned out to be for this forward. */
  onForward(call: Call, forward: Forward): void
  /** Hands the call to the application that drives it; resolves when it is over. */
  session(call: Call, assignment: Extract<Assignment, { kind: 'notify' }>): Promise<void>
  /** Calls that are up or ringing and were brought by this extension, this one included. */
  callsOf(username: string): number
}

/**
 * Runs the app that a call is for, to its end. Never rejects: a fault is logged and ends the call with `failed`.
 * @param to who is wanted: whom the caller called, or whom the one that we called is to be put through to
 */
export async function handleCall(call: Call, app: InboundApp, to: Address = call.to): Promise<void> {
  try {
    const refusal = (await tooMany(call, app)) ?? (await toApp(call, to, app))
    if (refusal !== undefined) await call.hangup(refusal)
  } catch (error) {
    if (error instanceof CallEnded) return
    app.log.error({ call: call.id, err: error }, 'an app failed; the call is hung up')
    await call.hangup({
      code: 'failed',
      sentence: 'a fault in the service ended the call; the log has it under the id of the call',
    })
  }
}

/** @returns why the call is refused, where it is */
async function toApp(call: Call, to: Address, app: InboundApp): Promise<HangupReason | undefined> {
  const { source } = call
  const own = source.kind === 'extension' ? app.plan.applicationOfCaller(source.username) : undefined
  if (own !== undefined) return await toDocuments(call, own, describeAddress(call.from), app)
  switch (to.kind) {
    case 'anonymous':
      return { code: 'not_found', sentence: 'the call names nobody to be put through to' }
    case 'uri':
      return { code: 'not_allowed', sentence: `${to.uri} is neither an extension nor a number of this site` }
    case 'extension':
      if (!(await app.plan.hasExtension(to.username)))
        return await nobodyOwns(to.username, app, dialsOut(call) ? nationalHint(to.username, app) : '')
      await connect(call, [{ to, seconds: directSeconds }])
      return undefined
    case 'number':
      return toNumber(call, to.e164, app)
  }
}

async function toNumber(call: Call, e164: string, app: InboundApp): Promise<HangupReason | undefined> {
  const assignment = await app.plan.assignment(e164)
  if (assignment === undefined) return await callOut(call, e164, app)
  if (assignment === 'unassigned') {
    return { code: 'not_found', sentence: `${e164} is a number of this site, but nothing is assigned to it yet` }
  }
  if (assignment.kind === 'api') {
    await app.driver.drive(call, assignment)
    return undefined
  }
  if (assignment.kind === 'flow') {
    const flow = await app.plan.flow(assignment.flow)
    if (flow === undefined)
      return { code: 'not_found', sentence: `${e164} belongs to the flow ${assignment.flow}, which is gone` }
    await runFlow(call, flow, app.flows)
    return undefined
  }
  if (assignment.kind === 'menu') {
    const held = await app.plan.menu(assignment.menu)
    if (held === undefined)
      return { code: 'not_found', sentence: `${e164} belongs to the menu ${assignment.menu}, which is gone` }
    await runMenu(call, held, app.menus)
    return undefined
  }
  if (assignment.kind === 'extension') {
    const { username } = assignment
    await connect(call, [{ to: { kind: 'extension', username, raw: username }, seconds: directSeconds }])
    return undefined
  }
  if (assignment.kind === 'notify') {
    await app.session(call, assignment)
    return undefined
  }
  if (assignment.kind === 'application') {
    return await toDocuments(call, assignment.application, e164, app)
  }
  const forward = await app.plan.forward(assignment.forward)
  if (forward === undefined) {
    return { code: 'not_found', sentence: `${e164} belongs to the forward ${assignment.forward}, which is gone` }
  }
  app.onForward(call, forward)
  app.log.info({ call: call.id, forward: forward.id, from: describeAddress(remoteParty(call)) }, 'a call for a forward')
  if (assignment.kind === 'forward') await forwardCall(call, forward, app.mailbox, app.log)
  else await takeMessage(call, forward, app.mailbox, app.log)
  return undefined
}

async function toDocuments(
  call: Call,
  application: string,
  whose: string,
  app: InboundApp,
): Promise<HangupReason | undefined> {
  const held = await app.application(application)
  if (held === undefined)
    return { code: 'not_found', sentence: `${whose} belongs to the application ${application}, which is gone` }
  if (held === 'texts_only') {
    const sentence = `${whose} belongs to the application ${application}, which takes texts only: it has no answer_url`
    return { code: 'not_found', sentence }
  }
  await runApplication(call, held.application, held.ports)
  return undefined
}

/** Only an extension, or the operator through the API, may reach numbers that are not ours: others would use us as a relay. */
async function callOut(call: Call, e164: string, app: InboundApp): Promise<HangupReason | undefined> {
  const { source } = call
  switch (source.kind) {
    case 'trunk':
    case 'trusted':
    case 'call':
      return await nobodyOwns(e164, app)
    case 'extension': {
      const outbound = await app.plan.outbound(source.username)
      if (outbound === undefined) return { code: 'not_allowed', sentence: `the extension ${source.username} is gone` }
      const verdict = mayCallOut(outbound.rule, e164, await app.plan.ownNumbers())
      if (!verdict.allowed) return { code: 'not_allowed', sentence: verdict.sentence }
      break
    }
    case 'service':
  }
  await connect(call, [{ to: { kind: 'number', e164, raw: e164 }, seconds: directSeconds }])
  return undefined
}

async function tooMany(call: Call, app: InboundApp): Promise<HangupReason | undefined> {
  if (call.source.kind !== 'extension') return undefined
  const { username } = call.source
  const outbound = await app.plan.outbound(username)
  const up = app.callsOf(username)
  if (outbound === undefined || up <= outbound.maxCalls) return undefined
  return {
    code: 'busy',
    sentence: `${username} has ${up - 1 === 1 ? '1 call' : `${up - 1} calls`} up and is allowed ${outbound.maxCalls} at once (its setting outbound.maxCalls)`,
  }
}

/** A number written in another way than it is rented is the usual cause; so the nearest one is named. */
async function nobodyOwns(wanted: string, app: InboundApp, otherwise = ''): Promise<HangupReason> {
  const digits = wanted.replace(/\D/g, '')
  const near = (await app.plan.ownNumbers()).find((own) => {
    const have = own.slice(1)
    return digits.length >= 4 && have !== digits && (have.endsWith(digits) || digits.endsWith(have))
  })
  const hint = near === undefined ? otherwise : `; the nearest number of this site is ${near}`
  return { code: 'not_found', sentence: `nobody owns ${wanted}${hint}` }
}

/** Those who may reach numbers outside; to others a hint about them would be none. */
const dialsOut = (call: Call): boolean => call.source.kind === 'extension' || call.source.kind === 'service'

/** `0301234567`: a number as people of one country dial it, where nobody told us which. */
function nationalHint(wanted: string, { country }: InboundApp): string {
  if (!/^[0-9]{6,15}$/.test(wanted)) return ''
  return country === undefined
    ? '; a number outside is written with + and its country code, unless OFFHOOK_COUNTRY says which country it is in'
    : `; nor is it a number as written in ${country} (OFFHOOK_COUNTRY)`
}
