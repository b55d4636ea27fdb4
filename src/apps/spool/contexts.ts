/** What a place of the dialplan leads to here. `site`: the extension is dialed as somebody of the site would dial it. */
export type ContextUse =
  | { readonly kind: 'site' }
  /** By id or name. */
  | { readonly kind: 'menu' | 'flow' | 'forward' | 'voicemail'; readonly name: string }

/** Keys: `context`, or `context/extension` for one extension of it. */
export type Contexts = ReadonlyMap<string, ContextUse>

const wants = 'contexts joined by commas, such as internal=site,survey=menu:Survey,support/100=flow:Support'

/** `internal=site,survey=menu:Survey,support/100=flow:Support`. */
export function readContexts(text: string): Contexts | { readonly wants: string } {
  const contexts = new Map<string, ContextUse>()
  for (const part of text.split(',')) {
    const [, place, use] = /^\s*([^\s=,/]+(?:\/[^\s=,/]+)?)\s*=\s*(.+?)\s*$/.exec(part) ?? []
    const known = use === undefined ? undefined : readUse(use)
    if (place === undefined || known === undefined || contexts.has(place.toLowerCase())) return { wants }
    contexts.set(place.toLowerCase(), known)
  }
  return contexts
}

function readUse(text: string): ContextUse | undefined {
  if (text === 'site') return { kind: 'site' }
  const [, kind, name] = /^(menu|flow|forward|voicemail):(.+)$/.exec(text) ?? []
  if (name === undefined) return undefined
  return { kind: kind as 'menu' | 'flow' | 'forward' | 'voicemail', name }
}

/** The entry for the extension itself wins over that of its context. */
export const useOf = (contexts: Contexts, context: string, extension: string): ContextUse | undefined =>
  contexts.get(`${context}/${extension}`.toLowerCase()) ?? contexts.get(context.toLowerCase())
