import { type Deferred, deferred } from '../../base/deferred.ts'
import type { WorkerStats } from '../plane.ts'
import { Monitor } from '../recording/monitor.ts'
import { Recorder } from '../recording/recorder.ts'
import { SharedAudio } from '../recording/shared-audio.ts'
import { rtcpHandle, rtpHandle } from './handles.ts'
import { type MediaIo, SendBatch } from './io.ts'
import { LatenessMeter } from './lateness.ts'
import { Player } from './player.ts'
import type { MediaCommand, MediaReport, RoomCommand } from './protocol.ts'
import { Rooms } from './rooms.ts'
import { Stream } from './stream.ts'

type StreamCommand = Exclude<MediaCommand, RoomCommand>

const TICK_MS = 5
/** Ticks in a frame of 20 ms; every stream has its place in one of them. */
const SLOTS = 4
/** Further behind than this, what was missed is left out: catching up would only make the next ticks late too. */
const MAX_BEHIND = 3
/** Turning round for what is left would cost a few per cent of a core for the sake of a packet that is early by so much. */
const EARLY_MS = 0.3
/** Half a frame. Our jitter buffer hears whatever was sent up to 19 ms late, and others are no shallower: the other half is left to the network. */
const OVERLOAD_MS = 10
/** With fewer streams a thread is late because the machine is busy with something else: refusing calls would not help. */
const LOAD_STREAMS = 50
/** Late for a moment, and so in two seconds at the most, may come from outside: a neighbour on the machine. */
const LATE_SECONDS = 3

/** The media plane of one thread: an absolute grid of ticks, each of which receives, hears, produces and sends. */
export class Loop {
  readonly #io: MediaIo
  readonly #silentSeconds: number
  readonly #report: (message: MediaReport) => void
  readonly #streams = new Map<number, Stream>()
  readonly #slots: Stream[][] = Array.from({ length: SLOTS }, () => [])
  readonly #rooms: Rooms
  readonly #batch = new SendBatch()
  readonly #lateness = new LatenessMeter()
  readonly #origin = performance.now()
  #wake: Deferred<void> | undefined
  #skipped = 0
  #overloaded = false
  #lateSeconds = 0
  #sent = 0
  #received = 0

  constructor(io: MediaIo, silentSeconds: number, report: (message: MediaReport) => void) {
    this.#io = io
    this.#silentSeconds = silentSeconds
    this.#report = report
    this.#rooms = new Rooms(SLOTS, report)
  }

  /** Never ends; the thread is terminated. */
  async run(): Promise<never> {
    let tick = 0
    for (;;) {
      if (this.#streams.size === 0 && this.#rooms.size === 0) {
        // Nothing is measured while nothing is sent: what was late before must not keep calls out for ever.
        this.#tellLoad(false)
        this.#wake = deferred<void>()
        await this.#wake.promise
        this.#wake = undefined
        tick = this.#tickAt(performance.now())
      }
      tick++
      const due = this.#origin + tick * TICK_MS
      // At least once, also when late: only there the sockets are read.
      do await this.#io.sleepUntil(due)
      while (performance.now() < due - EARLY_MS)
      this.#tick(tick % SLOTS, due)
      const behind = this.#tickAt(performance.now()) - tick
      if (behind > MAX_BEHIND) {
        this.#skipped += behind
        tick += behind
      }
    }
  }

  #tickAt(now: number): number {
    return Math.floor((now - this.#origin) / TICK_MS)
  }

  #tick(slot: number, due: number): void {
    const received = this.#io.receive()
    for (let i = 0; i < received.count; i++) {
      const handle = received.handle[i]!
      this.#streams.get(handle >> 1)?.receive(received, i, (handle & 1) === 1)
    }
    this.#received += received.count
    const now = performance.now()
    const streams = this.#slots[slot]!
    this.#rooms.tick(slot)
    for (let i = 0; i < streams.length; i++) streams[i]!.tick(now, due)
    this.#flush()
    if (this.#lateness.roll(now)) this.#measureLoad()
  }

  #flush(): void {
    const batch = this.#batch
    const count = batch.count
    if (count === 0) return
    this.#io.send(batch)
    this.#sent += count
    for (let i = 0; i < count; i++) {
      const due = batch.due[i]!
      if (due > 0) this.#lateness.add(batch.sentAt[i]! - due)
    }
  }

