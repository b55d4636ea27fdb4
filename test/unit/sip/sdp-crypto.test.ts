import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCrypto } from '../../../src/sip/sdp/crypto.ts'
import type { LocalMedia, LocalSrtp, SrtpKey } from '../../../src/sip/sdp/media.ts'
import type { MediaDescription } from '../../../src/sip/sdp/media-description.ts'
import {
  type Negotiation,
  type NegotiationEvent,
  negotiate,
  newNegotiation,
} from '../../../src/sip/sdp/offer-answer.ts'
import { parseSdp, writeSdp } from '../../../src/sip/sdp/sdp.ts'

const long = 'AES_CM_128_HMAC_SHA1_80'
const short = 'AES_CM_128_HMAC_SHA1_32'
const salt = (letter: string): string => letter.repeat(40)
const keysOf = (letters: string): readonly SrtpKey[] => [
  { suite: long, keySalt: salt(letters[0]!) },
  { suite: short, keySalt: salt(letters[1]!) },
]
const local = (port: number, mode?: LocalSrtp['mode'], letters = 'AB'): LocalMedia => ({
  ...{ address: '192.0.2.1', port, codecs: ['PCMU', 'PCMA'] },
  ...(mode === undefined ? {} : { srtp: { mode, keys: keysOf(letters) } }),
})
const ann = (mode?: LocalSrtp['mode']): LocalMedia => local(4000, mode, 'AB')
const bob = (mode?: LocalSrtp['mode']): LocalMedia => local(5000, mode, 'CD')

describe('a=crypto', () => {
  it.each([
    // The figures of RFC 4568 §4.1 and §6.1.
    [
      `1 ${long} inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32`,
      { tag: 1, key: { suite: long, keySalt: 'PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR', mki: 32 } },
    ],
    [`2 ${short} inline:${salt('x')}`, { tag: 2, key: { suite: short, keySalt: salt('x') } }],
    [`3 ${long.toLowerCase()} inline:${salt('x')}|1048576`, { tag: 3, key: { suite: long, keySalt: salt('x') } }],
    [`4 ${long} inline:${salt('x')}|1:4`, { tag: 4, key: { suite: long, keySalt: salt('x'), mki: 4 } }],
    [`5 ${long}  inline:${salt('x')} WSH=128 -extra`, { tag: 5, key: { suite: long, keySalt: salt('x') } }],
  ])('%s is taken', (value, expected) => {
    expect(readCrypto(value)).toEqual(expected)
  })

  it.each([
    ['another suite', `1 F8_128_HMAC_SHA1_80 inline:${salt('x')}`],
    ['another key method', `1 ${long} prompt:${salt('x')}`],
    ['a key that is too short', `1 ${long} inline:${'x'.repeat(39)}`],
    ['two keys', `1 ${long} inline:${salt('x')}|1:1;inline:${salt('y')}|2:1`],
    ['packets that are not encrypted', `1 ${long} inline:${salt('x')} UNENCRYPTED_SRTP`],
    ['a second parameter that counts', `1 ${long} inline:${salt('x')} WSH=64 KDR=1`],
    ['a key identifier without length', `1 ${long} inline:${salt('x')}|1:0`],
    ['no tag', `${long} inline:${salt('x')}`],
    ['nothing', ''],
  ])('%s is not taken', (_, value) => {
    expect(readCrypto(value)).toBeUndefined()
  })
})

function read(text: string): MediaDescription {
  const result = parseSdp(text)
  if (result.kind === 'fault') throw new Error(result.sentence)
  return result.media
}

const sdp = (...lines: string[]): string =>
  `${['v=0', 'o=- 1 1 IN IP4 192.0.2.2', 's=-', 'c=IN IP4 192.0.2.2', 't=0 0', ...lines].join('\r\n')}\r\n`
const keyLine = (tag: number, suite: string, letter: string): string =>
  `a=crypto:${tag} ${suite} inline:${salt(letter)}|2^31`

