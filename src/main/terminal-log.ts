import type { DestinationStream } from 'pino'
import { plain } from '../base/plain.ts'

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'WARNING',
  50: 'ERROR',
  60: 'FATAL',
}

/** For people at a terminal: each line of pino's JSON as `09:30:05  info     a call came in  call_01…  from=1001`. */
export function terminalLog(to: { write(text: string): unknown }): DestinationStream {
  return { write: (line) => void to.write(`${readable(line)}\n`) }
}

/** The time of day where the reader is, the level, the sentence, the call, then what else is known. Control characters are spelt out. */
export function readable(line: string): string {
  const { level, time, msg, call, err, ...rest } = JSON.parse(line) as Record<string, unknown>
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${shown(value)}`)
  const words = [
    clock(time),
    (levels[Number(level)] ?? String(level)).padEnd(7),
    String(msg ?? ''),
    ...(call === undefined ? [] : [shown(call)]),
  ]
  const fault = faultOf(err, Number(level) >= 50)
  return [
    [...words, ...facts, ...fault.inline].map(plain).join('  '),
    ...fault.stack.map((at) => `    ${plain(at)}`),
  ].join('\n')
}

/** The stack only where something of ours went wrong. */
function faultOf(err: unknown, whole: boolean): { inline: string[]; stack: string[] } {
  if (typeof err !== 'object' || err === null) return { inline: [], stack: [] }
  const { message, stack } = err as { message?: unknown; stack?: unknown }
  if (whole && typeof stack === 'string') return { inline: [], stack: stack.split('\n').map((at) => at.trim()) }
  return { inline: [String(message ?? 'unknown fault')], stack: [] }
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function clock(time: unknown): string {
  const at = new Date(Number(time))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}