  #measureLoad(): void {
    const late = this.#streams.size >= LOAD_STREAMS && this.#lateness.lastSecondP99() > OVERLOAD_MS
    this.#lateSeconds = late ? this.#lateSeconds + 1 : 0
    this.#tellLoad(this.#lateSeconds >= LATE_SECONDS)
  }

  #tellLoad(overloaded: boolean): void {
    if (overloaded === this.#overloaded) return
    this.#overloaded = overloaded
    this.#report({ kind: 'load', overloaded })
  }

  stats(): WorkerStats {
    return {
      streams: this.#streams.size,
      lateness: this.#lateness.read(),
      packetsByLateness: this.#lateness.counts(),
      skippedTicks: this.#skipped,
      packetsSent: this.#sent,
      packetsReceived: this.#received,
      sendErrors: this.#io.sendErrors,
    }
  }

  command(command: MediaCommand): void {
    if ('room' in command) {
      this.#rooms.command(command, this.#streams)
      this.#wake?.resolve()
    } else this.#streamCommand(command)
  }

  #streamCommand(command: StreamCommand): void {
    switch (command.kind) {
      case 'bind':
        void this.#bind(command.ask, command.stream, command.bind, command.port)
        return
      case 'unbind':
        this.#unbind(command.stream)
        this.#report({ kind: 'unbound', ask: command.ask })
        return
      case 'begin':
        this.#begin(command.stream)
        return
      case 'workerStats':
        this.#report({ kind: 'workerStats', ask: command.ask, stats: this.stats() })
        return
      default: {
        // Commands that crossed with the end of the stream find nothing; their promises were settled by that end.
        const stream = this.#streams.get(command.stream)
        if (stream) this.#toStream(stream, command)
      }
    }
  }

  #toStream(
    stream: Stream,
    command: Exclude<StreamCommand, { kind: 'bind' | 'unbind' | 'begin' | 'workerStats' }>,
  ): void {
    const now = performance.now()
    switch (command.kind) {
      case 'connect':
        stream.connect(command.remote, now)
        return
      case 'play':
        stream.mouth.play(new Player(command.play, command.clips, command.times, command.mix))
        return
      case 'stopPlay':
        stream.mouth.stopPlay(command.play)
        return
      case 'record':
        stream.record(new Recorder(command.record, new SharedAudio(command.memory), command.limits))
        return
      case 'monitor': {
        const { record, memory, channels, maxSeconds } = command
        stream.monitor(new Monitor(record, new SharedAudio(memory), channels, maxSeconds))
        return
      }
      case 'stopRecord':
        stream.stopRecording(command.record)
        return
      case 'listen':
        stream.listen(command.listen, new SharedAudio(command.memory))
        return
      case 'stopListen':
        stream.stopListening(command.listen)
        return
      case 'bridge': {
        const other = this.#streams.get(command.other)
        if (other) bridge(stream, other)
        return
      }
      case 'unbridge':
        stream.unbridge()
        return
      case 'send':
        stream.mouth.press(command.send, command.digits)
        return
      case 'detectInband':
        stream.detectInband(command.on)
        return
      case 'digit':
        stream.keyByInfo(command.key)
        return
      case 'stats':
        this.#report({ kind: 'stats', ask: command.ask, stats: stream.stats() })
        return
      case 'close':
        this.#close(stream, command.ask, now)
        return
    }
  }

  async #bind(ask: number, id: number, bind: string, port: number): Promise<void> {
    try {
      await this.#io.open(rtpHandle(id), bind, port)
    } catch (error) {
      this.#report({ kind: 'bindFailed', ask, code: codeOf(error) })
      return
    }
    try {
      await this.#io.open(rtcpHandle(id), bind, port + 1)
    } catch (error) {
      this.#io.close(rtpHandle(id))
      this.#report({ kind: 'bindFailed', ask, code: codeOf(error) })
      return
    }
    this.#report({ kind: 'bound', ask })
  }

  #unbind(id: number): void {
    this.#io.close(rtpHandle(id))
    this.#io.close(rtcpHandle(id))
  }

  #begin(id: number): void {
    this.#io.hear(rtpHandle(id))
    this.#io.hear(rtcpHandle(id))
    const stream = new Stream(id, this.#silentSeconds, this.#batch, this.#report)
    this.#streams.set(id, stream)
    this.#emptiestSlot().push(stream)
    this.#wake?.resolve()
  }

  #emptiestSlot(): Stream[] {
    let emptiest = this.#slots[0]!
    for (const slot of this.#slots) if (slot.length < emptiest.length) emptiest = slot
    return emptiest
  }

  #close(stream: Stream, ask: number, now: number): void {
    const stats = stream.close(now)
    this.#flush()
    this.#streams.delete(stream.id)
    for (const slot of this.#slots) {
      const at = slot.indexOf(stream)
      if (at >= 0) slot.splice(at, 1)
    }
    this.#unbind(stream.id)
    this.#report({ kind: 'stats', ask, stats })
  }
}

function bridge(a: Stream, b: Stream): void {
  if (a.bridged === b) return
  a.unseat()
  b.unseat()
  a.unbridge()
  b.unbridge()
  a.bridgeTo(b)
  b.bridgeTo(a)
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message
