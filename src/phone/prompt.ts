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
  | { readonly kind: 'tone'; readonly tone: ToneName; readonly ms?: number }
  | { readonly kind: 'silence'; readonly ms: number }
  | { readonly kind: 'sequence'; readonly items: readonly Prompt[] }

export type ToneName = 'beep' | 'ringback' | 'busy' | 'congestion' | 'dial'

export const say = (text: string): Prompt => ({ kind: 'text', text })
export const tone = (name: ToneName, ms?: number): Prompt => ({
  kind: 'tone',
  tone: name,
  ...(ms === undefined ? {} : { ms }),
})
export const sequence = (...items: Prompt[]): Prompt => ({ kind: 'sequence', items })
