import { spawnSync } from 'node:child_process'
import { setInterval as every } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { House } from '../kit/house.ts'
import { mustPass, startSipp } from '../kit/sipp.ts'

interface Heard {
  readonly to: string
  /** Milliseconds. */
  readonly at: number
}

/** The INVITEs that SIPp received, by its own clock, without those that were sent again. */
function invites(trace: string): Heard[] {
  const seen = new Set<string>()
  const found: Heard[] = []
  for (const part of trace.split(/^-{20,} /m)) {
    const [, day, time] = /^(\S+) (\d\d:\d\d:\d\d\.\d+)\n\w+ message received/.exec(part) ?? []
    const [, to] = /^INVITE sips?:([^@]*)@/m.exec(part) ?? []
    const [, branch] = /^Via: .*branch=([^;,\s]*)/m.exec(part) ?? []
    if (time === undefined || to === undefined || branch === undefined || seen.has(branch)) continue
    seen.add(branch)
    found.push({ to, at: Date.parse(`${day}T${time}`) })
  }
  return found
}

interface Sent {
  readonly to: { readonly address: string }
  /** Of a planned call. */
  readonly createdAt?: string
}

/** Of moments in milliseconds. */
const mostInASecond = (times: readonly number[]): number =>
  Math.max(0, ...times.map((first) => times.filter((at) => at >= first && at < first + 1000).length))

describe('the rate of a trunk, as SIPp at its far end sees it', { timeout: 90_000 }, () => {
  const scope = new Scope('test')
  let house: House

  beforeAll(async () => {
    house = await House.open({ scope, env: { OFFHOOK_CALLER_IDS: '+15550100' } })
  })
  afterAll(() => scope.close())

  const post = (i: number, more: object): Promise<Sent> => {
    const to = `+1555041${String(i).padStart(4, '0')}`
    const flow = { steps: [{ block: 'hangup' }] }
    return house.service.api<Sent>('POST', '/v1/calls', { from: '+15550100', to, flow, ...more })
  }

  it('five in every second, in their order, while fifty a second are planned', async () => {
    const { times, order } = await measured(50, async () => {
      const sent: Promise<Sent>[] = []
      // Whether or not those before are answered.
      for await (const _ of every(20)) if (sent.push(post(sent.length, { priority: 0 })) === 50) break
      return Promise.all(sent)
    })
    const planned = order.map(({ createdAt }) => createdAt)
    expect(planned).toEqual([...planned].sort())
    expect(mostInASecond(times)).toBe(5)
  })

  it('five in every second, in their order, while as many as can be are placed at once', async () => {
    const { times, order } = await measured(25, async () => {
      const sent: Sent[] = []
      while (sent.length < 25) sent.push(await post(sent.length, {}))
      return sent
    })
    const numbers = order.map(({ to }) => to.address)
    expect(numbers).toEqual([...numbers].sort())
    expect(mostInASecond(times)).toBe(5)
  })

  /** When these calls left by a trunk that takes five a second, and in what order, as SIPp noted it. */
  async function measured(count: number, offer: () => Promise<readonly Sent[]>) {
    const sipp = await startSipp({ scenario: 'refuse', transport: 'udp', scope, calls: count, atOnce: count })
    // What it heard is noted when it came, on a busy machine too.
    spawnSync('chrt', ['--all-tasks', '--rr', '--pid', '1', String(sipp.pid)])
    const trunk = await house.service.api<{ id: string }>('POST', '/v1/trunks', {
      ...{ name: 'limited', uri: `sip:127.0.0.1:${sipp.port}`, default: true, callsPerSecond: 5, maxCalls: 100 },
    })
    const began = Date.now()
    const sent = await offer()
    const took = Date.now() - began
    const heard = invites(mustPass(await sipp.finished).messages)
    await house.service.api('DELETE', `/v1/trunks/${trunk.id}`)

    const times = heard.map(({ at }) => at)
    const lasted = times.at(-1)! - times[0]!
    const least = Math.min(...times.slice(5).map((at, i) => at - times[i]!))
    process.stdout.write(
      `${count} calls, offered in ${took} ms, left in ${lasted} ms: any six in ${least} ms or more\n`,
    )
    expect(new Set(heard.map(({ to }) => to)).size).toBe(count)
    // The rate is used, though a busy machine may be late.
    expect(lasted).toBeLessThan((count / 5) * 1030 * 2)
    return { times, order: heard.map(({ to }) => sent.find((one) => one.to.address === to)!) }
  }
})
