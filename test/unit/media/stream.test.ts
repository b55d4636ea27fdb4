import { describe, expect, it } from 'vitest'
import { newReceiveBatch, SendBatch } from '../../../src/media/plane/io.ts'
import type { MediaReport } from '../../../src/media/plane/protocol.ts'
import { checkRemote } from '../../../src/media/plane/remote.ts'
import { Stream } from '../../../src/media/plane/stream.ts'
import type { RemoteMedia } from '../../../src/media/plane.ts'
import { RTP_HEADER, writeRtpHeader } from '../../../src/media/rtp/packet.ts'
import { writeRtcp } from '../../../src/media/rtp/rtcp.ts'
import { eventOfKey, writeEvent } from '../../../src/media/rtp/telephone-event.ts'

const remote: RemoteMedia = {
  address: '203.0.113.9',
  port: 4000,
  codec: 'PCMA',
  payloadType: 8,
  telephoneEvent: 96,
  direction: 'sendrecv',
  rtcpMux: false,
}

/** A stream without sockets: what it is handed and what it would send. */
function stage(changes: Partial<RemoteMedia> = {}) {
  const out = new SendBatch()
  const reports: MediaReport[] = []
  const stream = new Stream(1, 20, out, (report) => reports.push(report))
  stream.connect(checkRemote({ ...remote, ...changes }, '0.0.0.0'), 1000)
  let sequence = 65_530
  const hand = (packet: Uint8Array, address: string, port: number, time = 1000, onRtcpPort = false): void => {
    const batch = newReceiveBatch()
    batch.handle[0] = 2
    batch.data[0] = packet
    batch.at[0] = 0
    batch.length[0] = packet.length
    batch.address[0] = address
    batch.port[0] = port
    batch.time[0] = time
    stream.receive(batch, 0, onRtcpPort)
  }
  return {
    stream,
    out,
    reports,
    audio(payloadType: number, address = '203.0.113.9', port = 4000): void {
      const packet = new Uint8Array(RTP_HEADER + 160).fill(payloadType === 0 ? 0xff : 0xd5)
      writeRtpHeader(packet, 0, payloadType, false, sequence & 0xffff, (sequence * 160) >>> 0, 7)
      sequence++
      hand(packet, address, port)
    },
    press(payloadType: number, key: string): void {
      const packet = new Uint8Array(RTP_HEADER + 4)
      writeRtpHeader(packet, 0, payloadType, true, sequence & 0xffff, (sequence * 160) >>> 0, 7)
      writeEvent(packet, RTP_HEADER, eventOfKey(key), true, 10, 800)
      sequence++
      hand(packet, '203.0.113.9', 4000)
    },
    rtcp(time: number, address = '203.0.113.9'): void {
      const packet = new Uint8Array(200)
      const length = writeRtcp(packet, 7, time, undefined, undefined, Buffer.from('someone'), false)
      hand(packet.subarray(0, length), address, 4001, time, true)
    },
    /** Where a tick would send to. */
    goesTo(): string[] {
      out.count = 0
      stream.tick(1000, 1000)
      return out.address.slice(0, out.count).map((address, i) => `${address}:${out.port[i]}`)
    },
    keys: () => reports.flatMap((r) => (r.kind === 'event' && r.event.kind === 'digit' ? [r.event.digit] : [])),
  }
}

describe('what a stream takes', () => {
  // RFC 3264 §6.1: each side sends with the numbers of the other side's description; some send with their own.
  it.each([96, 101])('keys with payload type %i where we said 101 and they said 96', (payloadType) => {
    const { press, keys } = stage({ telephoneEventIn: 101 })
    press(payloadType, '5')
    expect(keys()).toEqual(['5'])
  })

  it('the other codec, where both were agreed on', () => {
    const one = stage()
    const both = stage({ otherCodec: { codec: 'PCMU', payloadType: 0 } })
    one.audio(0)
    both.audio(0)
    both.audio(8)
    expect([one.stream.stats().invalid, one.stream.stats().packetsReceived]).toEqual([1, 0])
    expect([both.stream.stats().invalid, both.stream.stats().packetsReceived]).toEqual([0, 2])
  })

  it('translates by the codec that came across a bridge', () => {
    const a = stage({ otherCodec: { codec: 'PCMU', payloadType: 0 } })
    const b = stage()
    a.stream.bridgeTo(b.stream)
    b.stream.bridgeTo(a.stream)
    a.audio(0)
    expect(b.out.count).toBe(1)
    expect(b.out.packet[0]!.slice(RTP_HEADER, RTP_HEADER + 4)).toEqual(new Uint8Array(4).fill(0xd5))
  })

  it('audio from another address than signalled, which gets nothing', () => {
    const { stream, audio, goesTo, reports } = stage()
    for (let i = 0; i < 20; i++) audio(8, '198.51.100.1', 7000)
    expect(stream.stats()).toMatchObject({
      strangers: 9,
      packetsReceived: 11,
      remote: { address: '198.51.100.1', port: 7000 },
    })
    expect(reports).toEqual([
      { kind: 'event', stream: 1, event: { kind: 'firstPacket', address: '198.51.100.1', port: 7000 } },
    ])
    expect(goesTo()).toEqual(['203.0.113.9:4000'])
  })
})

describe('a far end that says nothing', () => {
  const silences = (reports: readonly MediaReport[]) =>
    reports.filter((r) => r.kind === 'event' && r.event.kind === 'silent').length

  // Silence suppression without comfort noise (RFC 3551 §4.1); RFC 3550 §6.3.5 counts RTCP as a sign of life.
  it.each([
    ['is there while its reports come', true, 0],
    ['is silent without them', false, 1],
  ])('%s', (_, reporting, told) => {
    const { stream, reports, rtcp, audio } = stage()
    audio(8)
    for (let at = 1000; at <= 61_000; at += 5000) {
      if (reporting) rtcp(at)
      stream.tick(at, at)
    }
    expect(silences(reports)).toBe(told)
  })

  it('is heard again from another port while its reports go on', () => {
    const { stream, rtcp, audio } = stage()
    audio(8)
    for (let at = 1000; at <= 31_000; at += 5000) {
      rtcp(at)
      stream.tick(at, at)
    }
    audio(8, '203.0.113.9', 6000)
    expect(stream.stats()).toMatchObject({ strangers: 0, remote: { address: '203.0.113.9', port: 6000 } })
  })

  it('is silent where a stranger reports', () => {
    const { stream, reports, rtcp, audio } = stage()
    audio(8)
    for (let at = 1000; at <= 61_000; at += 5000) {
      rtcp(at, '198.51.100.1')
      stream.tick(at, at)
    }
    expect(silences(reports)).toBe(1)
  })
})
