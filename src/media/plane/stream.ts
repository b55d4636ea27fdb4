import type { Codec, DigitSource, RemoteMedia, StreamStats } from '../plane.ts'
import type { Monitor } from '../recording/monitor.ts'
import type { RecordEnd, Recorder } from '../recording/recorder.ts'
import type { SharedAudio } from '../recording/shared-audio.ts'
import { looksLikeRtcp, newRtpHeader, readRtp } from '../rtp/packet.ts'
import { Reception } from '../rtp/reception.ts'
import { Source } from '../rtp/source.ts'
import { EventReceiver, type KeyListener } from '../rtp/telephone-event.ts'
import { type Srtp, srtpFor } from '../srtp/srtp.ts'
import { Ear } from './ear.ts'
import { rtcpHandle, rtpHandle } from './handles.ts'
import type { ReceiveBatch, SendBatch } from './io.ts'
import { Mouth } from './mouth.ts'
import type { MediaReport } from './protocol.ts'
import { Reports } from './reports.ts'
import type { Seat } from './room.ts'

/** RFC 3389 comfort noise: no audio to be heard, but no fault either. */
const COMFORT_NOISE = 13

const header = newRtpHeader()

function codecOf(remote: RemoteMedia, payloadType: number): Codec | undefined {
  if (payloadType === remote.payloadType) return remote.codec
  return payloadType === remote.otherCodec?.payloadType ? remote.otherCodec.codec : undefined
}

/** One leg of a call in its worker thread: what comes from the far end, what goes to it. */
export class Stream {
  readonly id: number
  readonly mouth: Mouth
  bridged: Stream | undefined
  #remote: RemoteMedia | undefined
  #hears = false
  readonly #source = new Source()
  readonly #reception = new Reception()
  readonly #reports: Reports
  readonly #ear = new Ear()
  readonly #events: EventReceiver
  #odd = false
  #strangers = 0
  #invalid = 0
  #unauthentic = 0
  #srtp: Srtp | undefined
  #lastHeard = 0
  #lastReport = Number.NEGATIVE_INFINITY
  #silent = false
  #heardEvents = false
  readonly #silentMs: number
  readonly #batch: SendBatch
  readonly #report: (message: MediaReport) => void

  constructor(id: number, silentSeconds: number, batch: SendBatch, report: (message: MediaReport) => void) {
    this.id = id
    this.#silentMs = silentSeconds > 0 ? silentSeconds * 1000 : Number.POSITIVE_INFINITY
    this.#batch = batch
    this.#report = report
    this.mouth = new Mouth(id, this.#source, batch, report)
    this.#events = new EventReceiver(this.#keyListener('telephone-event'))
    this.#reports = new Reports(
      this.mouth.out.ssrc,
      () => this.#reception.ssrc,
      () => report({ kind: 'event', stream: id, event: { kind: 'bye' } }),
    )
  }

