import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('offhook-bench-'))

test('the benchmark prints a figure for everything that it promises, and leaves nothing behind', async () => {
  const before = leftovers()
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/bench.mjs', '--quick'], { cwd: root })

  const rows = new Map(
    [...stdout.matchAll(/^\| ([^|]+?) \| (.+) \|$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
  const number = '[0-9]+\\.[0-9]+'
  const setUps = new RegExp(
    `^${number}.* \\(40 calls; answered after ${number} ms, p99 ${number} ms; [0-9]+ retransmissions\\)$`,
  )
  expect(rows.get('CPU s per 1,000 call set-ups, whole service')).toMatch(setUps)
  expect(rows.get('CPU s per 1,000 call set-ups, whole service')).toMatch(new RegExp(`, database ${number} `))
  expect(rows.get('CPU s per 1,000 call set-ups, signalling alone')).toMatch(setUps)
  for (const calls of [4, 8]) {
    expect(Number(rows.get(`CPU s per call-minute, prompt out and audio in, ${calls} calls`))).toBeGreaterThan(0)
    const lateness = rows.get(`Lateness of packets p99, ${calls} calls`)
    expect(lateness).toMatch(new RegExp(`^${number} ms \\(worst 5 s: ${number} ms`))
    // Audio went both ways: a broken call would make the cheapest figures.
    const [sent, received] = [...(lateness ?? '').matchAll(/(?:sent|received) ([0-9.]+) %/g)].map(([, n]) => Number(n))
    expect(sent).toBeGreaterThan(80)
    expect(received).toBeGreaterThan(80)
  }
  expect(rows.get('INVITE to webhook on the wire')).toMatch(
    new RegExp(
      `^p99 ${number} ms, p50 ${number} ms \\(10 told, 10 a second, beside 4 with audio\\); of those 4 .* \\(4 told\\)$`,
    ),
  )
  expect(rows.get('Memory per call')).toMatch(
    /^-?[0-9]+ kB at 8 calls \(idle [0-9]+ MB; each of those beyond 4 -?[0-9]+ kB\)$/,
  )
  expect(rows.get('Calls refused by admission control')).toBe('0')
  expect(stdout).toMatch(
    /Node v[0-9.]+\..* s, niceness -?[0-9]+; load [0-9.]+ \/ .* other programs kept [0-9.]+ cores busy meanwhile/,
  )
  expect(leftovers()).toEqual(before)
})
