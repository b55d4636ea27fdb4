/** What a caller is made to hear. Rates and voices that an engine does not have are refused before a call, not in it. */
export type Prompt =
  | {
      readonly kind: 'text'
      readonly text: string
      readonly voice?: string
      readonly language?: string
      readonly rate?: number
    }
  | { readonly kind: 'file'; readonly path: string }
  /** WAV or MP3, http or https; fetched by the `Fetcher` of the engine. */
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'tone'; readonly tone: ToneName; readonly ms?: number }
  | { readonly kind: 'silence'; readonly ms: number }
  | { readonly kind: 'sequence'; readonly items: readonly Prompt[] }

/** Fetches a WAV or MP3 and gives the path of the same as WAV, 16 bit, 8 kHz, mono. Rejects with a `Problem` that says why it cannot be had. */
export type Fetcher = (url: string) => Promise<string>

export type ToneName = 'beep' | 'ringback' | 'busy' | 'congestion' | 'dial'

export const say = (text: string): Prompt => ({ kind: 'text', text })
export const tone = (name: ToneName, ms?: number): Prompt => ({
  kind: 'tone',
  tone: name,
  ...(ms === undefined ? {} : { ms }),
})
export const sequence = (...items: Prompt[]): Prompt => ({ kind: 'sequence', items })
