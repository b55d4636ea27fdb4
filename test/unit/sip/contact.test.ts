import { describe, expect, it } from 'vitest'
import type { TransportName } from '../../../src/sip/message/message.ts'
import { formatUri } from '../../../src/sip/message/uri.ts'
import { contactToward } from '../../../src/sip/user-agent/contact.ts'

describe('our Contact', () => {
  it.each([
    ['UDP', false, 'sip:192.0.2.1:5060'],
    ['UDP', true, 'sip:192.0.2.1:5060'],
    ['TCP', false, 'sip:192.0.2.1:5060;transport=tcp'],
    ['TLS', false, 'sip:192.0.2.1:5061;transport=tls'],
    ['TLS', true, 'sips:192.0.2.1:5061'],
  ] as const)('by %s, with sips asked for: %s', (transport: TransportName, secure, expected) => {
    const advertise = (toward: { readonly transport: TransportName }) => ({
      host: '192.0.2.1',
      port: toward.transport === 'TLS' ? 5061 : 5060,
    })
    const target = { destinations: [{ transport, address: '198.51.100.7', port: 5062 }] }

    expect(formatUri(contactToward(advertise, target, secure).uri)).toBe(expected)
  })
})
