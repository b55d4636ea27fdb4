import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  buildRequest,
  buildResponse,
  formatNameAddr,
  formatUri,
  HeaderList,
  type NameAddr,
  parseMessage,
  parseNameAddr,
  parseUri,
  type SipMessage,
  serialize,
  type Uri,
} from '../../../src/sip/index.ts'

const token = fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~]{1,12}$/)
const host = fc.oneof(
  fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z0-9]{1,5}){0,2}$/),
  fc.ipV4(),
  fc.constantFrom('::1', '2001:db8::9:1'),
)
const anyText = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !/\p{Cs}/u.test(text))
const params = fc
  .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z0-9-]{1,8}$/), fc.stringMatching(/^[A-Za-z0-9.%+-]{0,8}$/)), {
    selector: ([n]) => n,
    maxLength: 3,
  })
  .map((entries) => new Map(entries))
const sipUri: fc.Arbitrary<Uri> = fc
  .record(
    {
      scheme: fc.constantFrom('sip' as const, 'sips' as const),
      user: anyText.filter((user) => user !== ''),
      password: anyText,
      host,
      port: fc.integer({ min: 1, max: 65535 }),
      params,
    },
    { requiredKeys: ['scheme', 'host', 'params'] },
  )
  .map(({ password, ...uri }) => (uri.user === undefined || password === undefined ? uri : { ...uri, password }))
const nameAddr: fc.Arbitrary<NameAddr> = fc.record(
  {
    displayName: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((t) => !/[\p{Cc}\p{Cs}]/u.test(t) && t.trim() === t),
    uri: sipUri,
    params,
  },
  { requiredKeys: ['uri', 'params'] },
)
const value = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replace(/\p{Cc}|\p{Cs}/gu, '').trim())

describe('what is written is read back as the same', () => {
  it('URIs', () => {
    fc.assert(
      fc.property(sipUri, (uri) => {
        expect(parseUri(formatUri(uri))).toEqual(uri)
      }),
    )
  })

  it('addresses with any display name', () => {
    fc.assert(
      fc.property(nameAddr, (address) => {
        expect(parseNameAddr(formatNameAddr(address))).toEqual(address)
      }),
    )
  })

  it('requests, and answers to them', () => {
    const parts = fc.record({
      method: token,
      uri: sipUri,
      from: nameAddr,
      to: nameAddr,
      callId: fc.stringMatching(/^[\x21-\x7e]{1,20}$/),
      cseq: fc.nat(2 ** 31 - 1),
      headers: fc.array(
        fc.tuple(
          token.map((name) => `X-${name}`),
          value,
        ),
        { maxLength: 5 },
      ),
      body: fc
        .uint8Array({ maxLength: 60 })
        .map((bytes) => ({ type: 'application/octet-stream', content: Buffer.from(bytes) })),
    })
    fc.assert(
      fc.property(parts, (given) => {
        const sent = buildRequest({
          ...given,
          headers: [['Via', 'SIP/2.0/UDP a.example;branch=z9hG4bK1'], ...given.headers],
        })
        const read = parsed(serialize(sent))
        const answer = buildResponse(read.kind === 'request' ? read : sent, 180, { toTag: 'x' })

        expect(comparable(read)).toEqual({ ...comparable(sent), vias: read.vias })
        expect(comparable(parsed(serialize(answer)))).toEqual(comparable(answer))
      }),
    )
  })
})

function parsed(bytes: Buffer): SipMessage {
  const result = parseMessage(bytes)
  if (result.kind === 'fault') throw new Error(`${result.sentence}: ${bytes.toString()}`)
  return result
}

const comparable = (message: SipMessage): object => ({
  ...message,
  headers: [...message.headers.entries()].filter(([name]) => name !== 'Content-Length'),
})

