export const recogniserKinds = [
  'offline',
  'pocketsphinx',
  'moonshine',
  'none',
  'vosk',
  'watson',
  'deepgram',
  'openai',
] as const
export type RecogniserKind = (typeof recogniserKinds)[number]

/** What needs no server: one of the two, or both of them (`offline`). */
export type OfflineKind = 'offline' | 'pocketsphinx' | 'moonshine'

/** `url` of a server: `wss:` or `ws:` for those that stream, `https:` or `http:` for OpenAI's kind. */
export type RecogniserChoice =
  | { readonly kind: 'none' | OfflineKind }
  | { readonly kind: 'vosk'; readonly url: string }
  | { readonly kind: 'watson'; readonly url: string; readonly key?: string; readonly model?: string }
  | { readonly kind: 'deepgram'; readonly url?: string; readonly key: string; readonly model?: string }
  | { readonly kind: 'openai'; readonly url?: string; readonly key?: string; readonly model?: string }

export interface RecogniserParts {
  readonly kind: RecogniserKind
  readonly url: string | undefined
  readonly key: string | undefined
  readonly model: string | undefined
}

/** What of the parts is missing or too much, in words that follow the name of the part. */
export interface PartFault {
  readonly part: 'url' | 'key' | 'model'
  readonly sentence: string
}

/** Puts the parts together; a list of faults where they do not fit. */
export function recogniserChoice(parts: RecogniserParts): RecogniserChoice | readonly PartFault[] {
  const { kind, url, key, model } = parts
  const takes: Readonly<Record<RecogniserKind, readonly PartFault['part'][]>> = {
    none: [],
    offline: [],
    pocketsphinx: [],
    moonshine: [],
    vosk: ['url'],
    watson: ['url', 'key', 'model'],
    deepgram: ['url', 'key', 'model'],
    openai: ['url', 'key', 'model'],
  }
  const faults: PartFault[] = []
  for (const part of ['url', 'key', 'model'] as const) {
    if (parts[part] !== undefined && !takes[kind].includes(part))
      faults.push({ part, sentence: `means nothing to the recogniser ${kind}` })
  }
  const schemes = kind === 'openai' ? ['https:', 'http:'] : ['wss:', 'ws:']
  if (url !== undefined && takes[kind].includes('url') && !schemes.includes(new URL(url).protocol))
    faults.push({ part: 'url', sentence: `must begin with ${schemes.join('// or ')}// for ${kind}` })
  const needs = (part: 'url' | 'key', value: string | undefined): string => {
    if (value === undefined) faults.push({ part, sentence: `must be set for the recogniser ${kind}` })
    return value ?? ''
  }
  const choice = chosen()
  return faults.length > 0 ? faults : choice

  function chosen(): RecogniserChoice {
    const more = {
      ...(url === undefined ? {} : { url }),
      ...(key === undefined ? {} : { key }),
      ...(model === undefined ? {} : { model }),
    }
    switch (kind) {
      case 'none':
      case 'offline':
      case 'pocketsphinx':
      case 'moonshine':
        return { kind }
      case 'vosk':
        return { kind, url: needs('url', url) }
      case 'watson':
        return { ...more, kind, url: needs('url', url) }
      case 'deepgram':
        return { ...more, kind, key: needs('key', key) }
      case 'openai':
        return { ...more, kind }
    }
  }
}
