import type { NegotiatedMedia } from '../../sip/sdp/media.ts'
import type { Channel } from './event.ts'
import type { AriRest } from './rest.ts'
import { readVariable } from './variable.ts'

/** A caller may write thousands; they are kept for the whole call. */
const mostHeaders = 32
const longestValue = 256

/** What the caller's side said beside its number, as far as Asterisk tells. */
export interface ChannelStory {
  /** Whose call was sent on to us; ''. */
  readonly divertedFrom: string
  readonly headers: Readonly<Record<string, string>>
  /** What it speaks, so that Asterisk has nothing to translate. */
  readonly codec: NegotiatedMedia['codec']
}

export async function storyOf(rest: AriRest, { id, name }: Channel): Promise<ChannelStory> {
  const read = (variable: string): Promise<string | undefined> => readVariable(rest, id, variable)
  const [format = '', divertedFrom = '', headers] = await Promise.all([
    read('CHANNEL(audionativeformat)'),
    read('REDIRECTING(from-num)'),
    name.startsWith('PJSIP/') ? headersOf(read) : {},
  ])
  return { divertedFrom, headers, codec: /alaw/.test(format) && !/ulaw/.test(format) ? 'PCMA' : 'PCMU' }
}

async function headersOf(
  read: (variable: string) => Promise<string | undefined>,
): Promise<Readonly<Record<string, string>>> {
  const names = ((await read('PJSIP_HEADERS(X-)')) ?? '')
    .split(',')
    .filter((name) => /^X-[A-Za-z0-9-]{1,62}$/i.test(name))
  const first = [...new Map(names.map((name) => [name.toLowerCase(), name])).values()].slice(0, mostHeaders)
  const entries = await Promise.all(
    first.map(async (name) => {
      const value = (await read(`PJSIP_HEADER(read,${name})`)) ?? ''
      return [
        name,
        value
          .replace(/\p{Cc}+/gu, ' ')
          .trim()
          .slice(0, longestValue),
      ] as const
    }),
  )
  return Object.fromEntries(entries)
}
