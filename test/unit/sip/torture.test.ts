import { describe, expect, it } from 'vitest'
import { limits, parseMessage, parseNameAddr, type SipMessage } from '../../../src/sip/index.ts'

// Each case is a variant of one of RFC 4475, named as there.
interface Lines {
  readonly start?: string
  readonly headers?: readonly string[]
  /** Instead of the usual line of that name; '' leaves it out. */
  readonly replace?: Readonly<Record<string, string>>
  readonly body?: string
}

function text({ start = 'OPTIONS sip:bob@example.com SIP/2.0', headers = [], replace = {}, body = '' }: Lines): string {
  const usual: Record<string, string> = {
    Via: 'Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK77',
    From: 'From: Ann <sip:ann@example.com>;tag=a1',
    To: 'To: <sip:bob@example.com>',
    'Call-ID': 'Call-ID: torture.1@192.0.2.1',
    CSeq: `CSeq: 8 ${start.startsWith('SIP/') ? 'OPTIONS' : start.split(' ')[0]}`,
    'Max-Forwards': 'Max-Forwards: 70',
    'Content-Length': `Content-Length: ${Buffer.byteLength(body)}`,
  }
  const lines = Object.values({ ...usual, ...replace }).filter((line) => line !== '')
  return `${[start, ...lines, ...headers].join('\r\n')}\r\n\r\n${body}`
}

function read(lines: Lines): SipMessage {
  const result = parseMessage(Buffer.from(text(lines)))
  if (result.kind === 'fault') throw new Error(result.sentence)
  return result
}