describe('an SDP with SRTP', () => {
  it('has its protocol and those keys that we can use', () => {
    const media = read(
      sdp('m=audio 4000 RTP/SAVP 0', keyLine(1, 'AES_256_CM_HMAC_SHA1_80', 'x'), keyLine(2, short, 'y'), 'a=sendonly'),
    )

    expect(media).toMatchObject({ protocol: 'RTP/SAVP', crypto: [{ tag: 2, key: { suite: short } }] })
    expect(media.direction).toBe('sendonly')
  })

  it('has keys of the audio alone', () => {
    const media = read(sdp('m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/SAVP 31', keyLine(1, long, 'x')))

    expect(media).toMatchObject({ audioLine: 0 })
    expect(media).not.toHaveProperty('crypto')
  })

  it('is the line with a key before the one without, which stands beside it', () => {
    const media = read(sdp('m=audio 4000 RTP/AVP 0', 'm=audio 4002 RTP/SAVP 8', keyLine(1, long, 'x')))

    expect(media).toMatchObject({ port: 4002, audioLine: 1, plain: { port: 4000, audioLine: 0 } })
  })

  it.each([
    [
      ['m=audio 4000 RTP/SAVP 0'],
      'The audio is offered by RTP/SAVP only, without a key that this server takes (a=crypto with AES_CM_128_HMAC_SHA1_80 or AES_CM_128_HMAC_SHA1_32).',
    ],
    [
      ['m=audio 4000 UDP/TLS/RTP/SAVPF 0', 'a=fingerprint:sha-256 00'],
      'The audio is offered by UDP/TLS/RTP/SAVPF only; this server takes RTP/AVP and RTP/SAVP.',
    ],
  ])('%j is refused', (lines, sentence) => {
    expect(parseSdp(sdp(...lines))).toEqual({ kind: 'fault', status: 488, sentence })
  })

  it('that refuses the audio needs no key', () => {
    expect(read(sdp('m=audio 0 RTP/SAVP 0'))).toMatchObject({ port: 0 })
  })

  it('is read as it was written', () => {
    const letters = fc.constantFrom('A', 'b', '+', '/', '9')
    const attribute = fc.record({
      tag: fc.integer({ min: 1, max: 999_999_999 }),
      key: fc.record({ suite: fc.constantFrom(long, short), keySalt: letters.map(salt) }),
    })
    fc.assert(
      fc.property(
        fc.array(attribute, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('RTP/SAVP' as const, 'RTP/SAVPF' as const, undefined),
        (crypto, protocol) => {
          const plain = read(sdp('m=audio 4000 RTP/AVP 0'))
          const media = { ...plain, crypto, ...(protocol === undefined ? {} : { protocol }) }
          expect(read(writeSdp(media))).toEqual(media)
        },
      ),
    )
  })
})

function step(state: Negotiation, event: NegotiationEvent) {
  const result = negotiate(state, event)
  if (result.kind === 'fault') throw new Error(result.sentence)
  return result
}

/** One whole exchange, with every description written and read as between two hosts. */
function exchange(
  [offerer, answerer]: readonly [Negotiation, Negotiation],
  [from, to]: readonly [LocalMedia, LocalMedia],
) {
  const offered = step(offerer, { kind: 'make_offer', local: from, direction: 'sendrecv' })
  const received = step(answerer, { kind: 'offer_received', remote: read(writeSdp(offered.description!)) })
  const make = { kind: 'make_answer', local: to, direction: 'sendrecv', final: true } as const
  const answered = step(received.negotiation, make)
  const remote = read(writeSdp(answered.description!))
  const done = step(offered.negotiation, { kind: 'answer_received', remote, final: true })
  return { offered, answered, done, both: [done.negotiation, answered.negotiation] as const }
}

const fresh = () => [newNegotiation('1'), newNegotiation('2')] as const
const sentence = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return (error as Error).message
  }
  return 'agreed'
}

