import { defaultChoice, type ScanChoice } from '../../../src/apps/scan/bounds.ts'
import { Scan, type ScanPorts, type ScanResult, type ScanStanding } from '../../../src/apps/scan/scan.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { g711 } from '../../../src/media/codec/g711.ts'
import type { Hearing } from '../../../src/menu/scan/hearing.ts'
import { emptyTree, type ScanTree } from '../../../src/menu/scan/tree.ts'
import type { Call } from '../../../src/phone/call.ts'
import { newId } from '../../../src/phone/id.ts'
import type { SpeechRecogniser } from '../../../src/speech/index.ts'
import { FakeClock } from '../../../test/kit/fake-clock.ts'
import { lineNoise, SPEECH } from '../../speech/line.ts'
import { placeDialled } from '../place.ts'
import type { Tree } from '../trees.ts'
import { SimulatedCall } from './call.ts'
import { Company, FRAME, type Said } from './company.ts'

export interface SimulatedTrip {
  readonly tree: Tree
  readonly said: Said
  /** That speech becomes -20 dBFS. */
  readonly gain: number
  /** Of the noise below speech; absent for a clean line. */
  readonly snrDb: number | undefined
  readonly choice: Partial<ScanChoice>
  readonly recogniserAt: (clock: FakeClock) => { recogniser: SpeechRecogniser; ready: () => Promise<void> }
  /** What was heard and done, for whoever looks for the cause of a mistake. */
  readonly tell: ((line: string) => void) | undefined
  readonly onHearing: (hearing: Omit<Hearing, 'id'>, fromMs: number, toMs: number, call: number) => void
}

export interface SimulatedResult {
  readonly tree: ScanTree
  readonly result: ScanResult
  readonly standing: ScanStanding
}

const FRAME_MS = 20
/** Until somebody picks up. */
const ringMs = 500
/** A noise as loud as the voice, as in `LineAudio`. */
const burst = { afterMs: 3000, ms: 2000 }
const mostMs = 4 * 3_600_000

/** Scans a tree on a clock of its own, as fast as speech is recognised: real audio, understanding and scan, neither network nor service. */
export async function simulateTrip(trip: SimulatedTrip): Promise<SimulatedResult> {
  const clock = new FakeClock()
  const { recogniser, ready } = trip.recogniserAt(clock)
  const calls = new Set<SimulatedCall>()
  const numbers = new Map<string, number>()
  const lines = new Lines(trip, clock)
  let standing: ScanStanding = { calls: 0, callMs: 0, attempt: 0 }
  const ports: ScanPorts = {
    ...{ clock, log: silentLogger, giveUp: () => {} },
    opens: async () => clock.wall(),
    record: async () => newId('recording', clock.wall()),
    note: (id, text) => trip.tell?.(`      ${numbers.get(id)} ${(clock.now() / 1000).toFixed(1)} ${text}`),
    place: async (run) => {
      const id = newId('call', clock.wall())
      numbers.set(id, numbers.size + 1)
      await run.begun(id)
      await new Promise<void>((resolve) => clock.after(ringMs, resolve))
      const line = lines.open()
      const company = new Company(trip.tree.menu, trip.said)
      const call = new SimulatedCall({ id, clock, company, recogniser, ...line })
      calls.add(call)
      const told = (what: string): void =>
        trip.tell?.(`      ${numbers.get(id)} ${(clock.now() / 1000).toFixed(1)} ${what}`)
      told('is answered')
      // A scan uses no more of a call than this.
      const part: Pick<Call, 'id' | 'signal' | 'ended' | 'listen' | 'send' | 'hangup'> = call
      await run.answered(part as Call)
      await call.ended
      told('is over')
      calls.delete(call)
    },
    keep: async (hearing, { call, fromMs, toMs }) => {
      trip.onHearing(hearing, fromMs, toMs, numbers.get(call) ?? 0)
      return newId('hearing', clock.wall())
    },
    kept: async () => [],
    standing: async (now) => {
      standing = now
    },
  }
  const scan = new Scan({ ...defaultChoice, ...trip.choice }, emptyTree, standing, ports)
  let result: ScanResult | undefined
  let fault: unknown
  const running = scan.run().then(
    (now) => {
      result = now
    },
    (error: unknown) => {
      fault = error
    },
  )
  while (result === undefined && fault === undefined) {
    if (clock.now() > mostMs) throw new Error(`the scan of tree ${trip.tree.seed} does not come to an end`)
    clock.advance(FRAME_MS)
    for (const call of calls) call.tick()
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([ready(), ...[...calls].map((call) => call.ready())])
    await new Promise((resolve) => setImmediate(resolve))
  }
  await running
  if (result === undefined) throw fault
  return { tree: scan.tree, result, standing }
}

/** The lines of one tree: the first hearing of one menu is spoilt. */
class Lines {
  readonly #trip: SimulatedTrip
  readonly #clock: FakeClock
  readonly #noise: Float32Array
  #spoilt = false
  #opened = 0

  constructor(trip: SimulatedTrip, clock: FakeClock) {
    this.#trip = trip
    this.#clock = clock
    const { seed } = trip.tree
    const hiss = lineNoise(20 * 8000, (seed % 4) + 1)
    this.#noise = hiss.map((sample, i) => 0.95 * sample + 0.45 * Math.sin((2 * Math.PI * 120 * i) / 8000))
  }

  open(): { line: (frame: Int16Array) => Int16Array; pressed: (key: string) => void } {
    const { tree, gain, snrDb } = this.#trip
    const noise = this.#noise
    const level = snrDb === undefined ? 0 : SPEECH * 10 ** (-snrDb / 20)
    const keys: string[] = []
    const opened = this.#opened++
    let at = ((tree.seed + 13 * opened) * 7919) % noise.length
    let loudFrom = Number.POSITIVE_INFINITY
    const placed = (): void => {
      loudFrom = Number.POSITIVE_INFINITY
      if (this.#spoilt || placeDialled(tree.menu, keys) !== tree.misheard) return
      this.#spoilt = true
      loudFrom = this.#clock.now() + burst.afterMs
    }
    placed()
    return {
      pressed: (key) => {
        keys.push(key)
        placed()
        // A scan that goes the same way hears the same: what was recognised once need not be again.
        at = ((tree.seed + 13 * opened + keys.length) * 7919) % noise.length
      },
      line: (frame) => {
        const now = this.#clock.now()
        const loud = now >= loudFrom && now < loudFrom + burst.ms ? SPEECH : 0
        const out = new Int16Array(FRAME)
        for (let i = 0; i < FRAME; i++) {
          const sample = frame[i]! * gain + noise[at++ % noise.length]! * (level + loud)
          const clipped = Math.max(-32768, Math.min(32767, Math.round(sample)))
          out[i] = g711.PCMU.decode[g711.PCMU.encode[clipped & 0xffff]!]!
        }
        return out
      },
    }
  }
}