describe('valid torture (RFC 4475 §3.1.1)', () => {
  it('wsinv: white space, folds, compact forms and odd case everywhere', () => {
    const message = read({
      start: 'INVITE sip:vik@desk.example.com;unknownparam SIP/2.0',
      replace: {
        To: 'TO :\r\n sip:vik@desk.example.com ;   tag    = 19182',
        From: 'from   : "J \\\\\\""       <sip:jd@example.com>\r\n  ;\r\n  tag = 98asjd8',
        'Max-Forwards': 'MaX-fOrWaRdS: 0068',
        CSeq: 'cseq: 0009\r\n  INVITE',
        Via: 'v:  SIP  / 2.0  / TCP     host.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.0.2.255   ; branch=\r\n z9hG4bK30239',
        'Content-Length': 'l   : 0',
      },
      headers: [
        's :',
        'NewFangledHeader:   one\r\n two',
        'm:"Quoted \\"\\"" <sip:jd@example.com> ; newparam =\r\n newvalue',
      ],
    })

    expect(message.from).toMatchObject({ displayName: 'J \\"' })
    expect(message.to.params.get('tag')).toBe('19182')
    expect(message.cseq).toEqual({ number: 9, method: 'INVITE' })
    expect(message.vias.map((via) => [via.transport, via.branch])).toEqual([
      ['TCP', 'z9hG4bK9ikj8'],
      ['UDP', 'z9hG4bK30239'],
    ])
    expect(message.headers.get('NewFangledHeader')).toBe('one two')
    expect(message.headers.get('Subject')).toBe('')
    expect(parseNameAddr(message.headers.all('Contact')[0]!)?.params.get('newparam')).toBe('newvalue')
  })

  it('intmeth: every character that a token and a user may have', () => {
    const method = "!interesting-Method0123456789_*+`.%indeed'~"
    const message = read({
      start: `${method} sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,@example.com SIP/2.0`,
    })

    expect(message).toMatchObject({
      method,
      uri: { user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", password: '&it+has=1,' },
    })
  })

  it.each([
    ['esc01: an escaped colon and at sign', 'sip:sips%3Auser%40example.com@example.net', 'sips:user@example.com'],
    ['escnull: an escaped NUL', 'sip:null-%00-null@example.com', 'null-\0-null'],
    ['semiuri: parameters inside the user part', 'sip:user;par=u%40example.net@example.com', 'user;par=u@example.net'],
  ])('%s', (_, uri, user) => {
    expect(read({ start: `REGISTER ${uri} SIP/2.0` })).toMatchObject({ uri: { user } })
  })

  it('lwsdisp: no white space between the display name and its address', () => {
    expect(read({ replace: { From: 'From: caller<sip:ann@example.com>;tag=323' } }).from).toMatchObject({
      displayName: 'caller',
    })
  })

  it('longreq: long values', () => {
    const long = 'x'.repeat(4000)
    const message = read({
      headers: [`Unknown-${long}: ${long}`],
      replace: { To: `To: "${long}" <sip:b@example.com>` },
    })

    expect(message.headers.get(`unknown-${long}`)).toBe(long)
    expect(message.to.displayName).toBe(long)
  })

  it('dblreq: what stands behind the body of a datagram is ignored', () => {
    const bytes = Buffer.from(text({ body: 'body' }) + text({ start: 'INVITE sip:x@example.com SIP/2.0' }))

    expect(parseMessage(bytes)).toMatchObject({ kind: 'request', method: 'OPTIONS', body: Buffer.from('body') })
  })

  it('transports: other hops spoke what we do not', () => {
    const vias = [
      'UDP t1.example.com',
      'SCTP t2.example.com',
      'TLS t3.example.com',
      'UNKNOWN t4.example.com',
      'TCP t5.example.com',
    ]
    const message = read({
      replace: { Via: `Via: ${vias.map((via, i) => `SIP/2.0/${via};branch=z9hG4bK${i}`).join(', ')}` },
    })

    expect(message.vias.map((via) => via.transport)).toEqual(['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP'])
  })

  it('unreason: a reason phrase in UTF-8', () => {
    expect(read({ start: 'SIP/2.0 200 = 2**3 * 5**2 но сто девяносто' })).toMatchObject({
      status: 200,
      reason: '= 2**3 * 5**2 но сто девяносто',
    })
  })

  it.each(['SIP/2.0 100 ', 'SIP/2.0 100'])('noreason: %j', (start) => {
    expect(read({ start })).toMatchObject({ status: 100, reason: '' })
  })

  it('inv2543: no branch and no Max-Forwards', () => {
    const message = read({
      start: 'INVITE sip:u@example.com SIP/2.0',
      replace: { Via: 'Via: SIP/2.0/UDP 192.0.2.17:5060', 'Max-Forwards': '' },
    })

    expect(message.vias[0]?.branch).toBeUndefined()
  })

  it.each(['novelsc: soap.beep://192.0.2.103:3002', 'unkscm: nobodyKnowsThisScheme:totallyopaquecontent'])(
    '%s',
    (line) => {
      const uri = line.slice(line.indexOf(' ') + 1)

      expect(read({ start: `OPTIONS ${uri} SIP/2.0` })).toMatchObject({ uri: { scheme: 'other', text: uri } })
    },
  )

  it('unksm2: unknown schemes in From and To', () => {
    const message = read({ replace: { To: 'To: isbn:2983792873', From: 'From: <http://www.example.com>;tag=3' } })

    expect([message.to.uri, message.from.uri].map(({ scheme }) => scheme)).toEqual(['other', 'other'])
  })

  it('reads IPv6 hosts and tel numbers', () => {
    const message = read({
      start: 'OPTIONS sip:bob@[2001:DB8::9]:5070;transport=tcp SIP/2.0',
      replace: {
        Via: 'Via: SIP/2.0/UDP [2001:db8::9:1]:5080;received=2001:db8::9:255;branch=z9hG4bKas3',
        To: 'To: <tel:+1-555-0100;phone-context=example.com>',
      },
    })

    expect(message).toMatchObject({ uri: { host: '2001:db8::9', port: 5070 } })
    expect(message.vias[0]).toMatchObject({ host: '2001:db8::9:1', port: 5080 })
    expect(message.to.uri).toMatchObject({ scheme: 'tel', number: '+1-555-0100' })
  })
})

describe('invalid torture (RFC 4475 §3.1.2): the fault is named, and the request can be answered', () => {
  const cases: readonly (readonly [name: string, lines: Lines, sentence: string, status?: number])[] = [
    ['badinv01: extraneous separators', { replace: { Via: 'Via: SIP/2.0/UDP 192.0.2.15;;,;,,' } }, 'Via is malformed'],
    [
      'clerr: a body shorter than said',
      { replace: { 'Content-Length': 'Content-Length: 9999' } },
      'the body is shorter than Content-Length says',
    ],
    [
      'ncl: a negative length',
      { replace: { 'Content-Length': 'Content-Length: -999' } },
      'Content-Length is not a number of bytes',
    ],
    ['scalar02: CSeq beyond 2**31', { replace: { CSeq: 'CSeq: 36893488147419103232 OPTIONS' } }, 'CSeq is malformed'],
    [
      'scalar02: CSeq of 2**31',
      { replace: { CSeq: 'CSeq: 2147483648 OPTIONS' } },
      'the number of CSeq is not below 2147483648',
    ],
    [
      'scalar02: Max-Forwards',
      { replace: { 'Max-Forwards': 'Max-Forwards: 300' } },
      'Max-Forwards is not a number between 0 and 255',
    ],
    ['quotbal: an open quote', { replace: { To: 'To: "Mr. J. User <sip:j.user@example.com>' } }, 'To is malformed'],
    [
      'ltgtruri: brackets around the Request-URI',
      { start: 'OPTIONS <sip:user@example.com> SIP/2.0' },
      'the Request-URI is malformed',
    ],
    [
      'lwsruri: white space in the Request-URI',
      { start: 'OPTIONS sip:user@example.com; lr SIP/2.0' },
      'the start line is neither a request line nor a status line',
    ],
    [
      'lwsstart: more than one space',
      { start: 'OPTIONS  sip:user@example.com  SIP/2.0' },
      'the start line is neither a request line nor a status line',
    ],
    [
      'trws: white space behind the start line',
      { start: 'OPTIONS sip:remote-target@example.com SIP/2.0  ' },
      'the start line is neither a request line nor a status line',
    ],
    [
      'escruri: headers in the Request-URI',
      { start: 'OPTIONS sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0' },
      'the Request-URI may not hold headers',
    ],
    [
      'badaspec: spaces in an address',
      { replace: { To: 'To: "Watson, Thomas" < t.watson@example.org >' } },
      'To is malformed',
    ],
    ['badvers: SIP/7.0', { start: 'OPTIONS sip:t.watson@example.org SIP/7.0' }, 'only SIP/2.0 is spoken here', 505],
    [
      'mismatch01: CSeq of another method',
      { replace: { CSeq: 'CSeq: 8 INVITE' } },
      'the method of CSeq is not that of the request',
    ],
    [
      'multi01: two values where one may be',
      { headers: ['Call-ID: another@192.0.2.1'] },
      'Call-ID stands there more than once',
    ],
    ['multi01: two From', { headers: ['f: <sip:x@example.com>;tag=2'] }, 'From stands there more than once'],
    ['mcl01: two Content-Length', { headers: ['l: 0'] }, 'Content-Length stands there more than once'],
    ['insuf: no Call-ID', { replace: { 'Call-ID': '' } }, 'Call-ID is missing'],
    ['insuf: no From', { replace: { From: '' } }, 'From is missing'],
    ['insuf: no Via', { replace: { Via: '' } }, 'Via is missing'],
    [
      'bigcode: a status of ten digits',
      { start: 'SIP/2.0 4294967301 better not break the receiver' },
      'the start line is neither a request line nor a status line',
    ],
    ['a status out of range', { start: 'SIP/2.0 999 Much' }, 'the status code is not between 100 and 699'],
    ['a header without a colon', { headers: ['this is no header'] }, 'a header line has no name before a colon'],
    ['NUL in a value', { headers: ['Subject: a\0b'] }, 'Subject holds a control character'],
    ['a lone CR in a value', { headers: ['Subject: a\rVia: b'] }, 'Subject holds a control character'],
    [
      'a line of 9 KiB',
      { headers: [`Subject: ${'x'.repeat(9 * 1024)}`] },
      `Subject is longer than ${limits.line} characters`,
    ],
    ['201 headers', { headers: Array.from({ length: 201 }, (_, i) => `X-${i}: 1`) }, 'there are more than 200 headers'],
    ['a bad escape in the user', { start: 'OPTIONS sip:%zz@example.com SIP/2.0' }, 'the Request-URI is malformed'],
    ['port 0', { start: 'OPTIONS sip:a@example.com:0 SIP/2.0' }, 'the Request-URI is malformed'],
  ]

  it.each(cases.map(([name, lines, sentence, status = 400]) => ({ name, lines, sentence, status })))('$name', (row) => {
    const { lines, sentence, status } = row

    const result = parseMessage(Buffer.from(text(lines)))

    expect(result).toMatchObject({ kind: 'fault', status, sentence })
  })

  it('gives the request with the fault, so that it can be answered', () => {
    for (const lines of [
      { replace: { 'Content-Length': 'Content-Length: 9999' } },
      { start: 'OPTIONS <sip:user@example.com> SIP/2.0' },
      { start: 'OPTIONS sip:user@example.com; lr SIP/2.0' },
      { start: 'OPTIONS sip:t.watson@example.org SIP/7.0' },
      { replace: { CSeq: 'CSeq: 8 INVITE' } },
      { replace: { 'Max-Forwards': 'Max-Forwards: many' } },
    ]) {
      const result = parseMessage(Buffer.from(text(lines)))

      expect(result).toMatchObject({ kind: 'fault', request: { method: 'OPTIONS', callId: 'torture.1@192.0.2.1' } })
    }
  })

  it('refuses 65 KiB of headers with 513', () => {
    const lines = Array.from({ length: 20 }, (_, i) => `X-${i}: ${'x'.repeat(4000)}`)

    expect(parseMessage(Buffer.from(text({ headers: lines })))).toMatchObject({ kind: 'fault', status: 513 })
  })
})
