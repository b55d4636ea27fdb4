import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Call } from '../../src/phone/call.ts'
import { loudness, tune, writeWav } from '../kit/audio.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { describeArrival } from './arrival.ts'
import { describeDial } from './dial.ts'
import { describeDialOptions } from './dial-options.ts'
import { describeGather } from './gather.ts'
import { describeHold } from './hold.ts'
import { describeJoin } from './join.ts'
import { describeJoinKeys } from './join-keys.ts'
import { describeListen } from './listen.ts'
import { describeMonitor } from './monitor.ts'
import { describeOriginate } from './originate.ts'
import { describePlay } from './play.ts'
import { describeRecord } from './record.ts'
import type { EngineBench, Rig } from './rig.ts'
import { describeSend } from './send.ts'
import { describeStop } from './stop.ts'
import { describeTransfer } from './transfer.ts'
import { describeTransferToRoom } from './transfer-to-room.ts'

/** The longest case takes 9 s. One that hangs is not to hold up the rest. */
const caseMs = 30_000

/** What every engine does alike. Each engine's test file calls this once. */
export function describeEngine(name: string, start: () => Promise<EngineBench>): void {
  describe(`the engine contract: ${name}`, { timeout: caseMs }, () => {
    let bench: EngineBench
    let folder: string

    beforeAll(async () => {
      bench = await start()
    })
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'offhook-contract-'))
    })
    afterEach(async ({ task }) => {
      rmSync(folder, { recursive: true })
      if (task.result?.state !== 'fail') return expect(await bench.leaks()).toEqual([])
      // Its calls are still up, and may still arrive: the next case would take them for its own.
      await bench.close()
      bench = await start()
    })
    afterAll(async () => {
      await bench.close()
    })

    const file = (label: string): string => join(folder, `${label}.wav`)
    const tuneFile = (seed: number, seconds: number): string => writeWav(file(`tune-${seed}`), tune(seed, seconds))

    /** Both ends of a call that came in and was answered. */
    async function answered(): Promise<{ call: Call; caller: PhoneCall }> {
      const caller = bench.callIn()
      const call = await bench.nextCall()
      await Promise.all([call.answer(), caller.answered])
      return { call, caller }
    }

    async function over(call: Call, caller: PhoneCall): Promise<void> {
      await call.hangup()
      await caller.ended
    }

    const rig: Rig = {
      get bench() {
        return bench
      },
      file,
      tuneFile,
      answered,
      over,
    }
    describeArrival(rig)
    describePlay(rig)
    describeGather(rig)
    describeRecord(rig)
    describeDial(rig)
    describeSend(rig)
    describeOriginate(rig)
    describeStop(rig)
    describeHold(rig)
    describeTransfer(rig)
    describeMonitor(rig)
    describeListen(rig)
    describeJoin(rig)
    describeJoinKeys(rig)
    describeTransferToRoom(rig)
    describeDialOptions(rig)
    it('hears nothing where nobody speaks', async () => {
      const { call, caller } = await answered()
      const ear = caller.listen(file('heard'))
      await call.play({ kind: 'silence', ms: 500 })

      expect(loudness(await ear.stop())).toBeLessThan(20)
      await over(call, caller)
    })
  })
}
