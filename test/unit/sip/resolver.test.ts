import { describe, expect, it } from 'vitest'
import { type Destination, parseUri, type ResolveOptions, resolveTarget } from '../../../src/sip/index.ts'
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
}
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
