import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { ThreadPlace } from '../../base/thread-priority.ts'
import { workerEntry } from '../../base/worker-entry.ts'
import {
  MediaError,
  type MediaPlane,
  type MediaRoom,
  type MediaStream,
  type OpenOptions,
  type PlaneStats,
  type WorkerStats,
} from '../plane.ts'
import { FileThread } from './file-thread.ts'
import { ListenThread } from './listen-thread.ts'
import { MainRoom } from './main-room.ts'
import { MainStream, type MediaThread } from './main-stream.ts'
import { PortPool } from './ports.ts'
import type { MediaCommand, MediaReport, MediaWorkerData } from './protocol.ts'
import { type Spare, Spares } from './spares.ts'
import { Thread } from './thread.ts'

export interface MediaPlaneOptions {
  /** The plane closes with it. */
  readonly scope: Scope
  readonly log: Logger
  /** Inclusive; two ports per stream. */
  readonly rtpPorts: { readonly from: number; readonly to: number }
  /** Worker threads; one per core less one unless given, at least one. */
  readonly workers?: number
  /** No RTP for so long raises `silent`; 20 unless given, 0 never. */
  readonly silentSeconds?: number
}

const SILENT_SECONDS = 20
/** A thread that crashes sooner than this after its start would crash again at once. */
const RESTART_PAUSE_MS = 1000
/** With fewer ports left than these, none is opened ahead. */
const PORTS_FOR_SPARES = 16

const placeSaid: Readonly<Record<ThreadPlace, string>> = {
  real_time: 'A media thread runs in real time',
  nice: 'A media thread may not run in real time; it goes before others by its niceness',
  same: 'A media thread may run neither in real time nor before others: where they keep the processor busy, audio is late',
}

interface Place {
  readonly thread: MediaThread
  readonly startedAt: number
  overloaded: boolean
}

/** Threads, ports and streams of the media plane, seen from the main thread. */
export class ThreadedPlane implements MediaPlane {
  readonly #places: Place[] = []
  readonly #files: FileThread
  readonly #ears: ListenThread
  readonly #ports: PortPool
  readonly #streams = new Map<number, MainStream>()
  readonly #rooms = new Map<number, MainRoom>()
  readonly #spares = new Spares((thread, bind) => this.#bindSpare(thread, bind))
  readonly #log: Logger
  readonly #silentSeconds: number
  #nextStream = 0
  #nextRoom = 0
  #restarts = 0
  #closing: Promise<void> | undefined
  readonly #restartTimers = new Set<NodeJS.Timeout>()
  #unbinding: Promise<number> | undefined

  constructor(o: MediaPlaneOptions) {
    this.#log = o.log
    this.#silentSeconds = o.silentSeconds ?? SILENT_SECONDS
    this.#ports = new PortPool(o.rtpPorts.from, o.rtpPorts.to)
    this.#files = new FileThread(o.log)
    this.#ears = new ListenThread(o.log)
    const workers = Math.max(1, o.workers ?? availableParallelism() - 1)
    for (let i = 0; i < workers; i++) this.#places.push(this.#place(i))
  }

