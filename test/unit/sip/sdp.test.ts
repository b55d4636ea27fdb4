import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MediaDescription } from '../../../src/sip/sdp/media-description.ts'
import { parseSdp, writeSdp } from '../../../src/sip/sdp/sdp.ts'

const sdp = (...lines: string[]) => `${['v=0', 'o=ann 28908 3 IN IP4 192.0.2.1', 's=-', ...lines].join('\r\n')}\r\n`
const audio = (...lines: string[]) =>
  sdp('c=IN IP4 192.0.2.1', 't=0 0', 'm=audio 49170 RTP/AVP 8 0 101', 'a=rtpmap:101 telephone-event/8000', ...lines)

function read(text: string): MediaDescription {
  const result = parseSdp(text)
  if (result.kind === 'fault') throw new Error(result.sentence)
  return result.media
}

describe('reading SDP', () => {
  it('knows static payload types without rtpmap, in the order of the writer', () => {
    expect(read(audio('a=ptime:30', 'a=sendonly', 'a=rtcp-mux'))).toEqual({
      origin: { username: 'ann', sessionId: '28908', version: '3', address: '192.0.2.1' },
      address: '192.0.2.1',
      port: 49170,
      codecs: [
        { name: 'PCMA', payloadType: 8 },
        { name: 'PCMU', payloadType: 0 },
      ],
      telephoneEvent: { payloadType: 101, rate: 8000 },
      ptime: 30,
      direction: 'sendonly',
      rtcpMux: true,
      audioLine: 0,
      otherLines: [],
    })
  })

  it('takes what the audio says over what the session says', () => {
    const media = read(
      sdp('c=IN IP4 192.0.2.1', 't=0 0', 'a=inactive', 'm=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::1', 'a=recvonly'),
    )
    expect(media).toMatchObject({ address: '2001:db8::1', direction: 'recvonly' })
  })

  it('takes the direction of the session where the audio has none', () => {
    expect(read(sdp('c=IN IP4 192.0.2.1', 'a=inactive', 'm=audio 4000 RTP/AVP 0'))).toMatchObject({
      direction: 'inactive',
    })
  })

  it('keeps the places of other lines, and passes by SRTP where plain RTP is offered, too', () => {
    const media = read(
      sdp(
        'c=IN IP4 192.0.2.1',
        't=0 0',
        'm=video 5000 RTP/AVP 31 32',
        'm=audio 4000 RTP/SAVP 0',
        'm=audio 4002 RTP/AVP 96 0',
        'a=rtpmap:96 opus/48000/2',
        'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      ),
    )
    expect(media).toMatchObject({ port: 4002, audioLine: 2, codecs: [{ name: 'PCMU', payloadType: 0 }] })
    expect(media.otherLines.map((line) => `${line.type} ${line.protocol} ${line.formats}`)).toEqual([
      'video RTP/AVP 31 32',
      'audio RTP/SAVP 0',
      'application UDP/DTLS/SCTP webrtc-datachannel',
    ])
  })

  it.each([
    [
      'a dynamic payload type',
      ['m=audio 4 RTP/AVP 97', 'a=rtpmap:97 pcmu/8000/1'],
      [{ name: 'PCMU', payloadType: 97 }],
    ],
    ['a static number that was given away', ['m=audio 4 RTP/AVP 0', 'a=rtpmap:0 G729/8000'], []],
    ['a wide-band PCMA', ['m=audio 4 RTP/AVP 98', 'a=rtpmap:98 PCMA/16000'], []],
    ['stereo', ['m=audio 4 RTP/AVP 98', 'a=rtpmap:98 PCMA/8000/2'], []],
    ['one codec named twice', ['m=audio 4 RTP/AVP 0 98', 'a=rtpmap:98 PCMU/8000'], [{ name: 'PCMU', payloadType: 0 }]],
  ])('reads %s', (_, lines, codecs) => {
    expect(read(sdp('c=IN IP4 192.0.2.1', ...lines)).codecs).toEqual(codecs)
  })

  it('reads bare line feeds, a port count and an RTCP address', () => {
    const text = sdp('c=IN IP4 192.0.2.1', 'm=audio 4000/2 RTP/AVP 0', 'a=rtcp:4005 IN IP4 192.0.2.9')
    expect(read(text.replaceAll('\r\n', '\n'))).toMatchObject({
      port: 4000,
      rtcp: { port: 4005, address: '192.0.2.9' },
    })
  })

  it('keeps a session id of 64 bits as it came', () => {
    const text = audio().replace('28908 3', '18446744073709551615 18446744073709551614')
    expect(read(text).origin).toMatchObject({ sessionId: '18446744073709551615', version: '18446744073709551614' })
  })

  it.each([
    ['', 400, 'v=0'],
    ['hello', 400, 'v=0'],
    [sdp('t=0 0'), 488, 'no `m=`'],
    [sdp('c=IN IP4 192.0.2.1', 'm=video 5000 RTP/AVP 31'), 488, 'no audio'],
    [sdp('c=IN IP4 192.0.2.1', 'm=audio 5000 RTP/SAVP 0'), 488, 'RTP/SAVP'],
    [sdp('m=audio 5000 RTP/AVP 0'), 400, 'c='],
    [sdp('c=IN IP4 999.1.1.1', 'm=audio 5000 RTP/AVP 0'), 400, 'c='],
    [sdp('c=IN IP4 224.2.1.1/127', 'm=audio 5000 RTP/AVP 0'), 400, 'c='],
    [sdp('c=IN IP4 192.0.2.1', 'm=audio 70000 RTP/AVP 0'), 400, 'm='],
    [sdp('c=IN IP4 192.0.2.1', 'm=audio x RTP/AVP 0'), 400, 'm='],
  ])('refuses %j', (text, status, words) => {
    expect(parseSdp(text)).toMatchObject({ kind: 'fault', status, sentence: expect.stringContaining(words) })
  })

  it('never throws', () => {
    const pieces = fc.constantFrom(
      ...['v=0', 'm=audio 1 RTP/AVP 0', 'm=', 'c=IN IP4 1.2.3.4', 'a=rtpmap:0', 'a=rtcp:1 IN', 'a=ptime:x', 'o=- 1'],
      ...['a=ssrc:1 a:b', 'a=candidate:1', 'a=crypto:1', 'a=imageattr:1 send', 'a=__proto__:1', '=', 'a', '\0'],
    )
    const line = fc.oneof(
      pieces,
      fc.string({ unit: 'binary' }),
      fc.tuple(pieces, fc.string()).map((p) => p.join(' ')),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const result = parseSdp(`v=0\r\n${lines.join('\r\n')}\r\n`)
        if (result.kind === 'media') expect(parseSdp(writeSdp(result.media)).kind).toBe('media')
      }),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        parseSdp(Buffer.from(bytes))
      }),
    )
    const whole = audio('a=rtcp:4005 IN IP4 192.0.2.9')
    for (let cut = 0; cut < whole.length; cut++) parseSdp(whole.slice(0, cut))
  })
})

