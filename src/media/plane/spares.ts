import type { MediaThread } from './main-stream.ts'

/** Sockets that are open in a thread, for a stream that has not begun. */
export interface Spare {
  readonly id: number
  readonly localPort: number
  readonly bind: string
  readonly thread: MediaThread
}

/** For each thread and address. Two calls at the same moment are rare; the next ones are there within milliseconds. */
const mostSpares = 2

/** Sockets that were opened ahead: who calls does not wait for the thread that opens them, and for the kernel. */
export class Spares {
  #ready: Spare[] = []
  readonly #making: (Pick<Spare, 'thread' | 'bind'> & { readonly made: Promise<void> })[] = []
  readonly #open: (thread: MediaThread, bind: string) => Promise<Spare | undefined>

  /** @param open `undefined` where none can be had now; never rejects */
  constructor(open: (thread: MediaThread, bind: string) => Promise<Spare | undefined>) {
    this.#open = open
  }

  get count(): number {
    return this.#ready.length
  }

  take(thread: MediaThread, bind: string): Spare | undefined {
    const at = this.#ready.findIndex((spare) => spare.thread === thread && spare.bind === bind)
    return at < 0 ? undefined : this.#ready.splice(at, 1)[0]
  }

  /** Opens one more where there is room for it. */
  async refill(thread: MediaThread, bind: string): Promise<void> {
    const same = (one: Pick<Spare, 'thread' | 'bind'>): boolean => one.thread === thread && one.bind === bind
    if (this.#ready.filter(same).length + this.#making.filter(same).length >= mostSpares) return
    const made = this.#open(thread, bind).then((spare) => {
      this.#making.splice(this.#making.indexOf(making), 1)
      if (spare) this.#ready.push(spare)
    })
    const making = { thread, bind, made }
    this.#making.push(making)
    await made
  }

  /** Resolves when none is in the making. */
  async settled(): Promise<void> {
    await Promise.all(this.#making.map(({ made }) => made))
  }

  /** @returns those that nobody can have from here on */
  giveUp(which: (spare: Spare) => boolean = () => true): readonly Spare[] {
    const given = this.#ready.filter(which)
    this.#ready = this.#ready.filter((spare) => !which(spare))
    return given
  }
}
