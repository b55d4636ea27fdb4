import { g711, translation } from '../codec/g711.ts'
import { FRAME } from '../jitter/ring.ts'
import type { Codec, RemoteMedia } from '../plane.ts'
import type { Monitor } from '../recording/monitor.ts'
import { RTP_HEADER, type RtpHeader } from '../rtp/packet.ts'
import type { Source } from '../rtp/source.ts'
import type { SrtpSender } from '../srtp/sender.ts'
import { renderKey } from '../tone/tone.ts'
import { rtpHandle } from './handles.ts'
import { MAX_PACKET, type SendBatch } from './io.ts'
import { KEY_FRAMES, KeySender } from './key-sender.ts'
import { Outgoing } from './outgoing.ts'
import { Overlay } from './overlay.ts'
import type { Player } from './player.ts'
import { type PlayEnd, Prompting } from './prompting.ts'
import type { MediaReport } from './protocol.ts'
import type { Seat } from './room.ts'

/** A bridge whose other side is quiet for so long gets silence, so that far ends and NATs do not give the call up. */
const BRIDGE_QUIET_MS = 200

/** What a stream says: keys before a prompt, a prompt before what comes from a room or across a bridge, silence where there is nothing. */
export class Mouth {
  readonly out = new Outgoing()
  /** Told of every packet. */
  monitor: Monitor | undefined
  /** In a room it is heard, where nothing of our own is. */
  seat: Seat | undefined
  readonly #id: number
  readonly #source: Source
  readonly #batch: SendBatch
  readonly #report: (message: MediaReport) => void
  readonly #keys = new KeySender()
  #remote: RemoteMedia | undefined
  #sends = false
  #srtp: SrtpSender | undefined
  readonly #prompting: Prompting
  /** Heard before what is prompted, which goes on unheard; or added to whatever is heard. */
  readonly #over: Prompting
  readonly #overlay: Overlay
  #bridged = false
  #lastForward = 0

  constructor(id: number, source: Source, batch: SendBatch, report: (message: MediaReport) => void) {
    this.#id = id
    this.#source = source
    this.#batch = batch
    this.#report = report
    const played = (play: number, end: PlayEnd): void => report({ kind: 'played', stream: id, play, end })
    this.#prompting = new Prompting(played)
    this.#over = new Prompting(played)
    this.#overlay = new Overlay(this.#over)
  }

  /** @param srtp absent: what is sent can be read by all */
  connect(remote: RemoteMedia, srtp?: SrtpSender): void {
    this.#srtp = srtp
    this.#sends = remote.direction === 'sendrecv' || remote.direction === 'sendonly'
    if (!this.#sends) this.out.pause()
    this.#remote = remote
  }

  play(player: Player): void {
    this.#placeOf(player.id).play(player)
  }

  stopPlay(id: number): void {
    this.#placeOf(id).stop(id, this.#remote !== undefined)
  }

  /** Numbers below zero are those of what is heard over the rest. */
  #placeOf(id: number): Prompting {
    return id < 0 ? this.#over : this.#prompting
  }