describe('writing SDP', () => {
  it('writes each line in its place', () => {
    const media = read(
      sdp(
        'c=IN IP4 192.0.2.1',
        'm=video 5000 RTP/AVP 31',
        'm=audio 4 RTP/AVP 0 96',
        'a=rtpmap:96 telephone-event/8000',
        'a=ptime:20',
        'a=rtcp-mux',
        'm=text 6000 RTP/AVP 98',
      ),
    )
    expect(writeSdp(media).split('\r\n')).toEqual([
      'v=0',
      'o=ann 28908 3 IN IP4 192.0.2.1',
      's=-',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'm=video 0 RTP/AVP 31',
      'm=audio 4 RTP/AVP 0 96',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:96 telephone-event/8000',
      'a=fmtp:96 0-16',
      'a=ptime:20',
      'a=sendrecv',
      'a=rtcp-mux',
      'm=text 0 RTP/AVP 98',
      '',
    ])
  })

  it('reads back what it wrote', () => {
    const port = fc.integer({ min: 1, max: 65535 })
    const description: fc.Arbitrary<MediaDescription> = fc.record(
      {
        origin: fc.record({
          username: fc.constant('-'),
          sessionId: fc.nat().map(String),
          version: fc.nat().map(String),
          address: fc.ipV4(),
        }),
        address: fc.oneof(fc.ipV4(), fc.ipV6()),
        port,
        codecs: fc.constantFrom(
          [{ name: 'PCMU' as const, payloadType: 0 }],
          [
            { name: 'PCMA' as const, payloadType: 97 },
            { name: 'PCMU' as const, payloadType: 0 },
          ],
        ),
        telephoneEvent: fc.record({ payloadType: fc.integer({ min: 100, max: 127 }), rate: fc.constant(8000) }),
        ptime: fc.constantFrom(10, 20, 60),
        direction: fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'inactive'),
        rtcp: fc.record({ port, address: fc.ipV4() }),
        rtcpMux: fc.boolean(),
        audioLine: fc.constantFrom(0, 1),
        otherLines: fc.constant([{ type: 'video', protocol: 'RTP/AVP', formats: '31' }]),
      },
      {
        requiredKeys: ['origin', 'address', 'port', 'codecs', 'direction', 'rtcpMux', 'audioLine', 'otherLines'],
      },
    )
    fc.assert(
      fc.property(description, (media) => {
        expect(read(writeSdp(media))).toEqual(media)
      }),
    )
  })

  it('writes no address that is none', () => {
    expect(() => writeSdp({ ...read(audio()), address: '1.2.3.4\r\na=x' })).toThrow('is no address')
  })
})
