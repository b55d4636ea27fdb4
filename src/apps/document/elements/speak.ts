import { Attributes, type Findings, mostTimes } from '../attributes.ts'
import type { XmlElement } from '../xml.ts'

/** One stretch of what is said. */
export type SpokenPart =
  | { readonly kind: 'text'; readonly text: string; readonly language: string }
  | { readonly kind: 'pause'; readonly ms: number }

export interface Speak {
  readonly element: 'Speak'
  readonly voice: string
  readonly language: string
  /** 0 repeats without end. */
  readonly loop: number
  readonly parts: readonly SpokenPart[]
}

export const spokenLanguages = [
  'da-DK',
  'nl-NL',
  'en-AU',
  'en-GB',
  'en-US',
  'fr-FR',
  'fr-CA',
  'de-DE',
  'it-IT',
  'pl-PL',
  'pt-PT',
  'pt-BR',
  'ru-RU',
  'es-ES',
  'es-US',
  'sv-SE',
] as const

const ssml = new Set(['break', 'emphasis', 'lang', 'p', 'phoneme', 'prosody', 's', 'say-as', 'sub', 'w'])
const anyLanguage = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/

export function readSpeak(element: XmlElement, findings: Findings): Speak {
  const attributes = new Attributes(element, findings)
  const voice = readVoice(attributes)
  const language = voice.startsWith('Polly.')
    ? attributes.fitting('language', anyLanguage, 'a language such as en-US', 'en-US')
    : attributes.choice('language', spokenLanguages, 'en-US')
  const loop = attributes.integer('loop', 1, { min: 0, most: mostTimes })
  attributes.done()
  return { element: 'Speak', voice, language, loop, parts: joinTexts(partsOf(element, language, findings)) }
}

export function readVoice(attributes: Attributes): string {
  const voice = attributes.fitting(
    'voice',
    /^(?:WOMAN|MAN|Polly\.[A-Za-z][A-Za-z-]{0,40})$/i,
    'WOMAN, MAN or Polly.<name>',
    'WOMAN',
  )
  return /^polly\./i.test(voice) ? `Polly.${voice.slice(6)}` : voice.toUpperCase()
}

/** SSML is heard as far as a telephone voice can: pauses, languages and aliases; what changes the colour only is spoken plainly. */
function partsOf(element: XmlElement, language: string, findings: Findings): SpokenPart[] {
  return element.children.flatMap((child): SpokenPart[] => {
    if (typeof child === 'string') return [{ kind: 'text', text: child, language }]
    if (!ssml.has(child.name)) {
      findings.fault(child, `it may not stand in Speak, which takes text and ${[...ssml].join(', ')}.`)
      return []
    }
    const attributes = new Attributes(child, findings)
    switch (child.name) {
      case 'break':
        return [{ kind: 'pause', ms: breakMs(attributes) }]
      case 'lang': {
        const own = attributes.fitting('xml:lang', anyLanguage, 'a language such as en-US', language)
        return partsOf(child, own, findings)
      }
      case 'sub': {
        const alias = attributes.text('alias')
        return alias === undefined ? partsOf(child, language, findings) : [{ kind: 'text', text: alias, language }]
      }
      case 'say-as':
        return sayAs(child, attributes, language)
      case 'p':
      case 's':
        return [...partsOf(child, language, findings), { kind: 'pause', ms: child.name === 'p' ? 700 : 400 }]
      default:
        return partsOf(child, language, findings)
    }
  })
}

const strengths = { none: 0, 'x-weak': 100, weak: 200, medium: 400, strong: 700, 'x-strong': 1200 } as const

function breakMs(attributes: Attributes): number {
  const time = attributes.fitting(
    'time',
    /^\d{1,5}(?:\.\d+)?m?s$/,
    'a time such as 500ms or 2s, at most 10s',
    undefined,
  )
  const strength = attributes.choice('strength', Object.keys(strengths) as (keyof typeof strengths)[], 'medium')
  if (time === undefined) return strengths[strength]
  const ms = Math.round(Number.parseFloat(time) * (time.endsWith('ms') ? 1 : 1000))
  if (ms <= 10_000) return ms
  attributes.refuse('time', time, 'a time such as 500ms or 2s, at most 10s')
  return 0
}

/** Digits and letters one by one; the other ways of saying are those of the voice itself. */
function sayAs(element: XmlElement, attributes: Attributes, language: string): SpokenPart[] {
  const how = attributes.text('interpret-as')
  const text = allText(element)
  const apart = how === 'characters' || how === 'spell-out' || how === 'digits' || how === 'telephone'
  return [{ kind: 'text', text: apart ? [...text.replace(/\s/g, '')].join(' ') : text, language }]
}

const allText = (element: XmlElement): string =>
  element.children.map((child) => (typeof child === 'string' ? child : allText(child))).join('')

function joinTexts(parts: readonly SpokenPart[]): SpokenPart[] {
  const joined: SpokenPart[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (part.kind === 'text' && last?.kind === 'text' && last.language === part.language) {
      joined[joined.length - 1] = { ...last, text: last.text + part.text }
    } else joined.push(part)
  }
  return joined
    .map((part) => (part.kind === 'text' ? { ...part, text: part.text.replace(/\s+/g, ' ').trim() } : part))
    .filter((part) => (part.kind === 'text' ? part.text !== '' : part.ms > 0))
}
