import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import {
  type Codec,
  type MediaPlane,
  type MediaStream,
  type RemoteMedia,
  type StreamEvent,
  startMediaPlane,
} from '../../../src/media/index.ts'
import { MediaPeer } from '../../kit/media-peer.ts'
import { wav } from '../../kit/sound.ts'

export const bind = '127.0.0.1'

export interface Leg {
  readonly stream: MediaStream
  readonly peer: MediaPeer
  readonly events: StreamEvent[]
  event(kind: StreamEvent['kind'], count?: number): Promise<StreamEvent>
}

type Changes = Omit<Partial<RemoteMedia>, 'telephoneEvent'> & { telephoneEvent?: number | undefined }

/** A media plane of one thread, and legs on it whose far ends are bare sockets. */
export class PlaneLegs {
  readonly folder: string
  readonly plane: MediaPlane
  readonly #scope: Scope
  #closers: (() => Promise<unknown>)[] = []

  private constructor(folder: string, plane: MediaPlane, scope: Scope) {
    this.folder = folder
    this.plane = plane
    this.#scope = scope
  }

  /** @param firstPort of 400 for RTP */
  static async open(firstPort: number): Promise<PlaneLegs> {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-media-'))
    const scope = new Scope('test')
    const rtpPorts = { from: firstPort, to: firstPort + 399 }
    const plane = await startMediaPlane({ scope, log: silentLogger, rtpPorts, workers: 1, silentSeconds: 1 })
    return new PlaneLegs(folder, plane, scope)
  }

  /** What a test opened. */
  async hangUp(): Promise<void> {
    const closers = this.#closers
    this.#closers = []
    await Promise.all(closers.map((close) => close()))
  }

  async close(): Promise<void> {
    await this.#scope.close()
    await rm(this.folder, { recursive: true })
  }

  /** Closed by `hangUp`. */
  keep<T extends MediaPeer | MediaStream>(one: T): T {
    this.#closers.push(() => one.close())
    return one
  }

  async leg(codec: Codec = 'PCMU', o: Changes = {}, near?: MediaStream): Promise<Leg> {
    const peer = this.keep(await MediaPeer.open())
    const stream = this.keep(await this.plane.open({ bind, ...(near ? { near } : {}) }))
    const events: StreamEvent[] = []
    const waiting: (() => void)[] = []
    stream.onEvent = (event) => {
      events.push(event)
      for (const check of [...waiting]) check()
    }
    peer.codec = codec
    peer.connect(stream.localPort)
    const { telephoneEvent = 101, ...rest } = o
    stream.connect({
      address: bind,
      port: peer.port,
      codec,
      payloadType: codec === 'PCMU' ? 0 : 8,
      ...('telephoneEvent' in o && o.telephoneEvent === undefined ? {} : { telephoneEvent }),
      direction: 'sendrecv',
      rtcpMux: false,
      ...rest,
    })
    const event = (kind: StreamEvent['kind'], count = 1): Promise<StreamEvent> =>
      new Promise((resolve) => {
        const check = (): void => {
          const found = events.filter((e) => e.kind === kind)
          if (found.length >= count) resolve(found[count - 1]!)
        }
        waiting.push(check)
        check()
      })
    return { stream, peer, events, event }
  }

  async wavFile(name: string, samples: Int16Array): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, wav(samples))
    return path
  }
}
