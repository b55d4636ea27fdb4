import { type ChildProcess, spawn } from 'node:child_process'
import type { Scope } from '../../src/base/scope.ts'

export interface ProgramOptions {
  /** Ends the program when it closes. */
  readonly scope: Scope
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** What ends it; SIGKILL follows when it is still there `graceMs` later. */
  readonly endSignal?: NodeJS.Signals
  readonly graceMs?: number
}

/** A foreign program that a test started, without a shell. */
export interface Program {
  readonly pid: number
  /** Resolves once, also when the program could not be started; `code` is absent when a signal ended it. */
  readonly exited: Promise<ProgramExit>
  /** All that it wrote so far, both streams as they came. */
  output(): string
  /** The first match in what it wrote from `from` on (default 0). @throws Error with its last words when it ends or time is up first */
  wrote(pattern: RegExp, timeoutMs: number, from?: number): Promise<RegExpExecArray>
  /** Asks it to end, insists after a while. */
  end(): Promise<ProgramExit>
  kill(signal: NodeJS.Signals): void
}

export interface ProgramExit {
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
}

/** The last words of a program, for messages of failed tests. */
export const lastWords = (text: string, characters = 4000): string =>
  text.length > characters ? `…${text.slice(-characters)}` : text

export function startProgram(name: string, args: readonly string[], options: ProgramOptions): Program {
  const child: ChildProcess = spawn(name, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let written = ''
  const watchers = new Set<() => void>()
  const take = (chunk: string): void => {
    written += chunk
    for (const look of [...watchers]) look()
  }
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', take)

  let ended = false
  const exited = new Promise<ProgramExit>((resolve) => {
    child.once('error', (error) => {
      take(`${name} could not be started: ${error.message}`)
      if (child.pid === undefined) resolve({ code: undefined, signal: undefined })
    })
    // `close` comes after the last output; `exit` may come before it.
    child.once('close', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }))
  }).then((exit) => {
    ended = true
    forget()
    for (const look of [...watchers]) look()
    return exit
  })

  const end = async (): Promise<ProgramExit> => {
    if (!ended) {
      child.kill(options.endSignal ?? 'SIGTERM')
      const insist = setTimeout(() => child.kill('SIGKILL'), options.graceMs ?? 5000)
      await exited
      clearTimeout(insist)
    }
    return exited
  }
  const forget = options.scope.add(`${name} ${child.pid}`, async () => {
    await end()
  })

  return {
    pid: child.pid ?? -1,
    exited,
    output: () => written,
    end,
    kill: (signal) => {
      child.kill(signal)
    },
    wrote: (pattern, timeoutMs, from = 0) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          clearTimeout(timer)
          watchers.delete(look)
        }
        const look = (): void => {
          const match = pattern.exec(written.slice(from))
          if (match !== null) {
            stop()
            resolve(match)
          } else if (ended) {
            stop()
            reject(new Error(`${name} ended before it wrote ${pattern}. Its last words:\n${lastWords(written)}`))
          }
        }
        const timer = setTimeout(() => {
          stop()
          reject(
            new Error(
              `${name} did not write ${pattern} within ${timeoutMs} ms. Its last words:\n${lastWords(written)}`,
            ),
          )
        }, timeoutMs)
        watchers.add(look)
        look()
      }),
  }
}
