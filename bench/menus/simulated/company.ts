import type { Menu, MenuAction, MenuPrompt } from '../../../src/menu/model.ts'
import { beginWalk, type WalkEvent, type WalkStep, walk } from '../../../src/menu/walk.ts'

export const FRAME = 160
const FRAME_MS = 20
const silence = new Int16Array(FRAME)

/** What a company says on one call. */
export interface Said {
  /** A prompt or message in the voice of the menu. */
  text(text: string): Int16Array
  /** From the first ring to the hello of who picks up. */
  readonly person: Int16Array
  /** Greeting and beep. */
  readonly mailbox: Int16Array
}

/** A menu as the service serves it, frame by frame. */
export class Company {
  readonly #menu: Menu
  readonly #said: Said
  #step: WalkStep
  #audio: Int16Array = silence
  #at = 0
  /** Frames without a key behind the prompt, until somebody gives up on it. */
  #waits: number | undefined
  #next: WalkEvent | 'hangup' | undefined
  #over = false
  /** What began to be said last. */
  saying = ''

  constructor(menu: Menu, said: Said) {
    this.#menu = menu
    this.#said = said
    this.#step = beginWalk(menu)
    this.#carryOut()
  }

  /** It hung up. */
  get over(): boolean {
    return this.#over
  }

  /** The next 20 ms. */
  frame(): Int16Array {
    if (this.#at < this.#audio.length) {
      const piece = this.#audio.subarray(this.#at, this.#at + FRAME)
      this.#at += FRAME
      if (piece.length === FRAME) return piece
      const last = new Int16Array(FRAME)
      last.set(piece)
      return last
    }
    if (this.#waits !== undefined && --this.#waits <= 0) this.#happens({ kind: 'silence' })
    else if (this.#next !== undefined) {
      const next = this.#next
      this.#next = undefined
      if (next === 'hangup') this.#over = true
      else this.#happens(next)
    }
    return silence
  }

  key(key: string): void {
    const { effect } = this.#step
    if (effect.kind !== 'listen' || this.#over) return
    if (this.#at < this.#audio.length && !effect.bargeIn) return
    this.#happens({ kind: 'key', key })
  }

  #happens(event: WalkEvent): void {
    this.#step = walk(this.#menu, this.#step, event)
    this.#carryOut()
  }

  #carryOut(): void {
    const { effect } = this.#step
    ;[this.#waits, this.#next] = [undefined, undefined]
    switch (effect.kind) {
      case 'listen':
        this.#say(effect.say.map((prompt) => this.#spoken(prompt)))
        this.#waits = (effect.seconds * 1000) / FRAME_MS
        return
      case 'act':
        this.#say(this.#acting(effect.action))
        return
      case 'extension':
      case 'hangup':
        this.#say([])
        this.#next = 'hangup'
    }
  }

  #acting(action: MenuAction): readonly Int16Array[] {
    const own = 'say' in action && action.say !== undefined ? [this.#spoken(action.say)] : []
    switch (action.kind) {
      case 'dial':
        return [...own, this.#said.person]
      case 'voicemail':
        return [this.#said.mailbox]
      default:
        this.#next = { kind: 'acted' }
        return own
    }
  }

  #say(pieces: readonly Int16Array[]): void {
    const all = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const piece of pieces) {
      all.set(piece, at)
      at += piece.length
    }
    ;[this.#audio, this.#at] = [all, 0]
  }

  #spoken(prompt: MenuPrompt): Int16Array {
    if (typeof prompt !== 'string') throw new Error('Prompts of generated menus are texts.')
    return this.#said.text(prompt)
  }
}
