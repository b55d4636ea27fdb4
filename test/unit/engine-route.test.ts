import { describe, expect, it } from 'vitest'
import type { Directory, Trunk } from '../../src/engines/embedded/directory.ts'
import { type Router, route } from '../../src/engines/embedded/route.ts'
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
  async srtpOf() {
    return 'allowed' as const
  }
  async extensionOfNumber(e164: string) {
    return e164 === '+15550101' ? '1001' : undefined
  }
}

const router = (carried = 0): Router => ({
  directory: new House(),
  contacts: async (username) => (username === '1001' ? [{ uri: 'sip:1001@127.0.0.1:5070', flow }] : []),
  carriedBy: () => carried,
})
const find = (to: Address, carried?: number) => route(to, number('+15550123'), undefined, router(carried))

describe('where a target is rung', () => {
  it('rings an extension at its registered contact, over the flow that it came by', async () => {
    expect(await find(extension('1001'))).toEqual({
      kind: 'destinations',
      destinations: [{ uri: 'sip:1001@127.0.0.1:5070', via: { kind: 'flow', flow }, srtp: 'allowed' }],
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
    [number('+15550100'), 'not_found', 'rings no extension'],
    [{ kind: 'anonymous', raw: 'anonymous' } as Address, 'not_found', 'anonymous'],
  ])('says why %j is not rung', async (to, code, sentence) => {
    expect(await find(to)).toMatchObject({ kind: 'refused', code, sentence: expect.stringContaining(sentence) })
  })

  it('holds the trunk to its calls at once', async () => {
    expect(await find(number('+442079460000'), 1)).toMatchObject({ kind: 'destinations' })
    expect(await find(number('+442079460000'), 2)).toMatchObject({
      kind: 'refused',
      code: 'unreachable',
      sentence: 'the trunk pstn carries 2 calls already, and its setting maxCalls allows 2',
    })
  })
})
