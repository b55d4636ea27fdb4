import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseUri, type ResolveOptions, resolveTarget } from '../../../src/sip/index.ts'
import { orderSrv, type SrvRecord } from '../../../src/sip/resolver/srv.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const record = (name: string, priority: number, weight: number, port = 5060): SrvRecord => ({
  name,
  priority,
  weight,
  port,
})

describe('the order of SRV records (RFC 2782)', () => {
  const records = [record('c', 20, 0), record('a', 10, 60), record('b', 10, 40), record('z', 10, 0)]
  it.each([
    [0, ['z', 'a', 'b', 'c']],
    [0.5, ['a', 'b', 'z', 'c']],
    [0.999, ['b', 'a', 'z', 'c']],
  ])('with %d', (chance, names) => {
    expect(orderSrv(records, () => chance).map(({ name }) => name)).toEqual(names)
  })

  it('loses none, and never puts a higher priority first', () => {
    const any = fc.array(fc.record({ priority: fc.nat(3), weight: fc.nat(100) }), { maxLength: 8 })
    fc.assert(
      fc.property(any, fc.double({ min: 0, max: 0.999999, noNaN: true }), (some, chance) => {
        const given = some.map(({ priority, weight }, i) => record(String(i), priority, weight))

        const ordered = orderSrv(given, () => chance)

        expect(new Set(ordered)).toEqual(new Set(given))
        expect(ordered.map(({ priority }) => priority)).toEqual(
          given.map(({ priority }) => priority).sort((a, b) => a - b),
        )
      }),
    )
  })
})

describe('a name with SRV records (RFC 3263 §4.2)', () => {
  const services: Record<string, SrvRecord[]> = {
    '_sip._udp.both.example': [record('two.both.example', 20, 0, 5070), record('one.both.example.', 10, 0, 5080)],
    '_sip._tcp.both.example': [record('tcp.both.example', 10, 0)],
    '_sip._tcp.stream.example': [record('one.both.example', 10, 0)],
    '_sips._tcp.both.example': [record('one.both.example', 10, 0, 5061)],
    '_sip._udp.closed.example': [record('.', 0, 0, 0)],
    '_sip._udp.half.example': [record('gone.example', 10, 0), record('one.both.example', 20, 0)],
    '_sip._udp.gone.example': [record('gone.example', 10, 0)],
  }
  const addresses: Record<string, string[]> = {
    'one.both.example': ['192.0.2.1'],
    'two.both.example': ['192.0.2.2', '192.0.2.3'],
    'tcp.both.example': ['192.0.2.4'],
    'both.example': ['192.0.2.9'],
    'plain.example': ['192.0.2.9'],
    localhost: ['127.0.0.1'],
  }
  const asked: string[] = []
  const options: ResolveOptions = {
    clock: new FakeClock(),
    serves: () => true,
    lookup: async (name) => addresses[name] ?? Promise.reject(new Error('ENOTFOUND')),
    srv: async (name) => {
      asked.push(name)
      return services[name] ?? Promise.reject(new Error('ENODATA'))
    },
    random: () => 0,
  }
  const resolve = async (uri: string) =>
    (await resolveTarget(parseUri(uri)!, options)).map(
      ({ transport, address, port }) => `${transport} ${address}:${port}`,
    )

  it.each([
    ['sip:a@both.example', ['UDP 192.0.2.1:5080', 'UDP 192.0.2.2:5070', 'UDP 192.0.2.3:5070']],
    ['sip:a@both.example;transport=tcp', ['TCP 192.0.2.4:5060']],
    ['sip:a@stream.example', ['TCP 192.0.2.1:5060']],
    ['sip:a@both.example:5062', ['UDP 192.0.2.9:5062']],
    ['sip:a@plain.example', ['UDP 192.0.2.9:5060']],
    ['sip:a@half.example', ['UDP 192.0.2.1:5060']],
    ['sips:a@both.example', ['TLS 192.0.2.1:5061']],
  ])('%s', async (uri, destinations) => {
    expect(await resolve(uri)).toEqual(destinations)
  })

  it.each([
    ['sip:a@closed.example', 'the name closed.example takes no calls by UDP'],
    ['sip:a@gone.example', 'none of the servers of gone.example has an address'],
  ])('%s leads nowhere', async (uri, message) => {
    await expect(resolve(uri)).rejects.toMatchObject({ status: 503, message })
  })

  it('wants the certificate of the name that was asked for (RFC 5922)', async () => {
    const [first] = await resolveTarget(parseUri('sips:a@both.example')!, options)

    expect(first).toMatchObject({ address: '192.0.2.1', serverName: 'both.example' })
  })

  it('does not ask about addresses and names of the local network', async () => {
    asked.length = 0
    await resolve('sip:a@192.0.2.7')
    await resolve('sip:a@localhost')

    expect(asked).toEqual([])
  })

  it('goes on to the address when no name server answers about SRV', async () => {
    const clock = new FakeClock()
    const found = resolveTarget(parseUri('sip:a@plain.example;transport=udp')!, {
      ...options,
      clock,
      srv: () => new Promise(() => {}),
    })

    clock.advance(2_000)

    expect(await found).toMatchObject([{ address: '192.0.2.9', port: 5060 }])
    expect(clock.waiting).toBe(0)
  })
})
