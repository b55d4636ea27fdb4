import { describe, expect, it } from 'vitest'
import { sipHosts } from '../../src/main/sip-hosts.ts'

const trunk = '198.51.100.7'
const hosts = (...allow: string[]) =>
  sipHosts({ allow, trusted: ['127.0.0.0/8'], isTrunk: (address) => address === trunk })

describe('where SIP URIs may lead', () => {
  it.each([
    ['a trusted network', '127.0.0.1', []],
    ['a trunk, wherever it is', trunk, []],
    ['a network that is named', '10.1.2.3', ['10.1.0.0/16']],
    ['the internet, where all of it is allowed', '93.184.216.34', ['public']],
    ['the internet by IPv6', '2606:2800:220:1::1', ['public']],
  ])('%s: allowed', (_what, address, allow) => {
    expect(hosts(...allow).forbids(address)).toBeUndefined()
  })

  it.each([
    ['a private network', '10.1.2.3', ['public'], /^10\.1\.2\.3 \(private\) .*OFFHOOK_SIP_ALLOW may name it$/],
    ['the metadata of a cloud', '169.254.169.254', ['public'], /metadata/],
    ['a private address written as IPv6', '::ffff:10.1.2.3', ['public'], /private/],
    ['the internet', '93.184.216.34', [], /OFFHOOK_SIP_ALLOW may name it, or public$/],
    ['a neighbour of what is named', '10.2.0.1', ['10.1.0.0/16'], /private/],
  ])('%s: refused', (_what, address, allow, sentence) => {
    expect(hosts(...allow).forbids(address)).toMatch(sentence)
  })

  it.each([
    ['sip:ann@10.1.2.3:5080;transport=tcp', true],
    ['sip:ann@[fd00::1]', true],
    ['sips:10.1.2.3', true],
    ['sip:ann@127.0.0.1', false],
    ['sip:ann@phone.example.com', false],
    ['tel:+12025550100', false],
  ])('%s is refused before it is looked up: %s', (uri, refused) => {
    expect(hosts().forbidsUri(uri) !== undefined).toBe(refused)
  })
})