  get #prompts(): boolean {
    return this.#prompting.busy || (this.#over.busy && !this.#overlay.busy)
  }

  press(id: number, digits: string): void {
    if (digits === '') this.#report({ kind: 'sent', stream: this.#id, send: id })
    else this.#keys.add(id, digits)
  }

  /** A key pressed on the other side of the bridge is heard as a tone where no events are taken. */
  pressWithoutEvents(digit: string): void {
    if (this.#remote && this.#remote.telephoneEvent === undefined) this.#keys.add(-1, digit)
  }

  bridge(on: boolean): void {
    this.#bridged = on
    this.out.unmap()
    this.#lastForward = 0
  }

  /** The packet that `header` describes, from the other side of a bridge. */
  forwardAudio(packet: Uint8Array, header: RtpHeader, codec: Codec, now: number): void {
    const remote = this.#remote
    if (!remote || !this.#forwards() || RTP_HEADER + header.payloadLength > MAX_PACKET) return
    const slot = this.#batch.slot()
    const table = translation(codec, remote.codec)
    const { payloadAt, payloadLength } = header
    for (let i = 0; i < payloadLength; i++) {
      const octet = packet[payloadAt + i]!
      slot[RTP_HEADER + i] = table ? table[octet]! : octet
    }
    if (this.#overlay.busy) this.#overlay.addTo(slot, RTP_HEADER, payloadLength, remote.codec)
    this.#sendForwarded(slot, header, remote.payloadType, now)
  }

  forwardEvent(packet: Uint8Array, header: RtpHeader, now: number): void {
    const type = this.#remote?.telephoneEvent
    // Where no events are taken the key follows as a tone, when it is let go.
    if (type === undefined || !this.#forwards() || header.payloadLength > MAX_PACKET - RTP_HEADER) return
    const slot = this.#batch.slot()
    for (let i = 0; i < header.payloadLength; i++) slot[RTP_HEADER + i] = packet[header.payloadAt + i]!
    this.#sendForwarded(slot, header, type, now)
  }

  #sendForwarded(slot: Uint8Array, header: RtpHeader, payloadType: number, now: number): void {
    const length = this.out.forward(slot, payloadType, header)
    if (length === 0) return
    this.#lastForward = now
    this.#commit(slot, length, 0)
  }

  /** Something of our own is heard instead of the bridge while it lasts. */
  #forwards(): boolean {
    return this.#sends && !this.#prompts && !this.#keys.busy
  }

  /** Every 20 ms, once connected. @param due when the packet should go out */
  tick(now: number, due: number): void {
    const remote = this.#remote
    if (!remote) return
    const quietBridge = !this.#bridged || now - this.#lastForward > BRIDGE_QUIET_MS
    if (this.#keys.busy) this.#sendKeyFrame(remote, due)
    else if (this.#prompts) this.#sendPrompt(remote, due)
    else if (this.seat && !this.seat.deaf && this.#sends) this.#sendRoom(this.seat, remote, due)
    else if (quietBridge && this.#sends) this.#sendSilence(remote, due)
    else if (this.#overlay.busy && !this.#sends) this.#overlay.skip()
    this.out.advance()
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
      const length = this.out.event(slot, remote.telephoneEvent, keys.event, keys.frame, duration, kind !== 'event')
      this.#commit(slot, length, due)
    } else if (kind === 'end-again') this.#sendSilence(remote, due)
    else {
      const slot = this.#batch.slot()
      const tone = renderKey(keys.key, KEY_FRAMES * FRAME)
      for (let i = 0; i < FRAME; i++) slot[RTP_HEADER + i] = tone[keys.frame * FRAME + i]!
      this.#commitUlaw(slot, remote, due)
    }
    const done = keys.advance()
    if (done >= 0) this.#report({ kind: 'sent', stream: this.#id, send: done })
  }

  #sendPrompt(remote: RemoteMedia, due: number): void {
    const slot = this.#batch.slot()
    if (this.#prompting.busy) this.#prompting.fill(slot, RTP_HEADER)
    if (this.#overlay.busy) this.#overlay.addTo(slot, RTP_HEADER, FRAME, 'PCMU')
    else if (this.#over.busy) this.#over.fill(slot, RTP_HEADER)
    // On hold the prompt goes on unheard.
    if (this.#sends) this.#commitUlaw(slot, remote, due)
  }

  #sendRoom(seat: Seat, remote: RemoteMedia, due: number): void {
    const slot = this.#batch.slot()
    seat.fill(slot, RTP_HEADER, remote.codec)
    if (this.#overlay.busy) this.#overlay.addTo(slot, RTP_HEADER, FRAME, remote.codec)
    this.#commit(slot, this.out.audio(slot, remote.payloadType), due)
  }

  #sendSilence(remote: RemoteMedia, due: number): void {
    const slot = this.#batch.slot()
    slot.fill(g711[remote.codec].silence, RTP_HEADER, RTP_HEADER + FRAME)
    if (this.#overlay.busy && !this.#keys.busy) this.#overlay.addTo(slot, RTP_HEADER, FRAME, remote.codec)
    this.#commit(slot, this.out.audio(slot, remote.payloadType), due)
  }

  #commitUlaw(slot: Uint8Array, remote: RemoteMedia, due: number): void {
    const table = translation('PCMU', remote.codec)
    if (table) for (let i = RTP_HEADER; i < RTP_HEADER + FRAME; i++) slot[i] = table[slot[i]!]!
    this.#commit(slot, this.out.audio(slot, remote.payloadType), due)
  }

  #commit(slot: Uint8Array, length: number, due: number): void {
    if (this.monitor && this.#remote) this.monitor.sent(slot, length, this.#remote)
    const sealed = this.#srtp ? this.#srtp.rtp(slot, length) : length
    if (sealed > 0) this.#batch.commit(rtpHandle(this.#id), sealed, this.#source.address, this.#source.port, due)
  }

  close(): void {
    this.#prompting.close()
    this.#over.close()
    for (const send of this.#keys.clear()) this.#report({ kind: 'sent', stream: this.#id, send })
  }
}
