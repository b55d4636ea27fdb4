import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CallEnded } from '../../src/phone/call.ts'
import { newId } from '../../src/phone/id.ts'
import { tone } from '../../src/phone/prompt.ts'
import { likeness, readWav, tune } from '../kit/audio.ts'
import { samplesOf } from '../kit/sound.ts'
import type { Rig } from './rig.ts'

/** What stands in a stereo file: the far end on the left, what it heard on the right. */
function sides(path: string): { readonly left: Int16Array; readonly right: Int16Array } {
  const file = readFileSync(path)
  expect(file.readUInt16LE(22)).toBe(2)
  const both = samplesOf(file)
  return { left: both.filter((_, i) => i % 2 === 0), right: both.filter((_, i) => i % 2 === 1) }
}

export function describeMonitor(rig: Rig): void {
  describe('monitor', () => {
    const ann = (): Extract<typeof rig.bench.ann.address, { kind: 'extension' }> =>
      rig.bench.ann.address as Extract<typeof rig.bench.ann.address, { kind: 'extension' }>

    it('keeps both sides apart through a prompt and a dial, to the end of the call', async () => {
      const { call, caller } = await rig.answered()
      const id = newId('recording', 0)
      const monitor = await call.monitor({ id, path: rig.file('both'), channels: 'stereo' })
      await call.play({ kind: 'file', path: rig.tuneFile(51, 1) })
      const dialled = call.dial([{ to: ann(), seconds: 10 }])
      const callee = await rig.bench.ann.next()
      await callee.answer()
      await Promise.all([caller.play(rig.tuneFile(52, 2)), callee.play(rig.tuneFile(53, 2))])
      callee.hangup()
      await dialled
      await rig.over(call, caller)
      const kept = await monitor.done

      expect(kept).toMatchObject({ id, path: rig.file('both'), end: 'hangup' })
      expect(kept.speechMs).toBeGreaterThan(1000)
      const { left, right } = sides(kept.path)
      expect(Math.abs(left.length / 8 - kept.ms)).toBeLessThanOrEqual(1)
      expect(likeness(left, tune(52, 2))).toBeGreaterThan(0.9)
      expect(likeness(left, tune(53, 2))).toBeLessThan(0.5)
      expect(likeness(right, tune(51, 1))).toBeGreaterThan(0.9)
      expect(likeness(right, tune(53, 2))).toBeGreaterThan(0.9)
      expect(likeness(right, tune(52, 2))).toBeLessThan(0.5)
    })

    it('keeps both sides in one through a transfer', async () => {
      const { call, caller } = await rig.answered()
      const monitor = await call.monitor({ id: newId('recording', 0), path: rig.file('mixed'), channels: 'mono' })
      const transferred = call.transfer(ann())
      const callee = await rig.bench.ann.next()
      await callee.answer()
      await caller.play(rig.tuneFile(54, 1))
      await callee.play(rig.tuneFile(55, 1))
      callee.hangup()
      await transferred
      const kept = await monitor.done
      await caller.ended

      const samples = readWav(kept.path)
      expect(likeness(samples, tune(54, 1))).toBeGreaterThan(0.9)
      expect(likeness(samples, tune(55, 1))).toBeGreaterThan(0.9)
    })

    it('begins when it is asked for and ends when it is stopped, and the call goes on', async () => {
      const { call, caller } = await rig.answered()
      await call.play({ kind: 'file', path: rig.tuneFile(56, 1) })
      const monitor = await call.monitor({ id: newId('recording', 0), path: rig.file('part'), channels: 'stereo' })
      await call.play({ kind: 'file', path: rig.tuneFile(57, 1) })
      monitor.stop()
      const kept = await monitor.done
      await call.play({ kind: 'file', path: rig.tuneFile(58, 1) })

      expect(kept.end).toBe('stopped')
      const { right } = sides(kept.path)
      expect(likeness(right, tune(57, 1))).toBeGreaterThan(0.9)
      expect(likeness(right, tune(56, 1))).toBeLessThan(0.5)
      expect(likeness(right, tune(58, 1))).toBeLessThan(0.5)
      await rig.over(call, caller)
    })

    it('goes beside a recording of what the caller says', async () => {
      const { call, caller } = await rig.answered()
      const monitor = await call.monitor({ id: newId('recording', 0), path: rig.file('both'), channels: 'mono' })
      const recording = call.record({
        id: newId('recording', 0),
        path: rig.file('said'),
        maxSeconds: 10,
        silenceSeconds: 0,
      })
      await caller.play(rig.tuneFile(59, 1))
      await caller.press('#')
      const said = await recording
      monitor.stop()

      expect(likeness(readWav(said.path), tune(59, 1))).toBeGreaterThan(0.9)
      expect(likeness(readWav((await monitor.done).path), tune(59, 1))).toBeGreaterThan(0.9)
      await rig.over(call, caller)
    })

    it('ends at its limit, and another may follow', async () => {
      const { call, caller } = await rig.answered()
      const options = { id: newId('recording', 0), channels: 'mono', maxSeconds: 1 } as const
      const first = await call.monitor({ ...options, path: rig.file('first') })
      const kept = await first.done
      const second = await call.monitor({ ...options, path: rig.file('second') })

      expect(kept).toMatchObject({ end: 'limit', ms: 1000 })
      expect(await second.done).toMatchObject({ end: 'limit' })
      await rig.over(call, caller)
    })

    it('is refused while another one runs', async () => {
      const { call, caller } = await rig.answered()
      const options = { id: newId('recording', 0), channels: 'mono' } as const
      const monitor = await call.monitor({ ...options, path: rig.file('one') })

      await expect(call.monitor({ ...options, path: rig.file('two') })).rejects.toMatchObject({ code: 'block_running' })
      monitor.stop()
      await monitor.done
      await rig.over(call, caller)
    })

    it('says when the file cannot be written, and the call goes on', async () => {
      const { call, caller } = await rig.answered()
      const path = join(rig.file('none'), 'below', 'a-file.wav')

      await expect(call.monitor({ id: newId('recording', 0), path, channels: 'mono' })).rejects.toMatchObject({
        code: 'write-failed',
      })
      expect(await call.play(tone('beep'))).toEqual({ kind: 'finished' })
      await rig.over(call, caller)
    })

    it('is refused after the end of the call', async () => {
      const { call, caller } = await rig.answered()
      await rig.over(call, caller)

      const options = { id: newId('recording', 0), path: rig.file('late'), channels: 'mono' } as const
      await expect(call.monitor(options)).rejects.toBeInstanceOf(CallEnded)
    })
  })
}
