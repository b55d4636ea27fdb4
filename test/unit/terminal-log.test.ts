import { pino } from 'pino'
import { expect, test } from 'vitest'
import { readable, terminalLog } from '../../src/main/terminal-log.ts'

/** What a line of the log becomes, without the time of day. */
function said(log: (logger: pino.Logger) => void): string {
  let text = ''
  log(
    pino(
      { base: null, level: 'debug' },
      terminalLog({
        write: (line) => {
          text += line
        },
      }),
    ),
  )
  expect(text).toMatch(/^\d\d:\d\d:\d\d {2}/)
  return text.slice(10)
}

test.each<[(log: pino.Logger) => void, string]>([
  [
    (log) => log.info({ url: 'http://x', sipPort: 5060 }, 'it is ready'),
    'info     it is ready  url=http://x  sipPort=5060\n',
  ],
  [
    (log) => log.info({ from: '1001', call: 'call_1' }, 'a call came in'),
    'info     a call came in  call_1  from=1001\n',
  ],
  [(log) => log.warn({ err: new Error('no route') }, 'not sent'), 'WARNING  not sent  no route\n'],
  [
    (log) => log.info({ from: '"\u001b[2J\n" <1001>' }, 'a call came in'),
    'info     a call came in  from="\\x1b[2J\\x0a" <1001>\n',
  ],
])('a line is its level, its sentence, its call and its facts, harmless (%#)', (log, line) => {
  expect(said(log)).toBe(line)
})

test('a fault of ours keeps its stack', () => {
  const [first, second, third] = said((log) => log.error({ err: new Error('bad\u0007') }, 'an app failed')).split('\n')
  expect(first).toBe('ERROR    an app failed')
  expect(second).toBe('    Error: bad\\x07')
  expect(third).toMatch(/^ {4}at .*terminal-log\.test\.ts/)
})

test('the time is that of the reader', () => {
  const at = new Date(2026, 0, 2, 9, 5, 7)
  expect(readable(JSON.stringify({ level: 30, time: at.getTime(), msg: 'x' }))).toBe('09:05:07  info     x')
})
