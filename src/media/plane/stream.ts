import { g711, translation } from '../codec/g711.ts'
import { FRAME } from '../jitter/ring.ts'
import type { Codec, DigitSource, RemoteMedia, StreamStats } from '../plane.ts'
import type { RecordEnd, Recorder } from '../recording/recorder.ts'
import { looksLikeRtcp, newRtpHeader, RTP_HEADER, readRtp } from '../rtp/packet.ts'
import { Reception } from '../rtp/reception.ts'
import { Source } from '../rtp/source.ts'
import { EventReceiver, type KeyListener } from '../rtp/telephone-event.ts'
import { renderKey } from '../tone/tone.ts'
import { Ear } from './ear.ts'
import { MAX_PACKET, type ReceiveBatch, type SendBatch } from './io.ts'
import { KEY_FRAMES, KeySender } from './key-sender.ts'
import { Outgoing } from './outgoing.ts'
import type { Player } from './player.ts'
import type { MediaReport } from './protocol.ts'
import { Reports } from './reports.ts'

/** RFC 3389 comfort noise: no audio to be heard, but no fault either. */
const COMFORT_NOISE = 13
/** A bridge whose other side is quiet for so long gets silence, so that far ends and NATs do not give the call up. */
const BRIDGE_QUIET_MS = 200

const header = newRtpHeader()

function codecOf(remote: RemoteMedia, payloadType: number): Codec | undefined {
  if (payloadType === remote.payloadType) return remote.codec
  return payloadType === remote.otherCodec?.payloadType ? remote.otherCodec.codec : undefined
}

/** Handles of the two sockets of a stream. */
export const rtpHandle = (stream: number): number => stream * 2
export const rtcpHandle = (stream: number): number => stream * 2 + 1

/** One leg of a call in its worker thread: what comes from the far end, what goes to it. */
export class Stream {
  readonly id: number
  bridged: Stream | undefined
  #remote: RemoteMedia | undefined
  #sends = false
  #hears = false
  readonly #source = new Source()
  readonly #reception = new Reception()
  readonly #out = new Outgoing()
  readonly #reports: Reports
  readonly #ear = new Ear()
  readonly #events: EventReceiver
  readonly #keys = new KeySender()
  #player: Player | undefined
  #next: Player | undefined
  #odd = false
  #strangers = 0
  #invalid = 0
  #lastHeard = 0
  #lastReport = Number.NEGATIVE_INFINITY
  #silent = false
  #lastForward = 0
  #heardEvents = false
  readonly #silentMs: number
  readonly #batch: SendBatch
  readonly #report: (message: MediaReport) => void

