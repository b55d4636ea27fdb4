import { describe, expect, it } from 'vitest'
import type { Directory, Trunk } from '../../src/engines/embedded/directory.ts'
import { firstWay, mostHops, onward, type Router, route } from '../../src/engines/embedded/route.ts'
import type { Address } from '../../src/phone/address.ts'
import type { Flow } from '../../src/sip/message/message.ts'

const number = (e164: string): Address => ({ kind: 'number', e164, raw: e164 })
const extension = (username: string): Address => ({ kind: 'extension', username, raw: username })
const flow: Flow = {
  transport: 'UDP',
  localAddress: '127.0.0.1',
  localPort: 5060,
  remoteAddress: '127.0.0.1',
  remotePort: 5070,
}
const pstn: Trunk = {
  id: 'trk_1',
  name: 'pstn',
  uri: 'sip:user@carrier.example:5080;transport=tcp',
  username: 'site',
  password: 'secret',
  register: false,
  addresses: [],
  maxCalls: 2,
}

/** 1001 is signed in and has +15550101; 1002 is not signed in; +15550100 is a forward; all else goes out by the trunk. */
class House implements Directory {
  async credentials(username: string) {
    return username.startsWith('100') ? { ha1Md5: '', ha1Sha256: '' } : undefined
  }
  async trunks() {
    return [pstn]
  }
  async trunkFor(): Promise<Trunk | undefined> {
    return pstn
  }
  async numbersOfTrunk(): Promise<readonly string[]> {
    return []
  }
  async owns(e164: string) {
    return e164.startsWith('+155501')
  }
  async callerIdOf() {
    return undefined
  }
  async callerIdOfTrunk() {
    return undefined
  }
  async forbids(_to?: Address): Promise<string | undefined> {
    return undefined
  }
  async srtpOf() {
    return 'allowed' as const
  }
  async extensionOfNumber(e164: string) {
    return e164 === '+15550101' ? '1001' : undefined
  }
}

const router = (carried = 0, over: Partial<Router> = {}): Router => ({
  directory: new House(),
  contacts: async (username) => (username === '1001' ? [{ uri: 'sip:1001@127.0.0.1:5070', flow }] : []),
  carriedBy: () => carried,
  passed: [],
  closed: () => undefined,
  away: () => undefined,
  ...over,
})
const find = (to: Address, carried?: number) => route(to, number('+15550123'), undefined, router(carried))

describe('where a target is rung', () => {
  it('rings an extension at its registered contact, over the flow that it came by', async () => {
    expect(await find(extension('1001'))).toEqual({
      kind: 'destinations',
      destinations: [
        { uri: 'sip:1001@127.0.0.1:5070', via: { kind: 'flow', flow }, extension: '1001', srtp: 'allowed' },
      ],
    })
  })

  it('keeps a call to a number of an extension in the house', async () => {
    expect(await find(number('+15550101'))).toEqual(await find(extension('1001')))
  })

  it('sends a number outside to the trunk, with its port, transport and login', async () => {
    expect(await find(number('+442079460000'))).toEqual({
      kind: 'destinations',
      destinations: [
        {
          uri: 'sip:+442079460000@carrier.example:5080;transport=tcp',
          via: { kind: 'proxy', uri: pstn.uri },
          trunk: 'trk_1',
          credentials: { username: 'site', password: 'secret' },
        },
      ],
    })
  })

  it.each([
    [extension('1002'), 'not_registered', '1002 is not registered'],
    [extension('2000'), 'not_found', 'there is no extension 2000'],
    [{ kind: 'anonymous', raw: 'anonymous' } as Address, 'not_found', 'anonymous'],
  ])('says why %j is not rung', async (to, code, sentence) => {
    expect(await find(to)).toMatchObject({ kind: 'refused', code, sentence: expect.stringContaining(sentence) })
  })

  it('leaves the offer of audio to a trunk that wants to make it', async () => {
    const directory = new House()
    directory.trunkFor = async () => ({ ...pstn, offer: 'delayed' })

    expect(
      await route(number('+442079460000'), number('+15550123'), undefined, router(0, { directory })),
    ).toMatchObject({
      destinations: [{ trunk: 'trk_1', offer: 'delayed' }],
    })
  })

  it.each([
    ['a number', number('+442079460000')],
    ['a URI', { kind: 'uri', uri: 'sip:+442079460000@far.example', raw: '' } as Address],
  ])('rings nobody whom the site forbids: %s', async (_what, to) => {
    const directory = new House()
    directory.forbids = async () => 'the list names it'

    expect(await route(to, number('+15550123'), undefined, router(0, { directory }))).toEqual({
      ...{ kind: 'refused', code: 'not_allowed', sentence: 'the list names it' },
    })
    expect(await route(number('+15550101'), number('+15550123'), undefined, router(0, { directory }))).toMatchObject({
      kind: 'destinations',
    })
  })

  it('holds the trunk to its calls at once', async () => {
    expect(await find(number('+442079460000'), 1)).toMatchObject({ kind: 'destinations' })
    expect(await find(number('+442079460000'), 2)).toMatchObject({
      kind: 'refused',
      code: 'unreachable',
      sentence: 'the trunk pstn carries 2 calls already, and its setting maxCalls allows 2',
    })
  })

  it('calls a number of the site that rings no extension without leaving the house', async () => {
    expect(await find(number('+15550100'))).toEqual({
      kind: 'destinations',
      destinations: [{ inner: '+15550100' }],
    })
  })

  it('says why a number of the site is not called while no calls are taken', async () => {
    const closed = router(0, { closed: () => 'the service is starting or stopping' })
    expect(await route(number('+15550100'), number('+15550123'), undefined, closed)).toEqual({
      kind: 'refused',
      code: 'overloaded',
      sentence: '+15550100 was not rung: the service is starting or stopping',
    })
  })

  it('ends a circle of numbers that lead to each other after five', async () => {
    let way = firstWay
    const next = (): Promise<unknown> =>
      route(number('+15550100'), number('+15550123'), undefined, router(0, { passed: way.passed }))
    for (let hop = 0; hop < mostHops; hop++) {
      expect(await next()).toMatchObject({ kind: 'destinations' })
      way = onward(way, '+15550100')
    }

    expect(await next()).toMatchObject({
      kind: 'refused',
      code: 'too_many_hops',
      sentence: expect.stringMatching(
        /^\+15550100 was not rung: the call came through 5 numbers of this site \(\+15550100, /,
      ),
    })
  })
})
