import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Direction, LocalMedia } from '../../../src/sip/sdp/media.ts'
import type { MediaDescription } from '../../../src/sip/sdp/media-description.ts'
import {
  type Negotiation,
  type NegotiationEvent,
  negotiate,
  newNegotiation,
} from '../../../src/sip/sdp/offer-answer.ts'

const ann: LocalMedia = { address: '192.0.2.1', port: 4000, codecs: ['PCMU', 'PCMA'] }
const bob: LocalMedia = { address: '192.0.2.2', port: 5000, codecs: ['PCMA', 'PCMU'] }

function step(state: Negotiation, event: NegotiationEvent) {
  const result = negotiate(state, event)
  if (result.kind === 'fault') throw new Error(result.sentence)
  return result
}

const offer = (state: Negotiation, local: LocalMedia, direction: Direction = 'sendrecv') =>
  step(state, { kind: 'make_offer', local, direction })
const answer = (state: Negotiation, local: LocalMedia, direction: Direction = 'sendrecv', final = true) =>
  step(state, { kind: 'make_answer', local, direction, final })

/** One whole exchange; the first of the pair offers. */
function exchange(
  [offerer, answerer]: readonly [Negotiation, Negotiation],
  local: readonly [LocalMedia, LocalMedia] = [ann, bob],
  directions: readonly [Direction, Direction] = ['sendrecv', 'sendrecv'],
) {
  const offered = offer(offerer, local[0], directions[0])
  const received = step(answerer, { kind: 'offer_received', remote: offered.description! })
  const answered = answer(received.negotiation, local[1], directions[1])
  const done = step(offered.negotiation, { kind: 'answer_received', remote: answered.description!, final: true })
  return { offered, answered, done, both: [done.negotiation, answered.negotiation] as const }
}

const fresh = () => [newNegotiation('1'), newNegotiation('2')] as const