  constructor(id: number, silentSeconds: number, batch: SendBatch, report: (message: MediaReport) => void) {
    this.id = id
    this.#silentMs = silentSeconds > 0 ? silentSeconds * 1000 : Number.POSITIVE_INFINITY
    this.#batch = batch
    this.#report = report
    this.#events = new EventReceiver(this.#keyListener('telephone-event'))
    this.#reports = new Reports(
      this.#out.ssrc,
      () => this.#reception.ssrc,
      () => report({ kind: 'event', stream: id, event: { kind: 'bye' } }),
    )
  }

  connect(remote: RemoteMedia, now: number): void {
    const sends = remote.direction === 'sendrecv' || remote.direction === 'sendonly'
    const hears = remote.direction === 'sendrecv' || remote.direction === 'recvonly'
    // A silence is counted from where we may expect to hear something.
    if (!this.#remote || (hears && !this.#hears)) {
      this.#lastHeard = now
      this.#silent = false
    }
    if (!sends) this.#out.pause()
    this.#sends = sends
    this.#hears = hears
    this.#remote = remote
    this.#source.signal(remote.address, remote.port)
  }

  play(player: Player): void {
    if (!this.#player) {
      this.#player = player
      return
    }
    // The one that sounds now fades out first.
    if (this.#next) this.#reportPlayed(this.#next, 'stopped')
    this.#next = player
    this.stopPlay(this.#player.id)
  }

  stopPlay(id: number): void {
    if (this.#next?.id === id) {
      this.#reportPlayed(this.#next, 'stopped')
      this.#next = undefined
    } else if (this.#player?.id === id) {
      this.#player.stop()
      if (!this.#remote) this.#endPlay('stopped')
    }
  }

  press(id: number, digits: string): void {
    if (digits === '') this.#report({ kind: 'sent', stream: this.id, send: id })
    else this.#keys.add(id, digits)
  }

  detectInband(on: boolean): void {
    this.#ear.detect(on ? this.#keyListener('in-band') : undefined)
  }

  record(recorder: Recorder): void {
    this.endRecording('stopped')
    this.#ear.record(recorder)
  }

  stopRecording(id: number): void {
    if (this.#ear.recorder?.id === id) this.endRecording('stopped')
  }

  /** One who sends keys as events, too, would press each twice. */
  keyByInfo(key: string): void {
    this.keyHeard(key)
    if (!this.#heardEvents) this.bridged?.press(-1, key)
  }

  /** A key that was heard in whatever way ends a recording that waits for it. */
  keyHeard(key: string, keyAt?: number): void {
    if (this.#ear.recorder?.endsOn(key)) this.endRecording('key', key, keyAt)
  }

  endRecording(end: RecordEnd, key?: string, keyAt?: number): void {
    const recorder = this.#ear.recorder
    if (!recorder) return
    this.#ear.record(undefined)
    this.#report({
      kind: 'recorded',
      stream: this.id,
      record: recorder.id,
      end,
      dropped: recorder.dropped,
      ...(key === undefined ? {} : { key }),
      ...(keyAt === undefined ? {} : { keyAt }),
    })
  }

  bridgeTo(other: Stream | undefined): void {
    this.bridged = other
    this.#out.unmap()
    this.#lastForward = 0
  }

  /** One packet from a socket of this stream. */
  receive(batch: ReceiveBatch, i: number, onRtcpPort: boolean): void {
    const remote = this.#remote
    const packet = batch.data[i]!
    const at = batch.at[i]!
    const length = batch.length[i]!
    if (!remote) {
      this.#strangers++
      return
    }
    if (onRtcpPort || looksLikeRtcp(packet, at, length)) {
      if (!this.#source.sameHost(batch.address[i]!)) this.#strangers++
      else if (!this.#reports.read(packet, at, length)) this.#invalid++
      // RFC 3550 §6.3.5: who reports is there, also where silence is not sent.
      else this.#lastReport = batch.time[i]!
      return
    }
    if (!readRtp(packet, at, length, header)) {
      this.#invalid++
      return
    }
    const type = header.payloadType
    const codec = codecOf(remote, type)
    const isEvent = codec === undefined && (type === remote.telephoneEvent || type === remote.telephoneEventIn)
    if ((!isEvent && codec === undefined && type !== COMFORT_NOISE) || header.payloadLength === 0) {
      this.#invalid++
      return
    }
    const verdict = this.#source.check(batch.address[i]!, batch.port[i]!, header.ssrc, header.sequence)
    if (verdict === 'stranger') {
      this.#strangers++
      return
    }
    this.#count(isEvent, batch.time[i]!)
    if (verdict === 'latched') this.#announceSource()
    if (!this.#hears || this.#odd) return
    if (isEvent) {
      this.#heardEvents = true
      this.#events.packet(
        packet,
        header.payloadAt,
        header.payloadLength,
        header.timestamp,
        header.marker,
        batch.time[i]!,
      )
      this.bridged?.forwardEvent(packet, batch.time[i]!)
    } else if (codec !== undefined) {
      this.#ear.hear(header, packet, codec)
      this.bridged?.forwardAudio(packet, codec, batch.time[i]!)
    }
  }

  #count(isEvent: boolean, at: number): void {
    if (header.marker) this.#reception.forgetTransit()
    const { ssrc, sequence, timestamp, payloadLength } = header
    const verdict = this.#reception.packet(ssrc, sequence, timestamp, payloadLength, at, !isEvent)
    this.#odd = verdict === 'odd'
    if (verdict === 'start') {
      this.#events.reset()
      this.bridged?.sourceRestarted()
    }
    this.#lastHeard = at
    this.#silent = false
  }

  sourceRestarted(): void {
    this.#out.unmap()
  }

  /** The packet that `header` describes, from the other side of a bridge. */
  forwardAudio(packet: Uint8Array, codec: Codec, now: number): void {
    const remote = this.#remote
    if (!remote || !this.#forwards() || RTP_HEADER + header.payloadLength > MAX_PACKET) return
    const slot = this.#batch.slot()
    const table = translation(codec, remote.codec)
    const { payloadAt, payloadLength } = header
    for (let i = 0; i < payloadLength; i++) {
      const octet = packet[payloadAt + i]!
      slot[RTP_HEADER + i] = table ? table[octet]! : octet
    }
    this.#sendForwarded(slot, remote.payloadType, now)
  }

  forwardEvent(packet: Uint8Array, now: number): void {
    const type = this.#remote?.telephoneEvent
    // Where no events are taken the key follows as a tone, when it is let go.
    if (type === undefined || !this.#forwards() || header.payloadLength > MAX_PACKET - RTP_HEADER) return
    const slot = this.#batch.slot()
    for (let i = 0; i < header.payloadLength; i++) slot[RTP_HEADER + i] = packet[header.payloadAt + i]!
    this.#sendForwarded(slot, type, now)
  }

  #sendForwarded(slot: Uint8Array, payloadType: number, now: number): void {
    const length = this.#out.forward(slot, payloadType, header)
    if (length === 0) return
    this.#lastForward = now
    this.#batch.commit(rtpHandle(this.id), length, this.#source.address, this.#source.port, 0)
  }

  /** Something of our own is heard instead of the bridge while it lasts. */
  #forwards(): boolean {
    return this.#sends && !this.#player && !this.#keys.busy
  }

  /** Every 20 ms: hears 20 ms, sends 20 ms. @param due when the packet should go out */
  tick(now: number, due: number): void {
    this.#events.tick(now)
    const end = this.#ear.tick()
    if (end) this.endRecording(end)
    if (!this.#remote) return
    if (this.#hears && !this.#silent && now - this.#lastHeard >= this.#silentMs) this.#quiet(now)
    this.#produce(now, due)
    if (this.#reports.due(now)) this.#sendReport(now, false)
  }

  #quiet(now: number): void {
    if (this.#source.latched) this.#source.release()
    if (now - this.#lastReport < this.#silentMs) return
    this.#silent = true
    this.#report({ kind: 'event', stream: this.id, event: { kind: 'silent', seconds: this.#silentMs / 1000 } })
  }

  #produce(now: number, due: number): void {
    const remote = this.#remote!
    const quietBridge = !this.bridged || now - this.#lastForward > BRIDGE_QUIET_MS
    if (this.#keys.busy) this.#sendKeyFrame(remote, due)
    else if (this.#player) this.#sendPrompt(remote, due)
    else if (quietBridge && this.#sends) this.#sendSilence(remote, due)
    this.#out.advance()
  }

  #sendKeyFrame(remote: RemoteMedia, due: number): void {
    const keys = this.#keys
    const kind = keys.kind()
    if (!this.#sends) {
      // On hold keys would go nowhere: they wait.
      return
    }
    if (kind === 'pause') this.#sendSilence(remote, due)
    else if (remote.telephoneEvent !== undefined) {
      const duration = Math.min(keys.frame + 1, KEY_FRAMES) * FRAME
      const slot = this.#batch.slot()
      const length = this.#out.event(slot, remote.telephoneEvent, keys.event, keys.frame, duration, kind !== 'event')
      this.#commit(length, due)
    } else if (kind === 'end-again') this.#sendSilence(remote, due)
    else {
      const slot = this.#batch.slot()
      const tone = renderKey(keys.key, KEY_FRAMES * FRAME)
      for (let i = 0; i < FRAME; i++) slot[RTP_HEADER + i] = tone[keys.frame * FRAME + i]!
      this.#commitUlaw(slot, remote, due)
    }
    const done = keys.advance()
    if (done >= 0) this.#report({ kind: 'sent', stream: this.id, send: done })
  }

  #sendPrompt(remote: RemoteMedia, due: number): void {
    const player = this.#player!
    const slot = this.#batch.slot()
    const more = player.fill(slot, RTP_HEADER)
    // On hold the prompt goes on unheard.
    if (this.#sends) this.#commitUlaw(slot, remote, due)
    if (!more) this.#endPlay(player.stopping ? 'stopped' : 'finished')
  }

  #sendSilence(remote: RemoteMedia, due: number): void {
    const slot = this.#batch.slot()
    slot.fill(g711[remote.codec].silence, RTP_HEADER, RTP_HEADER + FRAME)
    this.#commit(this.#out.audio(slot, remote.payloadType), due)
  }

  #commitUlaw(slot: Uint8Array, remote: RemoteMedia, due: number): void {
    const table = translation('PCMU', remote.codec)
    if (table) for (let i = RTP_HEADER; i < RTP_HEADER + FRAME; i++) slot[i] = table[slot[i]!]!
    this.#commit(this.#out.audio(slot, remote.payloadType), due)
  }

  #commit(length: number, due: number): void {
    this.#batch.commit(rtpHandle(this.id), length, this.#source.address, this.#source.port, due)
  }

  #sendReport(now: number, bye: boolean): void {
    const remote = this.#remote
    if (!remote) return
    const slot = this.#batch.slot()
    const sender = { timestamp: this.#out.timestamp, packets: this.#out.packets, octets: this.#out.bytes }
    const length = this.#reports.write(slot, now, sender, this.#reception, bye)
    if (remote.rtcpMux) {
      this.#batch.commit(rtpHandle(this.id), length, this.#source.address, this.#source.port, 0)
      return
    }
    // Behind a NAT the signalled RTCP port means nothing: next to where RTP comes from is the better guess.
    const moved = this.#source.address !== remote.address
    const port = moved ? this.#source.port + 1 : (remote.rtcpPort ?? remote.port + 1)
    if (port < 65536) this.#batch.commit(rtcpHandle(this.id), length, this.#source.address, port, 0)
  }

  stats(): StreamStats {
    const { heardAddress: address, heardPort: port, latched } = this.#source
    return {
      codec: this.#remote?.codec,
      remote: latched ? { address, port } : undefined,
      packetsReceived: this.#reception.packets,
      bytesReceived: this.#reception.bytes,
      packetsSent: this.#out.packets,
      bytesSent: this.#out.bytes,
      lost: this.#reception.lost,
      late: this.#ear.late,
      strangers: this.#strangers,
      invalid: this.#invalid,
      jitterMs: Math.round(this.#reception.jitter / 0.8) / 10,
      roundTripMs: this.#reports.roundTripMs,
      lostByRemote: this.#reports.lostByRemote,
    }
  }

  close(now: number): StreamStats {
    this.bridged?.bridgeTo(undefined)
    this.bridged = undefined
    this.#events.reset()
    this.#ear.detect(undefined)
    this.endRecording('closed')
    this.#endPlay('closed')
    this.#endPlay('closed')
    for (const send of this.#keys.clear()) this.#report({ kind: 'sent', stream: this.id, send })
    this.#sendReport(now, true)
    return this.stats()
  }

  #endPlay(end: 'finished' | 'stopped' | 'closed'): void {
    const player = this.#player
    if (!player) return
    this.#player = this.#next
    this.#next = undefined
    this.#reportPlayed(player, end)
  }

  #reportPlayed(player: Player, end: 'finished' | 'stopped' | 'closed'): void {
    this.#report({ kind: 'played', stream: this.id, play: player.id, end })
  }

  #announceSource(): void {
    const { heardAddress: address, heardPort: port } = this.#source
    this.#report({ kind: 'event', stream: this.id, event: { kind: 'firstPacket', address, port } })
  }

  #keyListener(by: DigitSource): KeyListener {
    // A phone that sends events and leaks their tones presses each key once.
    const twice = (): boolean => by === 'in-band' && this.#heardEvents
    return {
      keyDown: (digit) => {
        if (!twice()) this.#report({ kind: 'event', stream: this.id, event: { kind: 'digitStart', digit, by } })
      },
      keyUp: (digit, ms) => {
        if (twice()) return
        this.#report({ kind: 'event', stream: this.id, event: { kind: 'digit', digit, by, ms } })
        this.bridged?.keyAcross(digit, by)
        this.keyHeard(digit, by === 'telephone-event' ? this.#ear.positionOf(this.#events.beganAt) : undefined)
      },
    }
  }

  /** A key pressed on the other side of the bridge that could not be forwarded as it came. */
  keyAcross(digit: string, by: DigitSource): void {
    if (by === 'telephone-event' && this.#remote && this.#remote.telephoneEvent === undefined) this.#keys.add(-1, digit)
  }
}
