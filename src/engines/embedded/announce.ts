import type { Announcement, AnnounceOptions } from '../../phone/call.ts'
import { describePrompt, type Prompt } from '../../phone/prompt.ts'
import type { BlockContext } from './block.ts'

/** Plays beside whatever block runs, and over what that block plays. */
export async function announce(
  context: Pick<BlockContext, 'leg' | 'note' | 'alive' | 'prepare'>,
  prompt: Prompt,
  { times = 1, mix = false }: AnnounceOptions = {},
): Promise<Announcement> {
  const items = await context.alive(context.prepare(prompt))
  context.note('play', `${describePrompt(prompt)}, ${mix ? 'mixed with' : 'over'} the rest`)
  const playing = context.leg.stream.playOver(items, { times, mix })
  const done = playing.done.then(() => {})
  // Whoever does not wait has a file that cannot be read in the log of the media plane.
  done.catch(() => {})
  return { done, stop: () => playing.stop() }
}
