import { mkdtempSync, rmSync } from 'node:fs'
import { getPriority, loadavg, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Scope } from '../../src/base/scope.ts'
import { makeDataFolder } from '../../src/store/embedded/data-folder.ts'
import { freePort } from '../../test/kit/ports.ts'
import { Child } from '../figures/child.ts'
import { canMeasure, cpuSeconds, describeMachine, residentKb } from '../figures/machine.ts'
import type { HeldAnswer, ServiceAnswer, ServiceQuestion, Started } from '../figures/protocol.ts'
import { grown, openFiles } from './held.ts'
import type { Ports, SoakQuestion, SoakRun } from './protocol.ts'

type ServiceProcess = Child<ServiceQuestion, ServiceAnswer>
type CallerProcess = Child<SoakQuestion, SoakRun | number>

/** Connections that nobody uses are closed after half a minute. */
const settleMs = 90_000
const agent = { username: 'agent', password: 'a-password-of-soak' }

/** `npm run soak`. Prints the table; 1 where a call failed or something is left. */
export async function runSoak(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '10' },
    },
  })
  const calls = Number(values.calls)
  const minutes = Number(values.minutes)
  if (!Number.isInteger(calls) || calls < 1 || calls > 2000 || !(minutes > 0 && minutes <= 1440)) {
    console.error('--calls takes a whole number from 1 to 2000, --minutes a number up to 1440.')
    return 2
  }
  if (!canMeasure()) {
    console.error('The soak reads /proc, which this system does not have: run it on Linux.')
    return 1
  }
  const scope = new Scope('soak')
  process.once('SIGINT', () => void scope.close().then(() => process.exit(130)))
  try {
    return await soak(calls, minutes, scope)
  } finally {
    await scope.close()
  }
}

