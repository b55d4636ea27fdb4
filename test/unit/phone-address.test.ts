import { describe, expect, it } from 'vitest'
import { addressKey, readAddress } from '../../src/phone/address.ts'

const isExtension = (username: string): boolean => username === '1001'

describe('reading an address', () => {
  it.each([
    ['+15550100', 'number', '+15550100'],
    ['0015550100', 'number', '+15550100'],
    ['tel:+1-555-0100', 'number', '+15550100'],
    ['1001', 'extension', '1001'],
    ['ann', 'extension', 'ann'],
    ['sip:ann@192.0.2.4:5062', 'uri', 'sip:ann@192.0.2.4:5062'],
    ['anonymous', 'anonymous', 'anonymous'],
  ])('%s is a %s', (text, kind, key) => {
    const address = readAddress(text, { isExtension })

    expect(address?.kind).toBe(kind)
    expect(address && addressKey(address)).toBe(key)
  })

  it('reads a national number with the country of the site', () => {
    expect(readAddress('(650) 555-0142', { country: 'US' })).toMatchObject({ kind: 'number', e164: '+16505550142' })
  })

  it.each(['', ' ', 'a b', 'sip:a b@c', '1001\r\nVia: x', '<script>'])('refuses %j', (text) => {
    expect(readAddress(text)).toBeUndefined()
  })
})
