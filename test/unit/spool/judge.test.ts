import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDue, isSettled, isUntold, judge, triedAgain } from '../../../src/apps/spool/judge.ts'
import { readCallFile } from '../../../src/callfile/index.ts'

const file = (...lines: string[]) => readCallFile(['Channel: PJSIP/1001', 'Application: Echo', ...lines].join('\n'))

describe('what a call file that is due comes to', () => {
  it.each([
    [[], { kind: 'start', attempt: 1 }],
    [['MaxRetries: 1', 'StartRetry: 9 1 (1)', 'EndRetry: 9 1 (1)'], { kind: 'start', attempt: 2 }],
    [['StartRetry: 9 1 (1)'], { kind: 'start', attempt: 1 }],
    [['StartRetry: 9 1 (1)', 'AbortRetry: 9 1 (1)'], { kind: 'over', status: 'Expired' }],
    [['MaxRetries: 1', 'Retry: 1', 'Retry: 2'], { kind: 'over', status: 'Expired' }],
    [['MaxRetries: -1'], { kind: 'over', status: 'Expired' }],
    [['Application:'], { kind: 'over', status: 'Failed' }],
    [['Channel: nobody', 'Channel: /x'], { kind: 'over', status: 'Failed' }],
  ])('%j', (lines, verdict) => {
    expect(judge(file(...lines), false)).toMatchObject(verdict)
  })

  it('waits for a call that is up, whatever was cut off before', () => {
    const up = file('StartRetry: 8 1 (1)', 'AbortRetry: 9 1 (2)', 'StartRetry: 9 1 (2)')
    expect(judge(up, true)).toEqual({ kind: 'delay', retry: 1 })
  })

  it('is tried once, and once more for each retry', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), (maxRetries) => {
        const lines = [`MaxRetries: ${maxRetries}`]
        let attempts = 0
        for (;;) {
          const verdict = judge(file(...lines), false)
          if (verdict.kind !== 'start') break
          attempts++
          lines.push(`StartRetry: 9 ${verdict.attempt} (1)`)
          if (!triedAgain(file(...lines), verdict.attempt)) break
          lines.push(`EndRetry: 9 ${verdict.attempt} (1)`)
        }
        return attempts === maxRetries + 1
      }),
    )
  })
})

const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n

describe('when a file is taken', () => {
  it('at once where it was moved in or its time was set, a second after the last write where it is written in its place', () => {
    const now = 1_700_000_000_500
    expect(isSettled({ mtimeNs: ns(now - 10), ctimeNs: ns(now - 10) }, now)).toBe(false)
    expect(isSettled({ mtimeNs: ns(now - 1000), ctimeNs: ns(now - 1000) }, now)).toBe(true)
    expect(isSettled({ mtimeNs: ns(now - 10), ctimeNs: ns(now - 9) }, now)).toBe(true)
  })

  it('in whole seconds', () => {
    const now = 1_700_000_000_500
    const at = (ms: number) => isDue({ mtimeNs: ns(ms), ctimeNs: 0n }, now)
    expect([at(now + 499), at(now + 500), at(now - 5000)]).toEqual([true, false, true])
  })
})

describe('an end of an attempt that a killed service knew of', () => {
  const end = { attempt: 1, at: 1_700_000_000_500 }
  const before = { mtimeNs: ns(end.at - 60_000), ctimeNs: ns(end.at - 50_000) }
  const cutOff = ['StartRetry: 9 1 (1)', 'AbortRetry: 9 1 (2)', 'StartRetry: 9 1 (2)']

  it.each<[string, string[], object, boolean]>([
    ['left, and its file was not told', ['StartRetry: 9 1 (1)'], {}, true],
    ['left after one that was cut off', cutOff, {}, true],
    ['left, and its file was told', ['StartRetry: 9 1 (1)', 'EndRetry: 9 1 (1)'], {}, false],
    ['was of one before the last', ['StartRetry: 9 1 (1)', 'EndRetry: 9 1 (1)', 'StartRetry: 9 2 (1)'], {}, false],
    ['was told, and its file was put into the spool again', ['StartRetry: 9 1 (1)', 'Status: Completed'], {}, false],
    ['had not left', [], {}, true],
    ['had not left, and another file took the name', [], { ctimeNs: ns(end.at + 10) }, false],
    ['had not left, and its file was put off before', [], { mtimeNs: ns(end.at + 60_000) }, false],
  ])('that %s', (_, lines, times, untold) => {
    expect(isUntold(file(...lines), { ...before, ...times }, end)).toBe(untold)
  })
})
