import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process of its own that answers one question at a time, so that what it costs is counted alone. */
export class Child<Ask, Answer> {
  readonly #process: ChildProcess

  /** @param file module that calls `answerParent` */
  constructor(file: URL, execArgv: readonly string[] = [], env: NodeJS.ProcessEnv = process.env) {
    this.#process = fork(fileURLToPath(file), { execArgv: [...execArgv], env })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** @throws Error with what the child said, or that it ended */
  async ask<A extends Answer>(question: Ask): Promise<A> {
    const child = this.#process
    if (!child.connected) throw new Error(`the process ${this.pid} of the benchmark has ended`)
    const stop = new AbortController()
    const { signal } = stop
    try {
      const answered = once(child, 'message', { signal })
      const ended = once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`the process ${this.pid} of the benchmark ended with status ${code}`)
      })
      child.send(question as object)
      const [reply] = (await Promise.race([answered, ended])) as [{ fault: string } | { answer: A }]
      if ('fault' in reply) throw new Error(reply.fault)
      return reply.answer
    } finally {
      stop.abort()
    }
  }

  /** Resolves when it has closed everything and is gone. */
  async end(): Promise<void> {
    const child = this.#process
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    if (child.connected) child.disconnect()
    const insist = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await gone
    clearTimeout(insist)
  }
}

/** The child's side: answers until the parent is gone, then closes. */
export function answerParent<Ask>(answer: (question: Ask) => Promise<unknown>, close: () => Promise<void>): void {
  process.on('message', (question: Ask) => {
    answer(question).then(
      (value) => process.send?.({ answer: value }),
      (error: unknown) =>
        process.send?.({ fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
  process.on('disconnect', () => {
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  // The parent, which gets the same interrupt, ends us in order.
  process.on('SIGINT', () => {})
}
