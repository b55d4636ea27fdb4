import type { Player } from './player.ts'

export type PlayEnd = 'finished' | 'stopped' | 'closed'

/** What is played in one place of a media thread: one at a time, and the one that waits until that one has faded out. */
export class Prompting {
  readonly #ended: (play: number, end: PlayEnd) => void
  #player: Player | undefined
  #next: Player | undefined

  constructor(ended: (play: number, end: PlayEnd) => void) {
    this.#ended = ended
  }

  get busy(): boolean {
    return this.#player !== undefined
  }

  get mixes(): boolean {
    return this.#player?.mix === true
  }

  play(player: Player): void {
    if (!this.#player) {
      this.#player = player
      return
    }
    // The one that sounds now fades out first.
    if (this.#next) this.#ended(this.#next.id, 'stopped')
    this.#next = player
    this.#player.stop()
  }

  /** @param heard someone hears it: it fades out, else it ends at once */
  stop(id: number, heard: boolean): void {
    if (this.#next?.id === id) {
      this.#ended(id, 'stopped')
      this.#next = undefined
    } else if (this.#player?.id === id) {
      this.#player.stop()
      if (!heard) this.#end('stopped')
    }
  }

  /** Writes the next FRAME octets of µ-law; to be called while `busy`. */
  fill(out: Uint8Array, at: number): void {
    const player = this.#player
    if (player && !player.fill(out, at)) this.#end(player.stopping ? 'stopped' : 'finished')
  }

  close(): void {
    this.#end('closed')
    this.#end('closed')
  }

  #end(end: PlayEnd): void {
    const player = this.#player
    if (!player) return
    this.#player = this.#next
    this.#next = undefined
    this.#ended(player.id, end)
  }
}