  connect(remote: RemoteMedia, now: number): void {
    const hears = remote.direction === 'sendrecv' || remote.direction === 'recvonly'
    // A silence is counted from where we may expect to hear something.
    if (!this.#remote || (hears && !this.#hears)) {
      this.#lastHeard = now
      this.#silent = false
    }
    this.#srtp = srtpFor(remote.srtp, this.#srtp)
    this.mouth.connect(remote, this.#srtp?.sender)
    this.#hears = hears
    this.#remote = remote
    this.#source.signal(remote.address, remote.port)
  }

  detectInband(on: boolean): void {
    this.#ear.detect(on ? this.#keyListener('in-band') : undefined)
  }

  record(recorder: Recorder): void {
    this.endRecording('stopped')
    this.#ear.record(recorder)
  }

  /** Both directions, whatever is played, recorded or bridged meanwhile. */
  monitor(monitor: Monitor): void {
    this.endMonitor('stopped')
    this.mouth.monitor = monitor
    this.#ear.borrow()
  }

  endMonitor(end: RecordEnd): void {
    const { monitor } = this.mouth
    if (!monitor) return
    this.mouth.monitor = undefined
    this.#ear.giveBack()
    this.#report({ kind: 'recorded', stream: this.id, record: monitor.id, end, dropped: monitor.dropped })
  }

  listen(id: number, audio: SharedAudio): void {
    this.#ear.listen(id, audio)
  }

  stopListening(id: number): void {
    this.#ear.stopListening(id)
  }

  stopRecording(id: number): void {
    if (this.mouth.monitor?.id === id) this.endMonitor('stopped')
    if (this.#ear.recorder?.id === id) this.endRecording('stopped')
  }

  /** One who sends keys as events, too, would press each twice. */
  keyByInfo(key: string): void {
    this.keyHeard(key)
    if (!this.#heardEvents) this.bridged?.mouth.press(-1, key)
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

  get seat(): Seat | undefined {
    return this.mouth.seat
  }

  /** In a room, or no longer; asked by the room. */
  sit(seat: Seat | undefined): void {
    if ((seat === undefined) !== (this.mouth.seat === undefined)) {
      if (seat) this.#ear.borrow()
      else this.#ear.giveBack()
    }
    this.mouth.seat = seat
  }

  /** Leaves its room for something else, which the room is told. */
  unseat(): void {
    const { seat } = this
    if (!seat) return
    seat.room.leave(seat)
    seat.room.tell({ kind: 'left', stream: this.id })
  }

  unbridge(): void {
    this.bridged?.bridgeTo(undefined)
    this.bridgeTo(undefined)
  }

  bridgeTo(other: Stream | undefined): void {
    this.bridged = other
    this.mouth.bridge(other !== undefined)
  }

  /** One packet from a socket of this stream. */
  receive(batch: ReceiveBatch, i: number, onRtcpPort: boolean): void {
    const remote = this.#remote
    const packet = batch.data[i]!
    const at = batch.at[i]!
    let length = batch.length[i]!
    if (!remote) {
      this.#strangers++
      return
    }
    const isRtcp = onRtcpPort || looksLikeRtcp(packet, at, length)
    if (this.#srtp) {
      const { receiver } = this.#srtp
      length = isRtcp ? receiver.rtcp(packet, at, length) : receiver.rtp(packet, at, length)
      if (length === 0) {
        this.#unauthentic++
        return
      }
    }
    if (isRtcp) {
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
      this.bridged?.mouth.forwardEvent(packet, header, batch.time[i]!)
    } else if (codec !== undefined) {
      this.#ear.hear(header, packet, codec)
      this.bridged?.mouth.forwardAudio(packet, header, codec, batch.time[i]!)
    }
  }

  #count(isEvent: boolean, at: number): void {
    if (header.marker) this.#reception.forgetTransit()
    const { ssrc, sequence, timestamp, payloadLength } = header
    const verdict = this.#reception.packet(ssrc, sequence, timestamp, payloadLength, at, !isEvent)
    this.#odd = verdict === 'odd'
    if (verdict === 'start') {
      this.#events.reset()
      this.bridged?.mouth.out.unmap()
    }
    this.#lastHeard = at
    this.#silent = false
  }

  /** Every 20 ms: hears 20 ms, sends 20 ms. @param due when the packet should go out */
  tick(now: number, due: number): void {
    this.#events.tick(now)
    const end = this.#ear.tick()
    if (end) this.endRecording(end)
    this.mouth.seat?.hear(this.#ear.heard)
    if (this.#remote) {
      if (this.#hears && !this.#silent && now - this.#lastHeard >= this.#silentMs) this.#quiet(now)
      this.mouth.tick(now, due)
      if (this.#reports.due(now)) this.#sendReport(now, false)
    }
    const monitored = this.mouth.monitor?.frame(this.#ear.heard)
    if (monitored) this.endMonitor(monitored)
  }

  #quiet(now: number): void {
    if (this.#source.latched) this.#source.release()
    if (now - this.#lastReport < this.#silentMs) return
    this.#silent = true
    this.#report({ kind: 'event', stream: this.id, event: { kind: 'silent', seconds: this.#silentMs / 1000 } })
  }

  #sendReport(now: number, bye: boolean): void {
    const remote = this.#remote
    if (!remote) return
    const slot = this.#batch.slot()
    const { timestamp, packets, bytes: octets } = this.mouth.out
    const report = this.#reports.write(slot, now, { timestamp, packets, octets }, this.#reception, bye)
    const length = this.#srtp ? this.#srtp.sender.rtcp(slot, report) : report
    if (length === 0) return
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
      packetsSent: this.mouth.out.packets,
      bytesSent: this.mouth.out.bytes,
      lost: this.#reception.lost,
      late: this.#ear.late,
      strangers: this.#strangers,
      invalid: this.#invalid,
      unauthentic: this.#unauthentic,
      jitterMs: Math.round(this.#reception.jitter / 0.8) / 10,
      roundTripMs: this.#reports.roundTripMs,
      lostByRemote: this.#reports.lostByRemote,
    }
  }

  close(now: number): StreamStats {
    this.unbridge()
    this.unseat()
    this.#events.reset()
    this.#ear.detect(undefined)
    this.endRecording('closed')
    this.endMonitor('closed')
    this.mouth.close()
    this.#sendReport(now, true)
    return this.stats()
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
        // One that came as events was forwarded as it came.
        if (by === 'telephone-event') this.bridged?.mouth.pressWithoutEvents(digit)
        this.keyHeard(digit, by === 'telephone-event' ? this.#ear.positionOf(this.#events.beganAt) : undefined)
      },
    }
  }
}
