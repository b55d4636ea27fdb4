import { setTimeout as pause } from 'node:timers/promises'
import type { Child } from './child.ts'
import { busySeconds, cpuSeconds, databasePid, familySeconds, residentKb } from './machine.ts'
import type {
  CallerQuestion,
  Calls,
  MediaAnswer,
  Packets,
  RoomAnswer,
  ServiceAnswer,
  ServiceQuestion,
  Started,
  Told,
} from './protocol.ts'

/** How much is measured. */
export interface Plan {
  /** Set-ups before those that count: the compiler's, and the caches'. */
  readonly warmUps: number
  readonly setUps: number
  readonly setUpsPerSecond: number
  /** How many calls are up at once, least first; memory is taken at the last. */
  readonly calls: readonly number[]
  readonly callsPerSecond: number
  readonly settleSeconds: number
  readonly mediaSeconds: number
  /** Calls whose webhooks are timed beside those that are up. */
  readonly told: number
  readonly toldPerSecond: number
  /** Of a conference. */
  readonly roomMembers: number
}

export interface SetUpFigures {
  readonly calls: Calls
  readonly cpuPer1000: number
  /** Of the database's server. */
  readonly databaseCpuPer1000: number | undefined
}

export interface MediaFigures {
  readonly wanted: number
  readonly calls: Calls
  readonly cpuPerCallMinute: number
  /** Over windows of five seconds: the middle one and the worst. */
  readonly p99Ms: readonly [middle: number, worst: number]
  readonly maxMs: number
  readonly skippedTicks: number
  /** Of the packets that were due, 0–1. */
  readonly sent: number
  readonly received: number
  readonly kbPerCall: number
}

export interface WebhookFigures {
  /** With audio. */
  readonly calls: number
  readonly comingUp: Told
  readonly beside: Told
  readonly perSecond: number
}

export interface Figures {
  readonly signalling: SetUpFigures | undefined
  readonly engine: SetUpFigures | undefined
  readonly media: readonly MediaFigures[]
  readonly room: RoomAnswer | undefined
  readonly webhooks: WebhookFigures | undefined
  readonly idleKb: number
  /** Cores that other programs kept busy meanwhile, on average. */
  readonly othersBusy: number
  readonly seconds: number
}

export interface Processes {
  readonly service: Child<ServiceQuestion, ServiceAnswer>
  readonly caller: Child<CallerQuestion, Calls | Packets | Told | number | undefined>
}

/** A forward whose voicemail number answers at once and plays for a minute. */
export async function makeSite({ url, token }: Started): Promise<string> {
  const post = async (path: string, body: object): Promise<Record<string, string>> => {
    const reply = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!reply.ok) throw new Error(`POST ${path}: ${reply.status} ${await reply.text()}`)
    return (await reply.json()) as Record<string, string>
  }
  await post('/v1/extensions', { username: 'bench', password: 'a-password-of-bench' })
  // Near the thousand characters that a prompt may have: about a minute of speech.
  const greeting = 'You have reached the benchmark, which speaks for about a minute. '.repeat(15)
  const forward = await post('/v1/forwards', { name: 'Bench', targets: [{ to: 'bench' }], prompts: { greeting } })
  return forward.voicemailNumber ?? ''
}

export async function measureSetUps(
  { service, caller }: Processes,
  { port, to, dataFolder }: { readonly port: number; readonly to: string; readonly dataFolder: string },
  plan: Plan,
): Promise<SetUpFigures> {
  const ask = { kind: 'setups', perSecond: plan.setUpsPerSecond, port, to } as const
  await caller.ask<Calls>({ ...ask, count: plan.warmUps })
  // What follows a call (its last lines in the store, the memory of its transactions) is a part of its cost.
  await pause(tailMs)
  const database = dataFolder === '' ? undefined : databasePid(dataFolder)
  const before = { cpu: cpuSeconds(service.pid), database: database === undefined ? 0 : familySeconds(database) }
  const calls = await caller.ask<Calls>({ ...ask, count: plan.setUps })
  await pause(tailMs)
  const per1000 = (seconds: number): number => (seconds * 1000) / Math.max(1, calls.answered)
  return {
    calls,
    cpuPer1000: per1000(cpuSeconds(service.pid) - before.cpu),
    databaseCpuPer1000: database === undefined ? undefined : per1000(familySeconds(database) - before.database),
  }
}
const tailMs = 2500

