import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { Carrier } from '../kit/carrier.ts'
import { House } from '../kit/house.ts'
import { notesOf, SpoolFolder } from '../kit/spool-folder.ts'

const count = 120

describe('call files and a service that is killed', { timeout: 120_000 }, () => {
  const scope = new Scope('spool')
  const spool = SpoolFolder.make(scope)
  let house: House
  let carrier: Carrier
  let spare: Carrier
  let tries = 0

  beforeAll(async () => {
    house = await House.open({ scope, env: { OFFHOOK_SPOOL: spool.folder } })
    carrier = await Carrier.open(scope)
    spare = await Carrier.open(scope)
    const trunk = (name: string, { port }: Carrier, more: object) =>
      house.service.api('POST', '/v1/trunks', { name, uri: `sip:127.0.0.1:${port}`, maxCalls: 100, ...more })
    await trunk('pstn', carrier, { default: true, callsPerSecond: 20 })
    await trunk('spare', spare, { callerId: '+15550177' })
  })
  afterAll(() => scope.close())

  it('a number goes out by the trunk that its channel names, and is seen as that one of the trunk', async () => {
    const name = spool.put(['Channel: PJSIP/15550300001@spare', 'Application: Hangup'])
    const other = spool.put(['Channel: SIP/SPARE/+15550300002', 'Application: Hangup', 'CallerID: <+15550178>'])
    await spare.offered(2, 20_000)
    for (const each of [name, other]) expect((await spool.ended(each)).status).toBe('Expired')
    const heard = spare.calls.map(({ to, from }) => [to, from]).sort()
    expect(heard).toEqual([
      ['+15550300001', expect.stringContaining('+15550177')],
      ['+15550300002', expect.stringContaining('+15550178')],
    ])
    expect(carrier.calls).toEqual([])
  })

  it('none is lost, and none is called again but those that were cut off', async () => {
    // A second try has numbers of its own: the carrier has heard those of the first.
    const series = `+15550${31 + tries++}`
    const before = carrier.calls.length
    const number = (i: number): string => `${series}${String(i).padStart(4, '0')}`
    const names = Array.from({ length: count }, (_, i) =>
      spool.put([`Channel: PJSIP/${number(i)}@pstn`, 'Application: Hangup', 'RetryTime: 1']),
    )
    for (const part of [1 / 4, 1 / 2]) {
      await carrier.offered(before + Math.floor(count * part), 30_000)
      await house.service.kill9()
      await house.service.restart()
    }
    const files = await Promise.all(names.map((name) => spool.ended(name, 60_000)))

    const offered = new Map<string, number>()
    for (const { to } of carrier.calls.slice(before)) offered.set(to, (offered.get(to) ?? 0) + 1)
    expect(names.filter((_, i) => files[i]?.status !== 'Expired')).toEqual([])
    expect([...offered.keys()].sort()).toEqual(names.map((_, i) => number(i)).sort())
    for (const [i, file] of files.entries()) {
      const cutOff = /AbortRetry/.test(notesOf(file))
      expect({ file: names[i], notes: notesOf(file), often: cutOff ? 1 : offered.get(number(i)) }).toMatchObject({
        often: 1,
      })
    }
    expect(files.filter((file) => /AbortRetry/.test(notesOf(file))).length).toBeLessThan(20)
  })
})
