import { defaultChoice, type ScanChoice } from '../../../../src/apps/scan/bounds.ts'
import type { HeardBefore } from '../../../../src/apps/scan/learn-again.ts'
import { Scan, type ScanPorts, type ScanResult, type ScanStanding } from '../../../../src/apps/scan/scan.ts'
import { type Logger, silentLogger } from '../../../../src/base/log.ts'
import { emptyTree, type ScanTree } from '../../../../src/menu/scan/tree.ts'
import { newId } from '../../../../src/phone/id.ts'
import type { Problem } from '../../../../src/phone/problem.ts'
import type { CallEnd, EndCode } from '../../../../src/phone/reason.ts'
import type { FakeClock } from '../../../kit/fake-clock.ts'
import { FarEnd } from './far-end.ts'

interface Ran {
  readonly result: ScanResult
  readonly tree: ScanTree
  readonly standing: ScanStanding
  /** Ways that were heard, in order. */
  readonly ways: readonly string[]
  /** Wall times at which calls were placed. */
  readonly placed: readonly number[]
  /** What was noted in the stories of its calls. */
  readonly notes: readonly string[]
  /** Of the service's log. */
  readonly warnings: readonly object[]
  /** What it heard, with its sound. */
  readonly kept: readonly HeardBefore[]
}
interface Running {
  /** Told of all that is written down of where it stands. */
  readonly onStanding?: (standing: ScanStanding) => void
  /** Why no call can be placed. */
  readonly refuse?: Problem
  /** How long a call waits until there is room for it. */
  readonly queueMs?: number
  /** How long after its end a call is told to be over. */
  readonly settleMs?: number
  /** When the number may be called; now unless given, `never`: not within eight days. */
  readonly opens?: number | 'never'
  readonly choice?: Partial<ScanChoice>
  readonly clock: FakeClock
  /** Who answers, or how a call ends that nobody answers. */
  readonly far: FarEnd | EndCode
  readonly from?: ScanTree
  readonly standing?: ScanStanding
  /** By a scan before it, with which it shares the far end. */
  readonly kept?: readonly HeardBefore[]
}

export const fresh: ScanStanding = { calls: 0, callMs: 0, attempt: 0 }

/** Runs a scan until it is over or must wait; the clock moves only when nothing else does. */
export async function runScan(asked: Running): Promise<Ran> {
  const {
    choice,
    clock,
    far,
    from = emptyTree,
    standing = fresh,
    kept: keptBefore = [],
    onStanding,
    refuse,
    opens,
    queueMs = 0,
    settleMs = 0,
  } = asked
  const ways: string[] = []
  const placed: number[] = []
  const notes: string[] = []
  const warnings: object[] = []
  const log: Logger = { ...silentLogger, warn: (fields, text) => void warnings.push({ ...fields, text }) }
  const kept: HeardBefore[] = []
  let last = standing
  const ports: ScanPorts = {
    ...{
      clock,
      log,
      note: (_call, text) => void notes.push(text),
      giveUp: () => {},
      opens: async () => (opens === 'never' ? undefined : (opens ?? clock.wall())),
      record: async () => newId('recording', clock.wall()),
    },
    async place(run) {
      if (refuse !== undefined) throw refuse
      if (queueMs > 0) await new Promise<void>((resolve) => clock.after(queueMs, resolve))
      const id = newId('call', clock.wall())
      placed.push(clock.wall())
      await run.begun(id)
      await new Promise<void>((resolve) => clock.after(2000, resolve))
      if (!(far instanceof FarEnd)) {
        const end: CallEnd = {
          at: clock.wall(),
          by: 'callee',
          code: far,
          q850: 17,
          sentence: `It was ${far}.`,
          chain: [],
        }
        return run.notAnswered(end)
      }
      const call = far.answer(id)
      await run.answered(call)
      await call.ended
      if (settleMs > 0) await new Promise<void>((resolve) => clock.after(settleMs, resolve))
    },
    keep: async (hearing, { call, fromMs, toMs }) => {
      ways.push(hearing.way.join(','))
      const id = newId('hearing', clock.wall())
      const sound = async function* (mostMs: number) {
        if (far instanceof FarEnd) yield* far.soundOf(call, fromMs, Math.min(toMs, fromMs + mostMs))
      }
      kept.push({ hearing: { ...hearing, id }, sound })
      return id
    },
    kept: async () => keptBefore,
    standing: async (now) => {
      last = now
      onStanding?.(now)
    },
  }
  const scan = new Scan({ ...defaultChoice, ...choice }, from, standing, ports)
  let result: ScanResult | undefined
  const running = scan.run().then((now) => {
    result = now
  })
  for (let i = 0; result === undefined; i++) {
    if (i > 20_000) throw new Error('the scan does not come to an end')
    await settled()
    if (result === undefined) clock.advance(100)
  }
  await running
  return { result, tree: scan.tree, standing: last, ways, placed, notes, warnings, kept }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}
