import { describe, expect, it } from 'vitest'
import { type Destination, parseUri, type ResolveOptions, resolveTarget } from '../../../src/sip/index.ts'
import type { NaptrRecord } from '../../../src/sip/resolver/naptr.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const names: Record<string, string[]> = {
  'two.example': ['192.0.2.1', '2001:db8::1', '192.0.2.2', '192.0.2.1'],
  'none.example': [],
}
const options: ResolveOptions = {
  clock: new FakeClock(),
  serves: ({ transport, address }) => (transport === 'UDP' || transport === 'TCP') && !address.includes(':'),
  lookup: async (name) => names[name] ?? Promise.reject(new Error('ENOTFOUND')),
  srv: async () => [],
  naptr: async () => [],
}
const hostOf = (uri: string): string => uri.replace(/^sips?:a@/, '').replace(/[:;].*$/, '')
const resolve = (uri: string): Promise<readonly Destination[]> => resolveTarget(parseUri(uri)!, options)

describe('where a URI leads (RFC 3263)', () => {
  it.each([
    ['sip:a@192.0.2.9', [['UDP', '192.0.2.9', 5060]]],
    ['sip:a@192.0.2.9:5080;transport=tcp', [['TCP', '192.0.2.9', 5080]]],
    ['sip:a@ignored.example;maddr=192.0.2.7', [['UDP', '192.0.2.7', 5060]]],
    [
      'sip:two.example;transport=TCP',
      [
        ['TCP', '192.0.2.1', 5060],
        ['TCP', '192.0.2.2', 5060],
      ],
    ],
  ])('%s', async (uri, expected) => {
    expect((await resolve(uri)).map(({ transport, address, port }) => [transport, address, port])).toEqual(expected)
  })

  it.each([
    ['tel:+15550100', 416, 'a tel URI has no address: it needs a trunk'],
    ['http://example.com', 416, 'only sip and sips URIs can be called'],
    ['sip:a@nowhere.example', 503, 'the name nowhere.example has no address'],
    ['sip:a@none.example', 503, 'the name none.example has no address'],
    ['sip:a@192.0.2.1;transport=pigeon', 503, 'the transport that the URI asks for is not known'],
    ['sips:a@192.0.2.1', 503, 'no transport here reaches 192.0.2.1 by TLS (192.0.2.1)'],
    ['sip:a@[2001:db8::1]', 503, 'no transport here reaches 2001:db8::1 by UDP (2001:db8::1)'],
  ])('%s is refused with %i', async (uri, status, message) => {
    await expect(resolve(uri)).rejects.toMatchObject({ status, message })
  })

  it.each([
    ['sip:a@wanted.example', [['TLS', '192.0.2.11', 5071]]],
    // What the URI says counts more than what the domain would like.
    ['sip:a@wanted.example;transport=udp', [['UDP', '192.0.2.10', 5060]]],
    ['sip:a@wanted.example:5062', [['UDP', '192.0.2.10', 5062]]],
    ['sips:a@wanted.example', [['TLS', '192.0.2.11', 5071]]],
    ['sip:a@plain.example', [['TCP', '192.0.2.11', 5072]]],
    ['sips:a@plain.example', [['TLS', '192.0.2.10', 5061]]],
  ])('%s leads by NAPTR records to %j', async (uri, expected) => {
    const record = (order: number, service: string, replacement: string): NaptrRecord => ({
      ...{ order, preference: 10, flags: 'S', service, replacement },
    })
    const asked = {
      ...options,
      serves: () => true,
      lookup: async (name: string) => (name === 'far.example' ? ['192.0.2.11'] : ['192.0.2.10']),
      naptr: async (name: string) =>
        name === 'wanted.example'
          ? [
              record(20, 'SIP+D2U', '_sip._udp.wanted.example'),
              record(10, 'SIPS+D2T', '_sips._tcp.far.example.'),
              record(5, 'E2U+email', '_mail._tcp.wanted.example'),
            ]
          : [record(10, 'sip+d2t', '_sip._tcp.plain.example')],
      srv: async (name: string) => {
        const ports: Record<string, number> = { '_sips._tcp.far.example': 5071, '_sip._tcp.plain.example': 5072 }
        const port = ports[name]
        return port === undefined ? [] : [{ name: 'far.example', port, priority: 1, weight: 1 }]
      },
    }

    const found = await resolveTarget(parseUri(uri)!, asked)

    expect(found.map(({ transport, address, port }) => [transport, address, port])).toEqual(expected)
    // The certificate is for the name that was called, wherever the records lead.
    for (const { transport, serverName } of found)
      expect(serverName).toBe(transport === 'TLS' ? hostOf(uri) : undefined)
  })

  it('does without NAPTR records where the name server is silent', async () => {
    const clock = new FakeClock()
    const naptr = () => new Promise<readonly NaptrRecord[]>(() => {})
    const asked = resolveTarget(parseUri('sip:a@two.example')!, { ...options, clock, naptr })

    clock.advance(1_000)

    expect((await asked)[0]).toMatchObject({ transport: 'UDP', address: '192.0.2.1' })
  })

  it('gives TLS the name that the certificate must carry', async () => {
    const all = { ...options, serves: () => true }

    expect((await resolveTarget(parseUri('sips:a@two.example')!, all))[0]).toEqual({
      transport: 'TLS',
      address: '192.0.2.1',
      port: 5061,
      serverName: 'two.example',
    })
  })

  it('does not wait for a name server for ever', async () => {
    const clock = new FakeClock()
    const asked = resolveTarget(parseUri('sip:a@slow.example:5060')!, {
      ...options,
      clock,
      lookup: () => new Promise(() => {}),
    })

    clock.advance(5_000)

    await expect(asked).rejects.toMatchObject({ message: 'no name server answered for slow.example' })
    expect(clock.waiting).toBe(0)
  })
})
