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
  /** Of a planned call, and of one that is placed at once. */
  readonly createdAt?: string
  readonly startedAt?: string
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

  /** Sent every 20 ms, whether or not those before are answered. */
  async function offer(count: number, more: object): Promise<{ readonly took: number; readonly sent: Sent[] }> {
    const began = Date.now()
    const sent: Promise<Sent>[] = []
    for await (const _ of every(20)) {
      const to = `+1555041${String(sent.length).padStart(4, '0')}`
      const body = { from: '+15550100', to, flow: { steps: [{ block: 'hangup' }] }, ...more }
      sent.push(house.service.api<Sent>('POST', '/v1/calls', body))
      if (sent.length === count) break
    }
    return { took: Date.now() - began, sent: await Promise.all(sent) }
  }

  it.each([
    ['planned', { priority: 0 }, 50],
    ['placed at once', {}, 25],
  ] as const)('five in every second, in their order, while fifty a second are %s', async (_how, more, count) => {
    const sipp = await startSipp({ scenario: 'refuse', transport: 'udp', scope, calls: count, atOnce: count })
    // What it heard is noted when it came, on a busy machine too.
    spawnSync('chrt', ['--all-tasks', '--rr', '--pid', '1', String(sipp.pid)])
    const trunk = await house.service.api<{ id: string }>('POST', '/v1/trunks', {
      ...{ name: 'limited', uri: `sip:127.0.0.1:${sipp.port}`, default: true, callsPerSecond: 5, maxCalls: 100 },
    })
    const { took, sent } = await offer(count, more)
    const heard = invites(mustPass(await sipp.finished).messages)
    await house.service.api('DELETE', `/v1/trunks/${trunk.id}`)

    const times = heard.map(({ at }) => at)
    const lasted = times.at(-1)! - times[0]!
    const least = Math.min(...times.slice(5).map((at, i) => at - times[i]!))
    process.stdout.write(
      `${count} calls, offered in ${took} ms, left in ${lasted} ms: any six in ${least} ms or more\n`,
    )
    const order = heard.map(({ to }) => {
      const call = sent.find((one) => one.to.address === to)
      return call?.createdAt ?? call?.startedAt ?? ''
    })
    expect(order).toEqual([...order].sort())
    expect(new Set(heard.map(({ to }) => to)).size).toBe(count)
    expect(mostInASecond(times)).toBe(5)
    // The rate is used, and they came faster than it.
    expect(lasted).toBeLessThan((count / 5) * 1030 + 2000)
    expect(took).toBeLessThan(lasted)
  })
})
