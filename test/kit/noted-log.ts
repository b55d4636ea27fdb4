import type { Logger } from '../../src/base/log.ts'

interface Noted {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: Readonly<Record<string, unknown>>
  readonly text: string
}

/** A log that keeps what was said, for tests that look at it. */
export class NotedLog implements Logger {
  readonly lines: Noted[] = []
  readonly #watchers = new Set<() => void>()

  debug(fields: object, text: string): void {
    this.#note({ level: 'debug', fields: { ...fields }, text })
  }

  info(fields: object, text: string): void {
    this.#note({ level: 'info', fields: { ...fields }, text })
  }

  warn(fields: object, text: string): void {
    this.#note({ level: 'warn', fields: { ...fields }, text })
  }

  error(fields: object, text: string): void {
    this.#note({ level: 'error', fields: { ...fields }, text })
  }

  child(): Logger {
    return this
  }

  /** The first line that was said, or is, and fits. */
  said(fits: (line: Noted) => boolean, ms = 10_000): Promise<Noted> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const line = this.lines.find(fits)
        if (line === undefined) return
        clearTimeout(timer)
        this.#watchers.delete(look)
        resolve(line)
      }
      const timer = setTimeout(() => {
        this.#watchers.delete(look)
        reject(new Error(`It was not said within ${ms} ms; what was: ${JSON.stringify(this.lines)}`))
      }, ms)
      this.#watchers.add(look)
      look()
    })
  }

  #note(line: Noted): void {
    this.lines.push(line)
    for (const look of [...this.#watchers]) look()
  }
}