describe('nothing user-given begins a header of its own', () => {
  it.each(['a\r\nVia: x', 'a\nb', 'a\rb', 'a\0b'])('%j', (bad) => {
    const from = parseNameAddr('<sip:a@b>')!
    const base = { method: 'OPTIONS', uri: from.uri, from, to: from, callId: '1', cseq: 1 }

    expect(() => new HeaderList().add('Subject', bad)).toThrow('the value of Subject holds a line break or NUL')
    expect(() => new HeaderList().add(bad, 'x')).toThrow('is not a header name')
    expect(() => buildRequest({ ...base, callId: bad })).toThrow('Call-ID')
    expect(() => buildRequest({ ...base, method: bad })).toThrow('the method is not a token')
    expect(() => buildRequest({ ...base, from: { ...from, displayName: bad } })).toThrow('From')
    expect(() => buildRequest({ ...base, from: { ...from, params: new Map([['tag', bad]]) } })).toThrow('tag')
    const response = buildResponse(buildRequest(base), 200, { reason: bad })
    expect(() => serialize(response)).toThrow('the reason phrase')
    const raw = { ...buildRequest(base), uri: { scheme: 'other' as const, text: `x:${bad}` } }
    expect(() => serialize(raw)).toThrow('a URI')
  })
})

describe('fuzz: nothing that comes in throws', () => {
  const sample = serialize(
    buildRequest({
      method: 'INVITE',
      uri: parseUri('sip:b%40c@[::1]:5070;transport=tcp')!,
      from: parseNameAddr('"A \\"n" <sip:ann@example.com>;tag=1')!,
      to: parseNameAddr('<tel:+15550100>')!,
      callId: 'x@y',
      cseq: 1,
      headers: [
        ['Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport, SIP/2.0/TCP [::1]:5060;branch=z9hG4bK2'],
        ['Contact', '<sip:a@b>;q=0.5, "x,y" <sip:c@d>'],
      ],
      body: { type: 'application/sdp', content: 'v=0\r\n' },
    }),
  )
  const survives = (bytes: Buffer): void => {
    const result = parseMessage(bytes)
    if (result.kind === 'fault') expect(result.sentence).not.toBe('')
    else {
      for (const name of ['Contact', 'Via', 'Route']) result.headers.all(name).map(parseNameAddr)
      parsed(serialize(result))
    }
  }

  it('random bytes, 5,000 of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => survives(Buffer.from(bytes))),
      { numRuns: 5000 },
    )
  })

  it('every cut of a message', () => {
    for (let end = 0; end <= sample.length; end++) survives(sample.subarray(0, end))
  })

  it('10,000 messages with changed bytes', () => {
    const change = fc.tuple(
      fc.nat(sample.length - 1),
      fc.constantFrom(0, 9, 10, 13, 32, 34, 37, 44, 58, 59, 60, 62, 64, 91, 92, 128, 255),
    )
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(sample)
        for (const [at, to] of changes) bytes[at] = to
        survives(bytes)
      }),
      { numRuns: 10_000 },
    )
  })

  it('every wrong Content-Length', () => {
    for (const length of ['-1', '5', '6', '99999999999999999999', '1e3', '0x5', '', ' ', '5, 5', '４'])
      survives(Buffer.from(sample.toString().replace('Content-Length: 5', `Content-Length: ${length}`)))
  })

  it.each([
    ['white space', ' '],
    ['quotes', '"'],
    ['backslashes', '"\\'],
    ['separators', ';'],
    ['commas', ','],
    ['brackets', '<'],
    ['folds', '\r\n '],
    ['line ends', '\r\n'],
    ['colons', ':'],
    ['equals', ';a='],
  ])('64 KiB of %s, within 200 ms', (_, text) => {
    const flood = text.repeat(60_000 / text.length)
    const started = process.cpuUsage()

    for (const at of [
      'INVITE ',
      'From: ',
      'Via: ',
      'Contact: ',
      'CSeq: ',
      'Call-ID: ',
      'Content-Length: ',
      'SIP/2.0/UDP ',
    ])
      survives(Buffer.from(sample.toString().replace(at, at + flood)))

    expect(process.cpuUsage(started).user / 1000).toBeLessThan(200 * 8)
  })
})