describe('offer and answer', () => {
  it('agree on the first codec of the offerer that the other side takes', () => {
    const { answered, done } = exchange(fresh())
    expect(answered.media).toEqual({
      address: '192.0.2.1',
      port: 4000,
      rtcpPort: 4000,
      rtcpMux: true,
      codec: 'PCMU',
      payloadType: 0,
      telephoneEvent: 101,
      ptime: 20,
      direction: 'sendrecv',
    })
    expect(done.media).toMatchObject({ address: '192.0.2.2', port: 5000, codec: 'PCMU', direction: 'sendrecv' })
  })

  // RFC 3264 §6.1: what one side only sends the other only receives.
  it.each([
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['recvonly', 'sendrecv', 'sendonly'],
    ['inactive', 'sendrecv', 'inactive'],
    ['sendrecv', 'sendonly', 'sendonly'],
    ['sendonly', 'sendonly', 'inactive'],
    ['recvonly', 'recvonly', 'inactive'],
  ] as const)('answer %s, wanting %s, by %s', (offered, wanted, said) => {
    const { answered } = exchange(fresh(), [ann, bob], [offered, wanted])
    expect(answered.description!.direction).toBe(said)
    expect(answered.media!.direction).toBe(said)
  })

  it('keep the payload types of the offerer and the places of its other lines', () => {
    const offered = offer(newNegotiation('1'), ann).description!
    const remote: MediaDescription = {
      ...offered,
      codecs: [{ name: 'PCMA', payloadType: 97 }],
      telephoneEvent: { payloadType: 110, rate: 8000 },
      audioLine: 1,
      otherLines: [
        { type: 'video', protocol: 'RTP/AVP', formats: '31' },
        { type: 'text', protocol: 'RTP/AVP', formats: '98' },
      ],
    }
    const answered = answer(step(newNegotiation('2'), { kind: 'offer_received', remote }).negotiation, bob)
    expect(answered.description).toMatchObject({
      codecs: [{ name: 'PCMA', payloadType: 97 }],
      telephoneEvent: { payloadType: 110 },
      audioLine: 1,
      otherLines: [{ type: 'video' }, { type: 'text' }],
    })
    const later = offer(answered.negotiation, bob).description!
    expect(later).toMatchObject({ audioLine: 1, telephoneEvent: { payloadType: 110 } })
    expect(later.codecs[0]).toEqual({ name: 'PCMA', payloadType: 97 })
  })

  it('leave telephone-event and rtcp-mux out where the offer has none', () => {
    const { telephoneEvent: _, ...offered } = offer(newNegotiation('1'), ann).description!
    const remote = { ...offered, rtcpMux: false }
    const answered = answer(step(newNegotiation('2'), { kind: 'offer_received', remote }).negotiation, bob)
    expect(answered.description).not.toHaveProperty('telephoneEvent')
    expect(answered.media).toMatchObject({ rtcpMux: false, rtcpPort: 4001 })
    expect(answered.media).not.toHaveProperty('telephoneEvent')
  })

  it('count a version only when something changed', () => {
    const first = exchange(fresh())
    const same = exchange(first.both)
    const moved = exchange(same.both, [{ ...ann, port: 4002 }, bob])
    expect(first.offered.description!.origin.version).toBe('1')
    expect(moved.offered.description!.origin).toMatchObject({
      version: String(Number(same.offered.description!.origin.version) + 1),
    })
    expect(moved.answered.description!.origin.version).toBe(same.answered.description!.origin.version)
    expect(exchange(moved.both, [{ ...ann, port: 4002 }, bob]).offered.description!.origin.version).toBe(
      moved.offered.description!.origin.version,
    )
  })

  it('hold and take back, from either side', () => {
    const up = exchange(fresh())
    const held = exchange(up.both, [ann, bob], ['sendonly', 'sendrecv'])
    expect([held.done.media!.direction, held.answered.media!.direction]).toEqual(['sendonly', 'recvonly'])
    const back = exchange(held.both)
    expect([back.done.media!.direction, back.answered.media!.direction]).toEqual(['sendrecv', 'sendrecv'])
    const heldByBob = exchange([back.both[1], back.both[0]], [bob, ann], ['sendonly', 'sendrecv'])
    expect(heldByBob.answered.media!.direction).toBe('recvonly')
  })

  it('take c=0.0.0.0 for a hold', () => {
    const { both, offered } = exchange(fresh())
    const remote = { ...offered.description!, address: '0.0.0.0' }
    const answered = answer(step(both[1], { kind: 'offer_received', remote }).negotiation, bob)
    expect(answered.media!.direction).toBe('recvonly')
    expect(answered.description!.direction).toBe('recvonly')
  })

  it('repeat an early answer in the final one, with the same version', () => {
    const offered = offer(newNegotiation('1'), ann)
    const received = step(newNegotiation('2'), { kind: 'offer_received', remote: offered.description! })
    const early = answer(received.negotiation, bob, 'sendrecv', false)
    const final = answer(early.negotiation, bob)
    expect(final.description).toEqual(early.description)
    const heard = step(offered.negotiation, { kind: 'answer_received', remote: early.description!, final: false })
    expect(heard.media).toMatchObject({ port: 5000 })
    expect(heard.negotiation.phase).toBe('offer_sent')
    expect(
      step(heard.negotiation, { kind: 'answer_received', remote: final.description!, final: true }).negotiation.phase,
    ).toBe('stable')
  })

  it('fall back to what held when an offer is refused', () => {
    const { both } = exchange(fresh())
    const offered = offer(both[0], ann, 'inactive')
    const back = step(offered.negotiation, { kind: 'offer_rejected' }).negotiation
    expect(back.phase).toBe('stable')
    expect(back.agreed).toEqual(both[0].agreed)
  })

  it('take audio away and bring it back', () => {
    const { both, offered } = exchange(fresh())
    const remote = { ...offered.description!, port: 0 }
    const answered = answer(step(both[1], { kind: 'offer_received', remote }).negotiation, bob)
    expect(answered.description!.port).toBe(0)
    expect(answered.media!.direction).toBe('inactive')
    const again = step(answered.negotiation, { kind: 'offer_received', remote: offered.description! })
    expect(answer(again.negotiation, bob).description!.port).toBe(5000)
  })

  it('hear keys by either number, and a second codec that was agreed on', () => {
    const offered = offer(newNegotiation('1'), ann)
    const remote: MediaDescription = {
      ...offered.description!,
      codecs: [
        { name: 'PCMA', payloadType: 8 },
        { name: 'PCMU', payloadType: 0 },
      ],
      telephoneEvent: { payloadType: 96, rate: 8000 },
    }
    const done = step(offered.negotiation, { kind: 'answer_received', remote, final: true })
    expect(done.media).toMatchObject({
      codec: 'PCMA',
      otherCodec: { codec: 'PCMU', payloadType: 0 },
      telephoneEvent: 96,
      telephoneEventIn: 101,
    })
  })

  it.each<[string, (o: MediaDescription) => [Negotiation, NegotiationEvent], number, string]>([
    [
      'no known codec',
      (o) => [newNegotiation('2'), { kind: 'offer_received', remote: { ...o, codecs: [] } }],
      488,
      'no codec',
    ],
    ['port 0', (o) => [newNegotiation('2'), { kind: 'offer_received', remote: { ...o, port: 0 } }], 488, 'port 0'],
    [
      'no codec in common',
      (o) => [
        step(newNegotiation('2'), {
          kind: 'offer_received',
          remote: { ...o, codecs: [{ name: 'PCMA', payloadType: 8 }] },
        }).negotiation,
        { kind: 'make_answer', local: { ...bob, codecs: ['PCMU'] }, direction: 'sendrecv', final: true },
      ],
      488,
      'PCMU',
    ],
    [
      'an offer across ours',
      (o) => [offer(newNegotiation('2'), bob).negotiation, { kind: 'offer_received', remote: o }],
      491,
      'of ours',
    ],
    [
      'a second offer',
      (o) => [
        step(newNegotiation('2'), { kind: 'offer_received', remote: o }).negotiation,
        { kind: 'offer_received', remote: o },
      ],
      491,
      'of theirs',
    ],
    [
      'an answer to nothing',
      (o) => [newNegotiation('2'), { kind: 'answer_received', remote: o, final: true }],
      491,
      'no offer',
    ],
    [
      'an answer with port 0',
      (o) => [
        offer(newNegotiation('2'), bob).negotiation,
        { kind: 'answer_received', remote: { ...o, port: 0 }, final: true },
      ],
      488,
      'port 0',
    ],
  ])('refuse %s', (_, make, status, words) => {
    const [state, event] = make(offer(newNegotiation('1'), ann).description!)
    expect(negotiate(state, event)).toMatchObject({ kind: 'fault', status, sentence: expect.stringContaining(words) })
  })

  it('leave both sides agreed, whatever they do to each other', () => {
    const direction = fc.constantFrom<Direction[]>('sendrecv', 'sendonly', 'recvonly', 'inactive')
    const turn = fc.record({
      from: fc.boolean(),
      directions: fc.tuple(direction, direction),
      refused: fc.boolean(),
      port: fc.constantFrom(4000, 4002),
    })
    const mirror: Record<Direction, Direction> = {
      sendrecv: 'sendrecv',
      sendonly: 'recvonly',
      recvonly: 'sendonly',
      inactive: 'inactive',
    }
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 20 }), (turns) => {
        let pair: readonly [Negotiation, Negotiation] = fresh()
        const versions: number[][] = [[0], [0]]
        for (const { from, directions, refused, port } of turns) {
          const ordered = from ? pair : ([pair[1], pair[0]] as const)
          if (refused) {
            const rejected = step(offer(ordered[0], ann, directions[0]).negotiation, {
              kind: 'offer_rejected',
            }).negotiation
            pair = from ? [rejected, pair[1]] : [pair[0], rejected]
            expect(rejected.phase).toBe('stable')
            continue
          }
          const result = exchange(ordered, [{ ...ann, port }, bob], directions)
          expect(result.done.media!.direction).toBe(mirror[result.answered.media!.direction])
          expect(result.done.media!.codec).toBe(result.answered.media!.codec)
          pair = from ? result.both : [result.both[1], result.both[0]]
          for (const [i, side] of pair.entries()) versions[i]!.push(Number(side.sent!.origin.version))
        }
        for (const list of versions) {
          for (let i = 1; i < list.length; i++) expect(list[i]! >= list[i - 1]!).toBe(true)
        }
      }),
    )
  })
})
