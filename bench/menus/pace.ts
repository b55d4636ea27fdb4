import { p99Of } from '../../src/media/plane/lateness.ts'
import type { RecognitionPace } from '../../src/speech/index.ts'
import type { Child } from '../figures/child.ts'
import type { MediaAnswer, ServiceAnswer, ServiceQuestion } from '../figures/protocol.ts'
import type { ShownScan } from './scan-tree.ts'

/** Lateness is told for the last five seconds. */
const everyMs = 5000

/** What goes on in two services while scans run: how late packets go out, how late speech is understood, how far each scan is. */
export class Pace {
  readonly #children: readonly Child<ServiceQuestion, ServiceAnswer>[]
  readonly #p99: number[] = []
  readonly #progress = new Map<number, { readonly name: string; readonly scan: ShownScan }>()
  /** The last that each media thread told, by process and thread. */
  readonly #packets = new Map<string, readonly number[]>()
  readonly #timer: NodeJS.Timeout
  #stopped: Promise<void> | undefined
  #asking: Promise<void> = Promise.resolve()
  #recognition: RecognitionPace | undefined
  #mostScans = 0

  constructor(children: readonly Child<ServiceQuestion, ServiceAnswer>[]) {
    this.#children = children
    this.#timer = setInterval(() => {
      this.#asking = this.#asking.then(() => this.#ask())
    }, everyMs)
  }

  progress(scan: number, name: string, shown: ShownScan): void {
    this.#progress.set(scan, { name, scan: shown })
    this.#mostScans = Math.max(this.#mostScans, this.#progress.size)
  }

  over(scan: number): void {
    this.#progress.delete(scan)
  }

  line(): string {
    return [...this.#progress.values()]
      .map(({ name, scan: { percent, nodes, open } }) => `${name}: ${percent} % (${nodes} heard, ${open} to go)`)
      .join(' | ')
  }

  stop(): Promise<void> {
    clearInterval(this.#timer)
    // What was sent since then is asked for.
    this.#stopped ??= this.#asking.then(() => this.#ask())
    return this.#stopped
  }

  /** p99 lateness of all packets that were sent, whichever thread sent them. */
  get overall(): number {
    return p99Of([...this.#packets.values()])
  }

  /** p99 lateness of packets in windows of five seconds, of every media thread that had streams: the middle one and the worst. */
  get lateness(): readonly [middle: number, worst: number] {
    const sorted = [...this.#p99].sort((a, b) => a - b)
    return [sorted[Math.floor(sorted.length / 2)] ?? 0, sorted.at(-1) ?? 0]
  }

  get recognition(): RecognitionPace | undefined {
    return this.#recognition
  }

  /** Scans that ran at once, at the most. */
  get mostScans(): number {
    return this.#mostScans
  }

  async #ask(): Promise<void> {
    for (const child of this.#children) {
      const { workers, recognition } = await child.ask<MediaAnswer>({ kind: 'media' })
      this.#recognition = recognition ?? this.#recognition
      for (const [i, { streams, lateness, packetsByLateness }] of workers.entries()) {
        this.#packets.set(`${child.pid} ${i}`, packetsByLateness)
        if (streams > 0) this.#p99.push(lateness.p99Ms)
      }
    }
  }
}
