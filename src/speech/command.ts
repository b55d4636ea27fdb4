import { execFile } from 'node:child_process'
import { SpeechError } from './synthesizer.ts'

export interface CommandOptions {
  readonly signal?: AbortSignal
  /** Written to the program's standard input, which is then closed. */
  readonly input?: string
  readonly timeoutMs: number
}

/** Runs a program, never through a shell. Resolves with its standard output; `undefined` where there is no such program. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      {
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: 4 * 1024 * 1024,
        encoding: 'utf8',
        // A fixed locale: the listings are read by column.
        env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', LC_ALL: 'C.UTF-8' },
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout)
        if (options.signal?.aborted === true) return reject(options.signal.reason)
        if ('code' in error && error.code === 'ENOENT') return resolve(undefined)
        const said = stderr.trim().split('\n')[0] ?? ''
        const why =
          error.killed === true
            ? `took longer than ${options.timeoutMs / 1000} seconds`
            : `failed: ${said || error.message}`
        reject(new SpeechError('engine_failed', `${program} ${why}`, error))
      },
    )
    // The program may end before it has read everything; its exit code tells what happened.
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input ?? '')
  })
}