export async function measureMedia(
  { service, caller }: Processes,
  { port, to }: { readonly port: number; readonly to: string },
  wanted: number,
  plan: Plan,
  idleKb: number,
): Promise<MediaFigures> {
  const calls = await caller.ask<Calls>({ kind: 'hold', count: wanted, perSecond: plan.callsPerSecond, port, to })
  await pause(plan.settleSeconds * 1000)
  await caller.ask<Packets>({ kind: 'packets' })
  const skippedBefore = skipped(await service.ask<MediaAnswer>({ kind: 'media' }))
  const before = { cpu: cpuSeconds(service.pid), at: performance.now() }
  const windows: { p99: number; max: number }[] = []
  let last: MediaAnswer | undefined
  while (performance.now() - before.at < plan.mediaSeconds * 1000) {
    await pause(Math.min(5000, plan.mediaSeconds * 1000))
    last = await service.ask<MediaAnswer>({ kind: 'media' })
    const lateness = last.workers.map((worker) => worker.lateness)
    windows.push({ p99: Math.max(...lateness.map((l) => l.p99Ms)), max: Math.max(...lateness.map((l) => l.maxMs)) })
  }
  const seconds = (performance.now() - before.at) / 1000
  const cpu = cpuSeconds(service.pid) - before.cpu
  const packets = await caller.ask<Packets>({ kind: 'packets' })
  await service.ask({ kind: 'tidy' })
  const kbPerCall = (residentKb(service.pid) - idleKb) / Math.max(1, calls.answered)
  await caller.ask({ kind: 'release' })
  const due = Math.max(1, calls.answered) * seconds * 50
  const p99s = windows.map(({ p99 }) => p99).sort((a, b) => a - b)
  return {
    wanted,
    calls,
    cpuPerCallMinute: (cpu * 60) / seconds / Math.max(1, calls.answered),
    p99Ms: [p99s[Math.floor(p99s.length / 2)] ?? 0, p99s.at(-1) ?? 0],
    maxMs: Math.max(...windows.map(({ max }) => max)),
    skippedTicks: (last === undefined ? skippedBefore : skipped(last)) - skippedBefore,
    sent: packets.sent / due,
    received: packets.received / due,
    kbPerCall,
  }
}

/** From INVITE on the wire to the request about it on the wire: of calls that come up with audio, then of others beside them. */
export async function measureWebhooks(
  { caller }: Processes,
  { url, token }: Started,
  { port, to }: { readonly port: number; readonly to: string },
  plan: Plan,
): Promise<WebhookFigures> {
  const calls = plan.calls[0] ?? 1
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const hook = `http://127.0.0.1:${await caller.ask<number>({ kind: 'listen' })}/`
  const body = JSON.stringify({ url: hook, events: ['call.started'] })
  const made = await fetch(`${url}/v1/webhooks`, { method: 'POST', headers, body })
  if (!made.ok) throw new Error(`POST /v1/webhooks: ${made.status} ${await made.text()}`)
  const { id } = (await made.json()) as { id: string }
  await caller.ask<Calls>({ kind: 'hold', count: calls, perSecond: plan.callsPerSecond, port, to })
  await pause(1000)
  const comingUp = await caller.ask<Told>({ kind: 'told' })
  await caller.ask<Calls>({ kind: 'setups', count: plan.told, perSecond: plan.toldPerSecond, port, to })
  await pause(1000)
  const beside = await caller.ask<Told>({ kind: 'told' })
  await caller.ask({ kind: 'release' })
  await fetch(`${url}/v1/webhooks/${id}`, { method: 'DELETE', headers: { authorization: headers.authorization } })
  return { calls, comingUp, beside, perSecond: plan.toldPerSecond }
}

const skipped = ({ workers }: MediaAnswer): number => workers.reduce((sum, worker) => sum + worker.skippedTicks, 0)

/** Tells how busy others kept the machine between its making and the call of what it returns. */
export function watchOthers(ours: () => number): () => { busy: number; seconds: number } {
  const before = { all: busySeconds(), ours: ours(), at: performance.now() }
  return () => {
    const seconds = (performance.now() - before.at) / 1000
    return { busy: Math.max(0, (busySeconds() - before.all - (ours() - before.ours)) / seconds), seconds }
  }
}
