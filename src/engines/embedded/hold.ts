import type { PlayItem, Playing } from '../../media/plane.ts'
import type { HoldOptions } from '../../phone/call.ts'
import type { Prompt } from '../../phone/prompt.ts'
import type { BlockContext } from './block.ts'
import { holdMusic } from './hold-music.ts'

type HoldContext = Pick<BlockContext, 'leg' | 'alive' | 'note'>

/** Whether the other side of a call is on hold, and what it hears meanwhile. */
export class Hold {
  #music: Playing | undefined
  /** It was told so by its phone, and will be told the end. */
  #told = false

  get on(): boolean {
    return this.#music !== undefined
  }

  async begin(
    context: HoldContext,
    prepare: (prompt: Prompt) => Promise<readonly PlayItem[]>,
    { music = holdMusic, tell = false }: HoldOptions,
  ): Promise<void> {
    const items = await context.alive(prepare(music))
    const playing = context.leg.stream.play(items, { times: 0 })
    this.#music = playing
    // Its end is not waited for; a file that cannot be read leaves the other side in silence and is worth a line.
    playing.done.catch((error: unknown) => context.note('warning', `the music could not be played: ${String(error)}`))
    this.#told = tell
    if (tell) await tellHeld(context, 'sendonly')
    context.note('hold', 'the other side was put on hold')
  }

  async end(context: HoldContext): Promise<void> {
    this.stop()
    if (this.#told) await tellHeld(context, 'sendrecv')
    this.#told = false
    context.note('hold', 'the other side was taken off hold')
  }

  /** The music, without a word to anybody. */
  stop(): void {
    this.#music?.stop()
    this.#music = undefined
  }
}

/** A side that refuses to be told is held all the same. */
async function tellHeld({ leg, alive, note }: HoldContext, direction: 'sendonly' | 'sendrecv'): Promise<void> {
  const told = leg.session.reoffer({ direction }).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  const why = await alive(told)
  if (why !== undefined) note('warning', `the other side could not be told of the hold: ${why}`)
}
