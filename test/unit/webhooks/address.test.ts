import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AddressKind, classifyAddress, networkList } from '../../../src/webhooks/address.ts'

// First and last address of each range, and its neighbours outside.
const table: readonly (readonly [string, AddressKind])[] = [
  ['0.0.0.0', 'unspecified'],
  ['0.255.255.255', 'unspecified'],
  ['1.0.0.0', 'public'],
  ['9.255.255.255', 'public'],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['11.0.0.0', 'public'],
  ['100.63.255.255', 'public'],
  ['100.64.0.0', 'carrier-grade NAT'],
  ['100.127.255.255', 'carrier-grade NAT'],
  ['100.128.0.0', 'public'],
  ['100.100.100.200', 'metadata'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.255', 'loopback'],
  ['128.0.0.0', 'public'],
  ['168.63.129.16', 'metadata'],
  ['169.253.255.255', 'public'],
  ['169.254.0.1', 'link-local'],
  ['169.254.169.254', 'metadata'],
  ['169.255.0.0', 'public'],
  ['172.15.255.255', 'public'],
  ['172.16.0.0', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.0', 'public'],
  ['192.0.0.8', 'reserved'],
  ['192.0.1.1', 'public'],
  ['192.0.2.7', 'documentation'],
  ['192.88.99.1', 'reserved'],
  ['192.167.255.255', 'public'],
  ['192.168.0.1', 'private'],
  ['192.169.0.0', 'public'],
  ['198.17.255.255', 'public'],
  ['198.18.0.0', 'benchmarking'],
  ['198.19.255.255', 'benchmarking'],
  ['198.20.0.0', 'public'],
  ['198.51.100.1', 'documentation'],
  ['203.0.113.1', 'documentation'],
  ['223.255.255.255', 'public'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'reserved'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::7f00:1', 'loopback'],
  ['::10.0.0.1', 'private'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:a9fe:a9fe', 'metadata'],
  ['::ffff:8.8.8.8', 'public'],
  ['64:ff9b::10.1.2.3', 'private'],
  ['64:ff9b::808:808', 'public'],
  ['64:ff9b:1::1', 'reserved'],
  ['100::1', 'reserved'],
  ['2001::1', 'reserved'],
  ['2001:db8::1', 'documentation'],
  ['2002:7f00:1::', 'loopback'],
  ['2002:c0a8:101::1', 'private'],
  ['2002:808:808::1', 'public'],
  ['2606:4700::1111', 'public'],
  ['3fff::1', 'documentation'],
  ['4000::1', 'reserved'],
  ['fbff::1', 'reserved'],
  ['fc00::1', 'unique local'],
  ['fdff::1', 'unique local'],
  ['fd00:ec2::254', 'metadata'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['febf::1', 'link-local'],
  ['fec0::1', 'private'],
  ['ff02::1', 'multicast'],
]

describe('the kind of an address', () => {
  it.each(table)('%s is %s', (address, kind) => {
    expect(classifyAddress(address)).toBe(kind)
  })

  it('is that of the IPv4 address within an IPv6 one, however that is carried', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const hex = address
          .split('.')
          .map((part) => Number(part).toString(16).padStart(2, '0'))
          .join('')
          .replace(/(....)(....)/, '$1:$2')
        const kind = classifyAddress(address)
        expect(classifyAddress(`::ffff:${address}`)).toBe(kind)
        expect(classifyAddress(`::ffff:${hex}`)).toBe(kind)
        expect(classifyAddress(`64:ff9b::${hex}`)).toBe(kind)
        expect(classifyAddress(`2002:${hex}::1`)).toBe(kind)
      }),
    )
  })

  it('is known of every address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(classifyAddress(address)).toMatch(/./)
      }),
    )
  })

  it.each(['', 'localhost', '1.2.3', '::g'])('is refused for %j, which is no address', (text) => {
    expect(() => classifyAddress(text)).toThrow(TypeError)
  })
})

describe('a list of networks', () => {
  it('has what lies in it, mapped or not', () => {
    const allowed = networkList(['10.1.0.0/16', '127.0.0.1', 'fd00::/8'])
    const asked = ['10.1.2.3', '::ffff:10.1.2.3', '10.2.0.1', '127.0.0.1', '127.0.0.2', 'fd12::1', 'fc00::1']
    expect(asked.filter(allowed)).toEqual(['10.1.2.3', '::ffff:10.1.2.3', '127.0.0.1', 'fd12::1'])
  })
})
