import { type FSWatcher, readFileSync, watch, writeFileSync } from 'node:fs'
import type { Scope } from '../../src/base/scope.ts'
import { lastWords } from './program.ts'

/** A file that a program writes while a test reads it. */
export interface GrowingFile {
  readonly path: string
  text(): string
  bytes(): Buffer
  /** Called after every change. */
  changed(look: () => void): () => void
  /** The first match in its text. @throws Error after `timeoutMs`, with the end of the file */
  wrote(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray>
}

/** The file is made empty, so that it can be watched before the program opens it. */
export function growingFile(path: string, scope: Scope): GrowingFile {
  writeFileSync(path, '')
  const looks = new Set<() => void>()
  const watcher: FSWatcher = watch(path, () => {
    for (const look of [...looks]) look()
  })
  scope.add(`watch ${path}`, () => watcher.close())
  const text = (): string => {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      // For a moment, while the program puts a new file in its place.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
      throw error
    }
  }
  const changed = (look: () => void): (() => void) => {
    looks.add(look)
    return () => looks.delete(look)
  }
  return {
    path,
    text,
    bytes: () => readFileSync(path),
    changed,
    wrote: (pattern, timeoutMs) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          clearTimeout(timer)
          forget()
        }
        const look = (): void => {
          const match = pattern.exec(text())
          if (match === null) return
          stop()
          resolve(match)
        }
        const timer = setTimeout(() => {
          stop()
          reject(new Error(`${path} got no ${pattern} within ${timeoutMs} ms. It ends with:\n${lastWords(text())}`))
        }, timeoutMs)
        const forget = changed(look)
        look()
      }),
  }
}
