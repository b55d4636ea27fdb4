import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { isPrivateAddress } from '../../src/base/private-address.ts'
import { Bans } from '../../src/engines/embedded/bans.ts'
import { Networks } from '../../src/engines/embedded/networks.ts'
import { OwnAddress } from '../../src/engines/embedded/own-address.ts'
import { userPart } from '../../src/engines/embedded/user-part.ts'

describe('trusted networks', () => {
  it.each([
    ['127.0.0.1', true],
    ['::ffff:127.0.0.1', true],
    ['::1', true],
    ['192.0.2.77', true],
    ['192.0.3.1', false],
    ['2001:db8::1', false],
  ])('%s: %s', (address, trusted) => {
    expect(new Networks(['127.0.0.0/8', '::1', '192.0.2.0/24']).has(address)).toBe(trusted)
  })

  it.each(['localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0'])('refuses %s by name', (entry) => {
    expect(() => new Networks([entry])).toThrow(entry)
  })
})

describe('bans', () => {
  const fail = (bans: Bans, times: number, now: number): boolean[] =>
    Array.from({ length: times }, () => bans.failed({ address: '192.0.2.1' }, now))

  it('come with the tenth failure within a minute and end after ten', () => {
    const bans = new Bans()

    expect(fail(bans, 10, 1000)).toEqual([...Array(9).fill(false), true])
    expect(bans.banned({ address: '192.0.2.1' }, 2000)).toBe(true)
    expect(bans.banned({ address: '192.0.2.2' }, 2000)).toBe(false)
    expect(bans.banned({ address: '192.0.2.1' }, 601_001)).toBe(false)
  })

  it('forget failures after success and after the window', () => {
    const bans = new Bans()
    fail(bans, 9, 0)
    bans.succeeded({ address: '192.0.2.1' })
    fail(bans, 9, 10)

    expect(bans.failed({ address: '192.0.2.1' }, 61_000)).toBe(false)
    expect(bans.banned({ address: '192.0.2.1' }, 61_000)).toBe(false)
  })

  it('of one extension at a trusted address leave the others there alone, and end after a minute', () => {
    const bans = new Bans()
    const ann = { address: '127.0.0.1', username: '1001' }
    for (let i = 0; i < 10; i++) bans.failed(ann, 0)

    expect(bans.banned(ann, 59_000)).toBe(true)
    expect(bans.banned({ address: '127.0.0.1', username: '1002' }, 59_000)).toBe(false)
    expect(bans.banned({ address: '127.0.0.1' }, 59_000)).toBe(false)
    expect(bans.banned(ann, 60_000)).toBe(false)
  })

  it('remember a bounded number of addresses', () => {
    const bans = new Bans()
    for (let i = 0; i < 9; i++) bans.failed({ address: '192.0.2.1' }, 0)
    for (let i = 0; i < 10_000; i++) bans.failed({ address: `10.0.${i >> 8}.${i & 255}` }, 0)

    expect(bans.failed({ address: '192.0.2.1' }, 0)).toBe(false)
  })
})

describe('the address given to a peer', () => {
  it.each([
    ['127.0.0.1', '0.0.0.0', '203.0.113.9', '127.0.0.1'],
    ['198.51.100.1', '0.0.0.0', '203.0.113.9', '203.0.113.9'],
    ['198.51.100.1', '192.168.1.5', '203.0.113.9', '203.0.113.9'],
    ['10.9.9.9', '192.168.1.5', '203.0.113.9', '192.168.1.5'],
    ['198.51.100.1', '192.168.1.5', undefined, '192.168.1.5'],
  ])('to %s, bound to %s, configured %s: %s', async (peer, bind, configured, expected) => {
    const own = await OwnAddress.find({ bind, configured }, systemClock)

    expect(own.towards(peer)).toBe(expected)
  })

  it('binds a socket to everything of the peer, unless one address was chosen', async () => {
    const everywhere = await OwnAddress.find({ bind: '0.0.0.0', configured: undefined }, systemClock)
    const chosen = await OwnAddress.find({ bind: '127.0.0.1', configured: undefined }, systemClock)

    expect([everywhere.bindFor('192.0.2.1'), everywhere.bindFor('2001:db8::1')]).toEqual(['0.0.0.0', '::'])
    expect(chosen.bindFor('192.0.2.1')).toBe('127.0.0.1')
  })

  it('knows private ranges', () => {
    expect(['10.1.2.3', '172.31.0.1', 'fe80::1', '::1'].every(isPrivateAddress)).toBe(true)
    expect(['8.8.8.8', '172.32.0.1', '2001:db8::1', 'no address'].some(isPrivateAddress)).toBe(false)
  })
})

describe('the user part of a URI', () => {
  it.each([
    ['+15550100', '+15550100'],
    ['a b', 'a%20b'],
    ['a@b>c\r\n', 'a%40b%3Ec%0D%0A'],
    ['zoë', 'zo%C3%AB'],
  ])('%j is written %s', (text, written) => {
    expect(userPart(text)).toBe(written)
  })
})
