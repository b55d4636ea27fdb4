import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { deferred } from '../../src/base/deferred.ts'
import { Scope } from '../../src/base/scope.ts'
import { tune, writeWav } from '../../test/kit/audio.ts'
import type { PhoneCall } from '../../test/kit/phone-call.ts'
import { PhoneShop, type VirtualPhone } from '../../test/kit/virtual-phone.ts'
import { answerParent } from '../figures/child.ts'
import type { SoakFault, SoakQuestion, SoakRun } from './protocol.ts'
import { judge, type Told } from './tally.ts'

// The far ends: callers that press keys and speak when they are told that it is time, and the one they are transferred to.

const scope = new Scope('soak callers')
const folder = mkdtempSync(join(tmpdir(), 'offhook-soak-'))
scope.add('folder', () => rmSync(folder, { recursive: true, force: true }))
const words = writeWav(join(folder, 'words.wav'), tune(1, 6))

/** A call and what was told of it. */
interface Watched {
  readonly told: Told[]
  readonly over: ReturnType<typeof deferred<void>>
  phone: PhoneCall | undefined
}
/** By the number that called, then by the id of the call. */
const byCaller = new Map<string, Watched>()
const byCall = new Map<string, Watched>()
let shop: PhoneShop | undefined
let server = ''
let toldOf = 0

answerParent<SoakQuestion>(
  async (question) => {
    switch (question.kind) {
      case 'listen':
        server = `127.0.0.1:${question.sipPort}`
        await openPhones(question)
        return listen()
      case 'run':
        return run(question)
    }
  },
  () => scope.close(),
)

async function openPhones({ rtpPorts, agent }: Extract<SoakQuestion, { kind: 'listen' }>): Promise<void> {
  shop = await PhoneShop.open({ rtpPorts })
  scope.add('phones', () => shop?.close())
  const phone = await shop.phone({ ...agent, server })
  const status = await phone.register(3600)
  if (status !== 200) throw new Error(`the agent could not sign in: ${status}`)
  void takeCalls(phone)
}

async function takeCalls(agent: VirtualPhone): Promise<never> {
  for (;;) {
    const call = await agent.nextCall()
    void (async () => {
      await call.answer()
      await pause(10_000)
      call.hangup()
    })().catch(() => {}) // the caller was quicker; its own call is judged
  }
}

async function listen(): Promise<number> {
  const hooks = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    response.writeHead(204).end()
    hear(String(request.headers['webhook-id']), JSON.parse(Buffer.concat(parts).toString('utf8')))
  })
  hooks.listen(0, '127.0.0.1')
  await once(hooks, 'listening')
  scope.add('receiver', () => {
    hooks.closeAllConnections()
    hooks.close()
  })
  return (hooks.address() as AddressInfo).port
}

interface Body {
  readonly type: string
  readonly data: {
    readonly call?: { readonly id: string; readonly from: { readonly address: string } }
    readonly action?: Told['action'] & { readonly call: string }
    readonly recording?: { readonly call: string }
  }
}

function hear(id: string, { type, data: { call, action, recording } }: Body): void {
  toldOf++
  const key = call?.id ?? action?.call ?? recording?.call ?? ''
  const watched = byCall.get(key) ?? (call === undefined ? undefined : byCaller.get(call.from.address))
  if (watched === undefined) return
  byCall.set(key, watched)
  watched.told.push({ id, type, ...(action === undefined ? {} : { action }) })
  if (action?.state === 'running') void react(action.block, watched.phone)
  if (type === 'call.ended' || action?.block === 'transfer') {
    const ended = watched.told.some((one) => one.type === 'call.ended')
    const done = watched.told.some((one) => one.action?.block === 'transfer' && one.action.state !== 'running')
    if (ended && done) watched.over.resolve()
  }
}

async function react(block: string, phone: PhoneCall | undefined): Promise<void> {
  try {
    if (block === 'gather') await phone?.press('1')
    if (block !== 'record') return
    await phone?.play(words)
    await phone?.press('#')
  } catch {
    // The call ended under it, and is judged by what was told of it.
  }
}

async function run({ calls, seconds, number }: Extract<SoakQuestion, { kind: 'run' }>): Promise<SoakRun> {
  const since = performance.now()
  const until = since + seconds * 1000
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const result = { calls: 0, faults: [] as SoakFault[], faulty: 0, up: 0, most: 0 }
  const before = toldOf
  const caller = async (n: number): Promise<void> => {
    const username = `+1202555${String(1000 + n)}`
    const phone = await shop?.phone({ username, server })
    if (phone === undefined) throw new Error('the phones were not opened')
    await pause(n * 40)
    while (performance.now() < until) {
      const watched: Watched = { told: [], over: deferred<void>(), phone: undefined }
      byCaller.set(username, watched)
      result.most = Math.max(result.most, ++result.up)
      const began = Math.round((performance.now() - since) / 1000)
      const wrong = await talk(phone, number, watched)
      result.up--
      result.calls++
      if (wrong.length === 0) continue
      result.faulty++
      const call = [...byCall].find(([, one]) => one === watched)?.[0]
      const sentence = `${username}, begun after ${began} s: ${wrong.join('; ')}`
      if (result.faults.length < 20) result.faults.push({ sentence, ...(call === undefined ? {} : { call }) })
      // One that was refused does not make the trouble it meets worse.
      await pause(1000)
    }
    byCaller.delete(username)
    await phone.close()
  }
  await Promise.all(Array.from({ length: calls }, (_, n) => caller(n)))
  byCall.clear()
  delay.disable()
  const { calls: made, faults, faulty, most } = result
  return { calls: made, faults, faulty, most, told: toldOf - before, longestPauseMs: delay.max / 1e6 }
}

/** One call from its beginning until all was told of it; what was wrong. */
async function talk(phone: VirtualPhone, number: string, watched: Watched): Promise<string[]> {
  const call = phone.call(number)
  watched.phone = call
  const answered = await within(30_000, 'not answered within 30 s', call.answered)
  if (answered !== undefined) {
    call.hangup()
    return [answered]
  }
  const over = await within(60_000, 'not over within 60 s', call.ended)
  if (over !== undefined) call.hangup()
  const told = await within(20_000, 'its end was not told within 20 s', watched.over.promise)
  return [...[over, told].filter((one) => one !== undefined), ...judge(watched.told)]
}

/** What is wrong with what was waited for, if something is. */
async function within(ms: number, late: string, what: Promise<unknown>): Promise<string | undefined> {
  const limit = new AbortController()
  try {
    return await Promise.race([
      what.then(
        () => undefined,
        (error: unknown) => `not answered: ${String(error)}`,
      ),
      pause(ms, late, { signal: limit.signal }),
    ])
  } finally {
    limit.abort()
  }
}
