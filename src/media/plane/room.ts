import { g711 } from '../codec/g711.ts'
import { VoiceDetector } from '../dsp/vad.ts'
import { FRAME } from '../jitter/ring.ts'
import type { Codec } from '../plane.ts'
import type { RecordEnd, Recorder } from '../recording/recorder.ts'
import { LinkReader, SharedFrames } from './link.ts'
import type { Player } from './player.ts'
import { Prompting } from './prompting.ts'
import type { MediaReport } from './protocol.ts'
import { Share } from './share.ts'
import type { Stream } from './stream.ts'

/** 500 ms: pauses between words are a part of talking. */
const TALK_HANGOVER_FRAMES = 25

/** Rooms of a thread use these one after the other; nothing in them lives longer than a frame. */
const mixed = new Int16Array(FRAME)
const prompt = new Uint8Array(FRAME)
const linked = new Int32Array(FRAME)

const saturated = (x: number): number => Math.max(-32768, Math.min(32767, x))

/** A member of a room: what it says goes into the sum, what it hears is the sum without its own share. */
export class Seat {
  readonly room: Room
  readonly stream: Stream
  #muted: boolean
  #deaf: boolean
  readonly #sum: Int32Array
  readonly #share: Share
  readonly #voice = new VoiceDetector()
  #talking = false
  #quiet = 0

  constructor(room: Room, stream: Stream, sum: Int32Array, muted: boolean, deaf: boolean) {
    this.room = room
    this.stream = stream
    this.#sum = sum
    this.#share = new Share(sum)
    this.#muted = muted
    this.#deaf = deaf
  }

  get deaf(): boolean {
    return this.#deaf
  }

  set(muted: boolean | undefined, deaf: boolean | undefined): void {
    this.#deaf = deaf ?? this.#deaf
    this.#muted = muted ?? this.#muted
    if (this.#muted) this.silence()
  }

  /** Every 20 ms, what came from the far end. */
  hear(frame: Int16Array): void {
    if (this.#muted) return
    this.#share.give(frame)
    if (this.#voice.frame(frame)) {
      this.#quiet = 0
      if (!this.#talking) this.#talk(true)
    } else if (this.#talking && ++this.#quiet >= TALK_HANGOVER_FRAMES) this.#talk(false)
  }

  /** Writes what this member hears: FRAME octets. */
  fill(out: Uint8Array, at: number, codec: Codec): void {
    const { encode } = g711[codec]
    const own = this.#share.frame
    for (let i = 0; i < FRAME; i++) out[at + i] = encode[saturated(this.#sum[i]! - own[i]!) & 0xffff]!
  }

  /** Nothing of this member is heard from here on. */
  silence(): void {
    this.#share.takeBack()
    if (this.#talking) this.#talk(false)
  }

  #talk(on: boolean): void {
    this.#talking = on
    this.#quiet = 0
    this.room.tell({ kind: on ? 'talking' : 'quiet', stream: this.stream.id })
  }
}

/** The same room in another thread: it gives the sum of all that is said there, and takes the rest of ours. */
class Link {
  readonly #reader: LinkReader
  readonly #out: SharedFrames
  readonly #share: Share
  readonly #sum: Int32Array

  constructor(inward: SharedArrayBuffer, outward: SharedArrayBuffer, sum: Int32Array) {
    this.#reader = new LinkReader(new SharedFrames(inward))
    this.#out = new SharedFrames(outward)
    this.#share = new Share(sum)
    this.#sum = sum
  }

  hear(): void {
    if (this.#reader.pull(linked)) this.#share.giveSum(linked)
    else this.#share.takeBack()
  }

  say(): void {
    this.#out.push(this.#sum, this.#share.frame)
  }

  close(): void {
    this.#share.takeBack()
  }
}

/**
 * A conference, or the part of it whose members live in this thread. Every member brings 20 ms at its own tick and takes the sum of what the others brought last, less
 * its own: so each frame of each member is heard once by each other, whatever places in the grid they have. Sums are exact
 * 32 bit integers (65,536 members at full scale); only what goes out is clipped.
 */
export class Room {
  readonly id: number
  readonly #report: (message: MediaReport) => void
  readonly #seats = new Set<Seat>()
  readonly #links = new Map<number, Link>()
  readonly #sum = new Int32Array(FRAME)
  readonly #announcement = new Share(this.#sum)
  readonly #prompting: Prompting
  #recorder: Recorder | undefined

  constructor(id: number, report: (message: MediaReport) => void) {
    this.id = id
    this.#report = report
    this.#prompting = new Prompting((play, end) => report({ kind: 'roomPlayed', room: id, play, end }))
  }

  join(stream: Stream, muted: boolean, deaf: boolean): void {
    const seat = new Seat(this, stream, this.#sum, muted, deaf)
    this.#seats.add(seat)
    stream.sit(seat)
  }

  leave(seat: Seat): void {
    if (!this.#seats.delete(seat)) return
    seat.silence()
    seat.stream.sit(undefined)
  }

  link(id: number, inward: SharedArrayBuffer, outward: SharedArrayBuffer): void {
    this.#links.set(id, new Link(inward, outward, this.#sum))
  }

  unlink(id: number): void {
    this.#links.get(id)?.close()
    this.#links.delete(id)
  }

  tell(event: Extract<MediaReport, { kind: 'roomEvent' }>['event']): void {
    this.#report({ kind: 'roomEvent', room: this.id, event })
  }

  play(player: Player): void {
    this.#prompting.play(player)
  }

  stopPlay(id: number): void {
    this.#prompting.stop(id, true)
  }

  record(recorder: Recorder): void {
    this.#endRecording('stopped')
    this.#recorder = recorder
  }

  stopRecording(id: number): void {
    if (this.#recorder?.id === id) this.#endRecording('stopped')
  }

  /** Every 20 ms. */
  tick(): void {
    if (this.#prompting.busy) {
      this.#prompting.fill(prompt, 0)
      const { decode } = g711.PCMU
      for (let i = 0; i < FRAME; i++) mixed[i] = decode[prompt[i]!]!
      this.#announcement.give(mixed)
    } else this.#announcement.takeBack()
    for (const link of this.#links.values()) link.hear()
    for (const link of this.#links.values()) link.say()
    if (!this.#recorder) return
    for (let i = 0; i < FRAME; i++) mixed[i] = saturated(this.#sum[i]!)
    const end = this.#recorder.frame(mixed)
    if (end) this.#endRecording(end)
  }

  close(): void {
    for (const seat of [...this.#seats]) this.leave(seat)
    for (const id of [...this.#links.keys()]) this.unlink(id)
    this.#prompting.close()
    this.#endRecording('closed')
  }

  #endRecording(end: RecordEnd): void {
    const recorder = this.#recorder
    if (!recorder) return
    this.#recorder = undefined
    const { id: record, dropped } = recorder
    this.#report({ kind: 'roomRecorded', room: this.id, record, end, dropped })
  }
}
