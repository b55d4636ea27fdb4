import type { Writable } from 'node:stream'
import { plain } from '../base/plain.ts'

export { plain }

/** Where a command reads its surroundings and writes its words; tests hand in their own. */
export interface Terminal {
  readonly out: Pick<Writable, 'write'>
  readonly err: Pick<Writable, 'write'>
  readonly env: NodeJS.Dict<string>
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal
}

/** A command that failed for a reason the user can act on. Printed as it stands; the exit code is `code`. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly code: number
  constructor(sentence: string, code = 1) {
    super(sentence)
    this.code = code
  }
}

/** How to call this program: from a checkout, or from another project's packages, npx finds it. */
export const commandName = 'npx offhook'

/** 0 done; 1 refused or a fault found; 2 wrong use of the command; 3 the service cannot be reached. */
export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3 } as const

/** @throws CommandFailed */
export function readLimit(text: string): number {
  const limit = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= 200) return limit
  throw new CommandFailed(`--limit wants a whole number from 1 to 200, not ${JSON.stringify(text)}.`, exitCodes.usage)
}

export function writeLine(to: Pick<Writable, 'write'>, text = ''): void {
  to.write(`${text}\n`)
}

/** One JSON value on a line of its own, or laid out when it is the whole answer. */
export function writeJson(to: Pick<Writable, 'write'>, value: unknown, layout: 'lines' | 'whole' = 'whole'): void {
  // DEL and the C1 range are no control characters to JSON, but they are to terminals.
  const text = JSON.stringify(value, null, layout === 'whole' ? 2 : 0).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  writeLine(to, text)
}

/** Columns as wide as their widest cell; the last one runs free. Cells are made plain. */
export function table(rows: ReadonlyArray<readonly string[]>): string {
  const cells = rows.map((row) => row.map(plain))
  const widths = cells.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, [...cell].length)),
    [],
  )
  return cells
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat(widths[i]! - [...cell].length)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