async function soak(calls: number, minutes: number, scope: Scope): Promise<number> {
  const load = loadavg()
  const caller: CallerProcess = new Child(new URL('./callers.js', import.meta.url))
  scope.add('callers', () => caller.end())
  // Far ends are other machines: here they give way to the service, whose lateness is what is looked for. So far that their own
  // threads of audio, which take a step forward, are behind it as well.
  setPriority(caller.pid, Math.min(19, getPriority() + 19))
  const service: ServiceProcess = new Child(new URL('../figures/service.js', import.meta.url), ['--expose-gc'])
  const folder = mkdtempSync(join(tmpdir(), 'offhook-soak-'))
  scope.add('folder', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  scope.add('service', () => service.end())
  const started = await service.ask<Started>({ kind: 'start', env: await settings(folder, calls) })
  const post = poster(started)
  await post('/v1/extensions', agent)
  // Two ports for each end of each call, and some for those that are still closing.
  const rtpPorts = await freeRange(calls * 4 + 200)
  const hook = await caller.ask<number>({ kind: 'listen', sipPort: started.sipPort, rtpPorts, agent })
  const { number, webhook } = await makeSite(post, `http://127.0.0.1:${hook}/`)

  console.error('A first call, for what is opened once …')
  await caller.ask<SoakRun>({ kind: 'run', calls: 1, seconds: 1, number })
  const before = await settled(service, {})
  console.error(`${calls} calls at once for ${minutes} min …`)
  const cpu = cpuSeconds(service.pid)
  const run = await caller.ask<SoakRun>({ kind: 'run', calls, seconds: minutes * 60, number })
  const cpuPerCall = (cpuSeconds(service.pid) - cpu) / Math.max(1, run.calls)
  console.error('What is left …')
  const after = await settled(service, before.held)
  const left = grown(before.held, after.held)

  const rows = [
    ['calls', `${run.calls}, up to ${run.most} at once`],
    ['calls that were not as they should be', String(run.faulty)],
    ['webhooks', `${run.told}`],
    ['longest pause of the callers themselves', `${run.longestPauseMs.toFixed(0)} ms`],
    ['CPU s of the service per call', cpuPerCall.toFixed(3)],
    ['memory before and after', `${mb(before.kb)} → ${mb(after.kb)} MB`],
    ...Object.keys({ ...before.held, ...after.held })
      .sort()
      .map((name) => [`left: ${name}`, `${before.held[name] ?? 0} → ${after.held[name] ?? 0}`]),
  ]
  console.log(`\n| what | |\n| --- | --- |\n${rows.map(([name, value]) => `| ${name} | ${value} |`).join('\n')}`)
  console.log(`\n${describeMachine()}. Load before ${load.map((one) => one.toFixed(1)).join(' / ')}.`)
  for (const { sentence } of run.faults) console.log(sentence)
  for (const { call } of run.faults.slice(0, 3)) if (call !== undefined) await showCall(started, call, webhook)
  for (const one of left) console.log(`left: ${one}`)
  return run.faulty === 0 && left.length === 0 && run.calls > 0 ? 0 : 1
}

type Post = (path: string, body: object) => Promise<Record<string, string>>

const poster =
  ({ url, token }: Started): Post =>
  async (path, body) => {
    const patch = path.startsWith('/v1/numbers/')
    const reply = await fetch(`${url}${path}`, {
      method: patch ? 'PATCH' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`)
    return (await reply.json()) as Record<string, string>
  }

/** All that the service knows of a call: why it came out as it did. */
async function showCall({ url, token }: Started, call: string, webhook: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` }
  for (const path of [
    `calls/${call}`,
    `calls/${call}/actions`,
    `webhooks/deliveries?key=${webhook}:${call}&limit=100`,
  ]) {
    const reply = await fetch(`${url}/v1/${path}`, { headers })
    console.log(`\n${path}: ${await reply.text()}`)
  }
}

/** A number whose calls go through play, gather, record and transfer, some 25 s each, and a webhook that is told of everything. */
async function makeSite(post: Post, hook: string): Promise<{ readonly number: string; readonly webhook: string }> {
  const { id: flow } = await post('/v1/flows', {
    name: 'Soak',
    steps: [
      {
        block: 'play',
        prompt: { text: 'This call is one of many that are up at once, and goes the way of all of them.' },
      },
      { block: 'gather', prompt: { tone: 'dial', ms: 2000 }, maxDigits: 1, firstDigitMs: 30_000 },
      { block: 'record', maxSeconds: 60, stopOn: '#' },
      { block: 'transfer', to: agent.username },
    ],
  })
  const { number = '' } = await post('/v1/numbers', {})
  await post(`/v1/numbers/${encodeURIComponent(number)}`, { assignment: { kind: 'flow', flow } })
  const { id: webhook = '' } = await post('/v1/webhooks', { url: hook, events: ['*'] })
  return { number, webhook }
}

/** What the service holds once it holds no more than before, or will not. */
async function settled(
  service: ServiceProcess,
  before: Readonly<Record<string, number>>,
): Promise<{ held: Readonly<Record<string, number>>; kb: number }> {
  const limit = performance.now() + settleMs
  for (;;) {
    await pause(3000)
    await service.ask({ kind: 'tidy' })
    const { counts } = await service.ask<HeldAnswer>({ kind: 'held' })
    const held = { ...counts, ...openFiles(service.pid) }
    const first = Object.keys(before).length === 0
    // The first time: what no call leaves behind, once idle connections are closed.
    const quiet = first ? performance.now() > limit - settleMs + 40_000 : grown(before, held).length === 0
    if (quiet || performance.now() > limit) return { held, kb: residentKb(service.pid) }
  }
}

async function freeRange(ports: number): Promise<Ports> {
  const from = await freePort(ports)
  return { from, to: from + ports - 1 }
}

async function settings(folder: string, calls: number): Promise<Record<string, string>> {
  makeDataFolder(folder)
  // Two ports for each of the two legs of a call, and some for those that are still closing.
  const { from, to } = await freeRange(calls * 4 + 400)
  return {
    OFFHOOK_HTTP_PORT: '0',
    OFFHOOK_SIP_PORT: '0',
    OFFHOOK_BIND: '127.0.0.1',
    OFFHOOK_DATA: folder,
    OFFHOOK_RTP_PORTS: `${from}-${to}`,
    OFFHOOK_LOG_LEVEL: 'warn',
    OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8',
  }
}

const mb = (kb: number): string => (kb / 1024).toFixed(0)
