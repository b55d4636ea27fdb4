import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { run } from '../../src/cli/program.ts'
import { tune } from '../kit/audio.ts'
import { House, type ShownCall } from '../kit/house.ts'
import { startReceiver } from '../kit/receiver.ts'

interface ShownCdr {
  readonly call: string
  readonly disposition: string
  readonly billedSeconds: number
  readonly postDialDelayMs: number | null
  readonly legs: readonly Readonly<Record<string, unknown>>[]
  readonly end: { readonly code: string; readonly chain: readonly object[] }
}

describe('records of calls', () => {
  const scope = new Scope('test')
  let house: House

  beforeAll(async () => {
    house = await House.open({ scope, env: { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' } })
  })
  afterAll(() => scope.close())

  const recordOf = async (call: string): Promise<ShownCdr> => {
    const found = (items: readonly ShownCdr[]) => items.find((one) => one.call === call)
    const { items } = await house.service.until<{ items: readonly ShownCdr[] }>(
      '/v1/cdrs',
      (page) => found(page.items) !== undefined,
      20_000,
    )
    return found(items) as ShownCdr
  }

  it('have both legs with what was heard of them, and are told to subscribers once', async () => {
    const receiver = await startReceiver(scope)
    await house.service.api('POST', '/v1/webhooks', { url: receiver.url, events: ['cdr.written'] })
    const [ann, bob] = [await house.signedIn(), await house.signedIn()]
    const { id } = await house.service.api<ShownCall>('POST', '/v1/calls', {
      ...{ from: ann.username, to: bob.username, account: 'spring' },
    })
    const first = await ann.nextCall()
    await first.answer()
    const second = await bob.nextCall()
    await second.answer()
    await Promise.all([first.play(house.wav(tune(3, 2))), second.play(house.wav(tune(4, 2)))])
    first.hangup()
    await second.ended

    const record = await recordOf(id)
    expect(record).toMatchObject({ disposition: 'answered', end: { code: 'completed' } })
    expect(record.billedSeconds).toBeGreaterThanOrEqual(2)
    expect(record.postDialDelayMs).toBeGreaterThanOrEqual(0)
    expect(record.legs.map(({ leg, party }) => [leg, party])).toEqual(
      expect.arrayContaining([
        ['a', expect.any(String)],
        ['b', bob.username],
      ]),
    )
    for (const leg of record.legs) {
      expect(leg.packetsReceived).toBeGreaterThan(80)
      expect(leg.mos).toBeGreaterThan(4)
      expect(leg.codec).toBe('PCMU')
    }
    const [told] = await receiver.count(1)
    expect(JSON.parse(String(told?.body))).toMatchObject({
      type: 'cdr.written',
      data: { cdr: { call: id, account: 'spring' } },
    })
    const csv = await house.service.request('GET', '/v1/cdrs.csv?account=spring')
    expect(String(csv.body)).toMatch(/^"spring",.*,"ANSWERED","DOCUMENTATION","call_\w+",""\n$/)
  })

  it('are written also of a call that nobody answered', async () => {
    const phone = await house.signedIn()
    const { id } = await house.service.api<ShownCall>('POST', '/v1/calls', {
      ...{ app: 'api', from: '+15550100', to: phone.username },
    })
    ;(await phone.nextCall()).refuse(486)

    expect(await recordOf(id)).toMatchObject({ disposition: 'busy', billedSeconds: 0, end: { code: 'busy' } })
  })

  it('are listed by the command, beside calls that are planned', async () => {
    const offhook = async (...args: readonly string[]): Promise<string> => {
      let out = ''
      const write = (text: string): boolean => {
        out += text
        return true
      }
      const env = { OFFHOOK_URL: house.service.url, OFFHOOK_TOKEN: house.service.token }
      await run([...args], { out: { write }, err: { write }, env, signal: new AbortController().signal })
      return out
    }
    const phone = await house.signedIn()
    const added = await offhook('plan', 'add', phone.username, '+15550100', '--at', '2040-01-01T09:00:00Z')
    const id = /^Planned (\w+):/.exec(added)?.[1] ?? added

    expect(await offhook('plan', 'list')).toMatch(new RegExp(`${id}.*waiting.*0 attempts`))
    expect(await offhook('plan', 'cancel', id)).toBe(`Canceled ${id}.\n`)
    expect(await offhook('cdr')).toMatch(/call_\w+.*busy/)
    expect(await offhook('cdr', '--csv')).toMatch(/"BUSY","DOCUMENTATION","call_\w+",""\n/)
  })
})