describe('offer and answer with SRTP', () => {
  it.each([
    ['require', 'take', 'RTP/SAVP', 'srtp'],
    ['require', 'offer', 'RTP/SAVP', 'srtp'],
    ['require', 'require', 'RTP/SAVP', 'srtp'],
    ['offer', 'take', undefined, 'srtp'],
    ['offer', 'require', undefined, 'srtp'],
    ['offer', undefined, undefined, 'plain'],
    ['take', 'take', undefined, 'plain'],
    [undefined, 'offer', undefined, 'plain'],
    [undefined, undefined, undefined, 'plain'],
  ] as const)('one that would %s and one that would %s', (first, second, protocol, expected) => {
    const { offered, answered, done } = exchange(fresh(), [ann(first), bob(second)])

    expect(offered.description?.protocol).toBe(protocol)
    expect(answered.description?.protocol).toBe(protocol)
    if (expected === 'plain') {
      expect(done.media).not.toHaveProperty('srtp')
      expect(answered.media).not.toHaveProperty('srtp')
      return
    }
    expect(answered.media?.srtp).toEqual({ send: keysOf('CD')[0], receive: keysOf('AB')[0] })
    expect(done.media?.srtp).toEqual({ send: keysOf('AB')[0], receive: keysOf('CD')[0] })
  })

  it.each([
    ['require', undefined, 'The offer has SRTP only (RTP/SAVP), which is switched off here.'],
    [undefined, 'require', 'The offer has no SRTP (RTP/SAVP with a=crypto), which is required here.'],
    ['take', 'require', 'The offer has no SRTP (RTP/SAVP with a=crypto), which is required here.'],
  ] as const)('one that would %s and one that would %s do not agree', (first, second, expected) => {
    expect(sentence(() => exchange(fresh(), [ann(first), bob(second)]))).toBe(expected)
  })

  it('answers the suite that the other side likes best, by its tag', () => {
    const offer = read(sdp('m=audio 4000 RTP/SAVP 0', keyLine(7, short, 'x'), keyLine(8, long, 'y')))
    const received = step(newNegotiation('1'), { kind: 'offer_received', remote: offer })
    const make = { kind: 'make_answer', local: bob('take'), direction: 'sendrecv', final: true } as const

    expect(step(received.negotiation, make).description?.crypto).toEqual([{ tag: 7, key: keysOf('CD')[1] }])
  })

  it.each([
    ['take', 1, 'RTP/SAVP'],
    [undefined, 0, undefined],
  ] as const)('of two lines one that would %s answers line %i', (mode, line, protocol) => {
    const offer = read(sdp('m=audio 4000 RTP/AVP 0', 'm=audio 4002 RTP/SAVP 0', keyLine(1, long, 'x')))
    const received = step(newNegotiation('1'), { kind: 'offer_received', remote: offer })
    const make = { kind: 'make_answer', local: bob(mode), direction: 'sendrecv', final: true } as const
    const { description, media } = step(received.negotiation, make)

    expect(description).toMatchObject({ audioLine: line })
    expect(description?.protocol).toBe(protocol)
    expect(media?.port).toBe(4000 + 2 * line)
    // The other line keeps its place with port 0.
    expect(writeSdp(description!).match(/^m=audio \d+/gm)).toEqual(
      line === 1 ? ['m=audio 0', 'm=audio 5000'] : ['m=audio 5000', 'm=audio 0'],
    )
  })

  it.each([
    ['no key', ['m=audio 4000 RTP/SAVP 0', keyLine(1, 'AES_256_CM_HMAC_SHA1_80', 'x')], 'offered by RTP/SAVP only'],
    ['a key of another tag', ['m=audio 4000 RTP/SAVP 0', keyLine(9, long, 'x')], 'The answer has no key for SRTP'],
    ['plain RTP', ['m=audio 4000 RTP/AVP 0'], 'The answer has no key for SRTP'],
  ])('an answer with %s to an offer of SRTP is refused', (_, lines, expected) => {
    const offered = step(newNegotiation('1'), { kind: 'make_offer', local: ann('require'), direction: 'sendrecv' })

    expect(
      sentence(() => step(offered.negotiation, { kind: 'answer_received', remote: read(sdp(...lines)), final: true })),
    ).toContain(expected)
  })

  it.each(['require', 'offer'] as const)('offered anew a session that began with %s keeps its keys', (mode) => {
    const first = exchange(fresh(), [ann(mode), bob('take')])
    const ours = exchange(first.both, [ann(mode), bob('take')])
    const theirs = exchange([ours.both[1], ours.both[0]], [bob('take'), ann(mode)])

    expect(ours.done.media?.srtp).toEqual(first.done.media?.srtp)
    expect(theirs.answered.media?.srtp).toEqual(first.done.media?.srtp)
    expect(theirs.offered.description?.protocol).toBe(first.offered.description?.protocol)
    // RFC 3264 §8: what did not change keeps its version.
    expect(ours.answered.description?.origin.version).toBe('1')
  })

  it('a session that began without SRTP goes on without it', () => {
    const first = exchange(fresh(), [ann('offer'), bob()])

    expect(exchange(first.both, [ann('offer'), bob()]).offered.description).not.toHaveProperty('crypto')
  })

  it('takes a new key of the other side', () => {
    const first = exchange(fresh(), [ann('require'), bob('take')])
    const again = exchange([first.both[1], first.both[0]], [local(5000, 'take', 'EF'), ann('require')])

    expect(again.answered.media?.srtp).toEqual({ send: keysOf('AB')[0], receive: keysOf('EF')[0] })
  })
})
