import { MediaError, type PlayItem } from '../plane.ts'
import { isToneName, renderTone } from '../tone/tone.ts'
import type { FileThread } from './file-thread.ts'
import type { Clip } from './player.ts'

const DAY_MS = 86_400_000

/** @throws MediaError `bad-play` naming the field */
export function checkItems(items: readonly PlayItem[], times: number): void {
  const bad = (why: string): MediaError => new MediaError('bad-play', why)
  if (!Number.isInteger(times) || times < 0) throw bad(`times: ${times} is not a whole number from 0`)
  items.forEach((item, i) => {
    if (item.kind === 'tone' && !isToneName(item.tone))
      throw bad(`items[${i}].tone: no tone ${JSON.stringify(item.tone)}`)
    if (item.kind === 'wav') return
    const { ms } = item
    if (ms !== undefined && !(ms >= 0 && ms <= DAY_MS)) throw bad(`items[${i}].ms: ${ms} is not within 0-${DAY_MS}`)
  })
}

export async function clipOf(item: PlayItem, files: FileThread): Promise<Clip> {
  switch (item.kind) {
    case 'wav': {
      const { data, progress } = await files.load(item.path)
      return { data, progress, samples: data.length }
    }
    case 'tone': {
      const { data, repeats } = renderTone(item.tone, item.ms)
      const asLongAsMs = item.ms === undefined ? -1 : Math.round(item.ms * 8)
      return { data, samples: repeats ? asLongAsMs : data.length }
    }
    case 'silence':
      return { samples: Math.round(item.ms * 8) }
  }
}
