import type { NegotiatedMedia } from '../../sip/sdp/media.ts'
import { takesTelephoneEvent } from './event.ts'
import type { Fields } from './fields.ts'

/** A caller may write thousands; they are kept for the whole call. */
const mostHeaders = 32
const longestValue = 256

/** What a channel that came in says of its call. */
export interface ChannelStory {
  readonly caller: { readonly number: string; readonly name: string }
  readonly called: string
  /** Name of the trunk, where the dialplan says so. */
  readonly trunk: string
  /** Whose call was sent on to us; ''. */
  readonly divertedFrom: string
  readonly headers: Readonly<Record<string, string>>
  /** What it speaks, so that FreeSWITCH has nothing to translate. */
  readonly codec: NegotiatedMedia['codec']
  readonly telephoneEvent: boolean
}

/** @param fields decoded */
export function storyOf(fields: Fields): ChannelStory {
  const say = (...names: readonly string[]): string => {
    for (const name of names) {
      const value = fields.get(name)
      if (value !== undefined && value !== '') return clean(value)
    }
    return ''
  }
  return {
    caller: { number: say('Caller-Caller-ID-Number'), name: say('Caller-Caller-ID-Name') },
    called: say('variable_offhook_called', 'Caller-Destination-Number'),
    trunk: say('variable_offhook_trunk'),
    divertedFrom: say('Caller-RDNIS'),
    headers: headersOf(fields),
    codec: codecOf(fields),
    telephoneEvent: takesTelephoneEvent(fields) ?? true,
  }
}

function codecOf(fields: Fields): NegotiatedMedia['codec'] {
  const agreed = fields.get('Channel-Read-Codec-Name')
  if (agreed !== undefined) return agreed === 'PCMA' ? 'PCMA' : 'PCMU'
  // Not agreed yet: as the caller likes it best.
  const [, formats = ''] =
    /^m=audio [0-9]+ RTP\/S?AVPF? ([0-9 ]+)/m.exec(fields.get('variable_switch_r_sdp') ?? '') ?? []
  return formats.split(' ').find((format) => format === '0' || format === '8') === '8' ? 'PCMA' : 'PCMU'
}

function headersOf(fields: Fields): Readonly<Record<string, string>> {
  const found = new Map<string, readonly [string, string]>()
  for (const { name, value } of fields.entries()) {
    const [, header] = /^variable_sip_h_(X-[A-Za-z0-9-]{1,62})$/i.exec(name) ?? []
    if (header !== undefined && found.size < mostHeaders)
      found.set(header.toLowerCase(), [header, clean(value).slice(0, longestValue)])
  }
  return Object.fromEntries(found.values())
}

const clean = (value: string): string => value.replace(/\p{Cc}+/gu, ' ').trim()