  /** Resolves when every thread runs. */
  async ready(): Promise<void> {
    await Promise.all([this.#files.promptBytes(), ...this.#places.map((place) => workerStats(place.thread))])
  }

  get overloaded(): boolean {
    return this.#places.every((place) => place.overloaded)
  }

  async open(o: OpenOptions): Promise<MediaStream> {
    if (isIP(o.bind) === 0) throw new MediaError('bind-failed', `bind: ${JSON.stringify(o.bind)} is no IP address`)
    for (let again = 0; ; ) {
      if (this.#closing) throw new MediaError('plane-closed', 'the media plane is closed')
      const thread = this.#threadFor(o.near)
      const ready = this.#spares.take(thread, o.bind)
      const localPort = ready?.localPort ?? this.#ports.take()
      if (localPort === undefined) {
        // Once through what others held before, who may have let go, and what other threads keep ready.
        if (again++ === 0 && this.#ports.retryTaken() + (await this.#unbindSpares()) > 0) continue
        throw new MediaError('no-port', 'every port of the RTP range is in use')
      }
      const bound = ready ?? (await this.#bind(thread, o.bind, localPort))
      if (!bound) continue
      void this.#spares.refill(thread, o.bind)
      return this.#begin(bound)
    }
  }

  openRoom({ near }: { readonly near?: MediaStream } = {}): MediaRoom {
    if (this.#closing) throw new MediaError('plane-closed', 'the media plane is closed')
    const id = ++this.#nextRoom
    const o = { thread: this.#threadFor(near), files: this.#files, log: this.#log }
    const room = new MainRoom(id, o, () => this.#rooms.delete(id))
    this.#rooms.set(id, room)
    return room
  }

  #begin({ id, localPort, bind, thread }: Spare): MediaStream {
    const o = { localPort, bind, thread, files: this.#files, ears: this.#ears, log: this.#log }
    const stream = new MainStream(id, o, () => {
      this.#streams.delete(id)
      this.#ports.giveBack(localPort)
    })
    this.#streams.set(id, stream)
    thread.post({ kind: 'begin', stream: id })
    return stream
  }

  /** @returns undefined when somebody else holds the port */
  async #bind(thread: MediaThread, bind: string, localPort: number): Promise<Spare | undefined> {
    const id = ++this.#nextStream
    let answer: MediaReport
    try {
      answer = await thread.ask((ask) => ({ kind: 'bind', ask, stream: id, bind, port: localPort }))
    } catch (error) {
      this.#ports.giveBack(localPort)
      throw error
    }
    if (answer.kind === 'bound') return { id, localPort, bind, thread }
    const code = answer.kind === 'bindFailed' ? answer.code : answer.kind
    if (code === 'EADDRINUSE') {
      this.#ports.setAside(localPort)
      return undefined
    }
    this.#ports.giveBack(localPort)
    throw new MediaError('bind-failed', `cannot bind ${bind} port ${localPort}: ${code}`)
  }

  async #bindSpare(thread: MediaThread, bind: string): Promise<Spare | undefined> {
    if (this.#closing || this.#ports.free < PORTS_FOR_SPARES) return undefined
    const localPort = this.#ports.take()
    if (localPort === undefined) return undefined
    try {
      const spare = await this.#bind(thread, bind, localPort)
      if (!thread.over || !spare) return spare
      this.#ports.giveBack(localPort)
    } catch (error) {
      // Whoever needs one meets the same, and is told.
      this.#log.debug({ reason: (error as Error).message }, 'No port could be opened ahead')
    }
    return undefined
  }

  /** @returns how many ports are free by that */
  #unbindSpares(): Promise<number> {
    // Who comes while they are unbound for another waits for them, too.
    this.#unbinding ??= this.#unbind(this.#spares.giveUp()).finally(() => {
      this.#unbinding = undefined
    })
    return this.#unbinding
  }

  async #unbind(spares: readonly Spare[]): Promise<number> {
    const unbound = spares.map(({ id, thread }) =>
      thread
        .ask((ask) => ({ kind: 'unbind', ask, stream: id }))
        // It took its sockets with it.
        .catch(() => this.#log.debug({ stream: id }, 'A thread died with the ports that it had open ahead')),
    )
    await Promise.all(unbound)
    for (const { localPort } of spares) this.#ports.giveBack(localPort)
    return spares.length
  }

  async stats(): Promise<PlaneStats> {
    const running = this.#places.filter((place) => !place.thread.over)
    const workers = await Promise.all(running.map((place) => workerStats(place.thread)))
    return {
      workers,
      streams: this.#streams.size,
      overloaded: this.overloaded,
      portsFree: this.#ports.free + this.#spares.count,
      restarts: this.#restarts + this.#files.restarts + this.#ears.restarts,
      promptBytes: await this.#files.promptBytes(),
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const streams = [...this.#streams.values()]
    const rooms = [...this.#rooms.values()]
    for (const timer of this.#restartTimers) clearTimeout(timer)
    await Promise.all([...streams, ...rooms].map((one) => one.close()))
    await Promise.all([...streams, ...rooms].map((one) => one.written()))
    // Node (20, at least) aborts the process where a packet comes to a socket of a thread that is being terminated.
    await this.#spares.settled()
    await this.#unbindSpares()
    await Promise.all(this.#places.map((place) => place.thread.terminate()))
    await this.#files.terminate()
    await this.#ears.terminate()
  }

  /** For tests of what follows: ends a media thread as a crash does. */
  crashWorker(index: number): Promise<void> {
    return this.#places[index]!.thread.crash()
  }

  /** For tests of what follows. */
  crashFiles(): Promise<void> {
    return this.#files.crash()
  }

  #threadFor(near: MediaStream | MediaRoom | undefined): MediaThread {
    if (near) {
      const there = near instanceof MainRoom ? this.#rooms.get(near.id) : this.#streams.get(near.id)
      if (!there || there !== near) throw new MediaError('stream-closed', 'near: that stream or room is closed')
      return there.thread
    }
    const load = new Map<MediaThread, number>()
    for (const { thread } of this.#places) if (!thread.over) load.set(thread, 0)
    if (load.size === 0)
      throw new MediaError('plane-closed', 'every media thread has crashed; they start again within a second')
    for (const { thread } of this.#streams.values()) load.set(thread, (load.get(thread) ?? 0) + 1)
    return [...load].reduce((best, entry) => (entry[1] < best[1] ? entry : best))[0]
  }

  #place(index: number): Place {
    const place: Place = {
      overloaded: false,
      startedAt: performance.now(),
      thread: new Thread<MediaCommand, MediaReport>(
        workerEntry(import.meta.url, './media-worker'),
        { silentSeconds: this.#silentSeconds } satisfies MediaWorkerData,
        (report) => {
          if (report.kind === 'load') this.#heardLoad(place, report.overloaded)
          else if (report.kind === 'ready') this.#log.info({ worker: index }, placeSaid[report.place])
          else if ('room' in report) this.#rooms.get(report.room)?.heard(report)
          else if ('stream' in report) this.#streams.get(report.stream)?.heard(report)
        },
        (reason) => this.#crashed(index, place, reason),
      ),
    }
    return place
  }

  #heardLoad(place: Place, overloaded: boolean): void {
    place.overloaded = overloaded
    const text = overloaded
      ? 'A media thread sends too late; new calls go elsewhere'
      : 'A media thread is in time again'
    this.#log.warn({ worker: this.#places.indexOf(place) }, text)
  }

  #crashed(index: number, place: Place, reason: string): void {
    this.#restarts++
    this.#log.error({ worker: index, reason }, 'A media thread crashed; its calls are lost')
    for (const stream of [...this.#streams.values()]) {
      if (stream.thread === place.thread) stream.crashed(`the media thread crashed: ${reason}`)
    }
    for (const { localPort } of this.#spares.giveUp(({ thread }) => thread === place.thread))
      this.#ports.giveBack(localPort)
    for (const room of [...this.#rooms.values()]) {
      room.crashed(place.thread, `the media thread crashed: ${reason}`)
    }
    const restart = (): void => {
      if (!this.#closing) this.#places[index] = this.#place(index)
    }
    if (performance.now() - place.startedAt > RESTART_PAUSE_MS) restart()
    else this.#restartTimers.add(setTimeout(restart, RESTART_PAUSE_MS))
  }
}

async function workerStats(thread: MediaThread): Promise<WorkerStats> {
  const answer = await thread.ask((ask) => ({ kind: 'workerStats', ask }))
  if (answer.kind !== 'workerStats') throw new Error(`a media thread answered ${answer.kind}`)
  return answer.stats
}

/** @throws MediaError `no-port` when the range holds no port pair */
export async function startMediaPlane(o: MediaPlaneOptions): Promise<MediaPlane> {
  const plane = new ThreadedPlane(o)
  o.scope.add('media plane', () => plane.close())
  await plane.ready()
  return plane
}
