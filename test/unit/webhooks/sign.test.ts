import { describe, expect, it } from 'vitest'
import { signatureV2, signatureV3, signedTextV3, signPlivo } from '../../../src/webhooks/sign/plivo.ts'
import { newSecret, signStandard } from '../../../src/webhooks/sign/standard.ts'

describe('Standard Webhooks', () => {
  // The example of the specification, which its libraries test themselves with.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' }

  it('signs id, time and body', () => {
    expect(signStandard(message, [secret])).toEqual({
      'webhook-id': message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  it('signs with the old and the new secret while one replaces the other', () => {
    const next = newSecret()
    const { 'webhook-signature': both } = signStandard(message, [next, secret])
    const alone = signStandard(message, [next])['webhook-signature']
    expect(both).toBe(`${alone} v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=`)
  })

  it('makes secrets that differ, and refuses one that is too short', () => {
    expect(newSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/)
    expect(newSecret()).not.toBe(newSecret())
    expect(() => signStandard(message, ['whsec_c2hvcnQ='])).toThrow(/24 to 64 bytes/)
  })
})

describe('signatures of Plivo', () => {
  const token = 'my_auth_token'
  const call = { CallUUID: 'abc', From: '15550001111', To: '15550002222' }

  // Made with the code of its own Python library.
  it.each([
    [
      'POST',
      'https://example.com/answer',
      Object.entries(call),
      'https://example.com/answer?CallUUIDabcFrom15550001111To15550002222.12345',
      'ZiS3kDPQ/B6EHMVVnv2Me8Z73/6SIrhz4mV9J7A16Rk=',
    ],
    [
      'POST',
      'https://example.com/answer?x=1&a=2',
      [
        ['From', '15550001111'],
        ['CallUUID', 'abc'],
      ],
      'https://example.com/answer?a=2&x=1.CallUUIDabcFrom15550001111.12345',
      'YtU7C/95YltwmtFG7x3hCHBdlRqDoJQsKUN9/N4lTBk=',
    ],
    [
      'POST',
      'https://example.com/answer/',
      [],
      'https://example.com/answer/.12345',
      '5TEt2q+aUFkNfuE19svlYCxzcFLYNYRRPQFI11CQhYI=',
    ],
    [
      'GET',
      'https://example.com/answer?b=2',
      [
        ['a', '1'],
        ['CallUUID', 'abc'],
      ],
      'https://example.com/answer?CallUUID=abc&a=1&b=2.12345',
      'abt8j0Hps4mnTkGlgsX1r9vWsmdN98qIzRasZT19g+M=',
    ],
  ] as const)('V3 of %s %s', (method, url, params, text, signature) => {
    expect(signedTextV3(method, url, params as [string, string][], '12345')).toBe(text)
    expect(signatureV3(token, method, url, params as [string, string][], '12345')).toBe(signature)
  })

  it('V3 sorts the values of one name, and takes them decoded', () => {
    const text = signedTextV3('GET', 'https://example.com:8443/a?n=z%20y&n=b', [], '1')
    expect(text).toBe('https://example.com:8443/a?n=b&n=z y.1')
  })

  it('V2 leaves the query out', () => {
    const right = '7Fy3kGQSFE4SbA1k20u1nU53Ap/DSerroGSmkZqsaLk='
    expect(signatureV2(token, 'https://example.com/answer/', '05429567804466091622')).toBe(right)
    expect(signatureV2(token, 'https://example.com/answer/?a=b', '05429567804466091622')).toBe(right)
  })

  it('all headers are made, those of the main account with its token', () => {
    const request = { method: 'POST', url: 'https://example.com/answer/', params: [], nonce: '12345' } as const
    const headers = signPlivo(request, token, 'main_token')
    expect(headers['X-Plivo-Signature-V3']).toBe('5TEt2q+aUFkNfuE19svlYCxzcFLYNYRRPQFI11CQhYI=')
    expect(headers['X-Plivo-Signature-Ma-V3']).toBe(signatureV3('main_token', 'POST', request.url, [], '12345'))
    expect(headers['X-Plivo-Signature-V2-Nonce']).toBe('12345')
  })
})
