import { Attributes, daySeconds, type Findings, mostTimes } from '../attributes.ts'
import type { WebTarget } from '../web-target.ts'
import { elementsOf, textOf, type XmlElement } from '../xml.ts'
import { type Play, readPlay, readWait, type Wait } from './sound.ts'
import { readSpeak, type Speak } from './speak.ts'

/** What may be heard while keys are awaited. */
export type GatherPrompt = Speak | Play | Wait

export interface GetDigits {
  readonly element: 'GetDigits'
  readonly action: WebTarget | undefined
  /** Seconds to the first key. */
  readonly timeout: number
  /** Seconds between keys. */
  readonly digitTimeout: number
  /** '' for none. */
  readonly finishOnKey: string
  readonly numDigits: number
  /** How often the prompts are played in all. */
  readonly retries: number
  readonly redirect: boolean
  readonly playBeep: boolean
  readonly validDigits: string
  readonly invalidDigitsSound: WebTarget | undefined
  readonly log: boolean
  readonly prompts: readonly GatherPrompt[]
}

export interface GetInput {
  readonly element: 'GetInput'
  readonly action: WebTarget | undefined
  readonly inputs: ReadonlySet<'dtmf' | 'speech'>
  /** Seconds from the end of the prompts to the end of all input. */
  readonly executionTimeout: number
  /** Seconds. */
  readonly digitEndTimeout: number | 'auto'
  readonly speechEndTimeout: number | 'auto'
  readonly finishOnKey: string
  readonly numDigits: number
  /** Seconds to the first key or word; as `executionTimeout` where it is absent. */
  readonly startInputTimeout: number | undefined
  readonly retries: number
  readonly speechModel: 'default' | 'command_and_search' | 'phone_call'
  readonly hints: readonly string[]
  readonly language: string
  readonly interimResults: WebTarget | undefined
  readonly log: boolean
  readonly redirect: boolean
  readonly profanityFilter: boolean
  readonly prompts: readonly GatherPrompt[]
}

export function readGetDigits(element: XmlElement, findings: Findings): GetDigits {
  const attributes = new Attributes(element, findings)
  const read: GetDigits = {
    element: 'GetDigits',
    action: attributes.url('action', 'method'),
    timeout: attributes.integer('timeout', 5, { min: 1, most: daySeconds }),
    digitTimeout: attributes.integer('digitTimeout', 2, { min: 1, most: daySeconds }),
    finishOnKey: readFinishKey(attributes, '#'),
    numDigits: attributes.integer('numDigits', 99, { min: 1, max: 99 }),
    retries: attributes.integer('retries', 1, { min: 1, most: mostTimes }),
    redirect: attributes.flag('redirect', true),
    playBeep: attributes.flag('playBeep', false),
    validDigits: attributes.fitting('validDigits', /^[0-9*#]{1,12}$/, 'some of 0-9, * and #', '1234567890*#'),
    invalidDigitsSound: attributes.url('invalidDigitsSound'),
    log: attributes.flag('log', true),
    prompts: readPrompts(element, findings),
  }
  attributes.done()
  return read
}

export function readGetInput(element: XmlElement, findings: Findings): GetInput {
  const attributes = new Attributes(element, findings)
  const action = attributes.url('action', 'method')
  if (attributes.text('action') === undefined) {
    findings.fault(element, 'action is missing; it takes an absolute http or https URL.', 'action')
  }
  const read: GetInput = {
    element: 'GetInput',
    action,
    inputs: readInputs(attributes),
    executionTimeout: attributes.integer('executionTimeout', 15, { min: 5, max: 60 }),
    digitEndTimeout: readEndTimeout(attributes, 'digitEndTimeout'),
    speechEndTimeout: readEndTimeout(attributes, 'speechEndTimeout'),
    finishOnKey: readFinishKey(attributes, '#'),
    numDigits: attributes.integer('numDigits', 32, { min: 1, max: 32 }),
    startInputTimeout: attributes.integer('startInputTimeout', undefined, { min: 1, most: daySeconds }),
    retries: attributes.integer('retries', 1, { min: 1, most: mostTimes }),
    speechModel: attributes.choice('speechModel', ['default', 'command_and_search', 'phone_call'], 'default'),
    hints: readHints(attributes),
    language: attributes.fitting(
      'language',
      /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/,
      'a language such as en-US',
      'en-US',
    ),
    interimResults: attributes.url('interimSpeechResultsCallback', 'interimSpeechResultsCallbackMethod'),
    log: attributes.flag('log', true),
    redirect: attributes.flag('redirect', true),
    profanityFilter: attributes.flag('profanityFilter', false),
    prompts: readPrompts(element, findings),
  }
  attributes.done()
  return read
}

/** One key; blank or `none` for no such key. */
export function readFinishKey(attributes: Attributes, otherwise: string): string {
  const written = attributes.written('finishOnKey')?.trim()
  if (written === undefined) return otherwise
  if (written === '' || written.toLowerCase() === 'none') return ''
  if (/^[0-9*#]$/.test(written)) return written
  attributes.refuse('finishOnKey', written, 'one of 0-9, * and #, or none')
  return otherwise
}

function readInputs(attributes: Attributes): ReadonlySet<'dtmf' | 'speech'> {
  const written = attributes.text('inputType')
  const words = (written ?? 'dtmf').toLowerCase().split(/\s+/)
  const known = words.filter((word) => word === 'dtmf' || word === 'speech')
  if (written !== undefined && known.length < words.length) {
    attributes.refuse('inputType', written, 'dtmf, speech or both with a space between')
  }
  return new Set(known)
}

function readEndTimeout(attributes: Attributes, name: string): number | 'auto' {
  if (attributes.text(name)?.toLowerCase() === 'auto') return 'auto'
  return attributes.integer(name, undefined, { min: 2, max: 10 }) ?? 'auto'
}

function readHints(attributes: Attributes): readonly string[] {
  const written = attributes.text('hints') ?? ''
  const hints = written
    .split(',')
    .map((hint) => hint.trim())
    .filter((hint) => hint !== '')
  if (hints.length > 500 || written.length > 10_000 || hints.some((hint) => hint.length > 100)) {
    attributes.refuse(
      'hints',
      written,
      'at most 500 phrases of at most 100 characters, 10000 in all, with commas between',
    )
  }
  return hints
}

function readPrompts(element: XmlElement, findings: Findings): readonly GatherPrompt[] {
  if (textOf(element) !== '') findings.fault(element, 'it holds text; say it in a Speak element.')
  return elementsOf(element).flatMap((child): GatherPrompt[] => {
    switch (child.name) {
      case 'Speak':
        return [readSpeak(child, findings)]
      case 'Play': {
        const play = readPlay(child, findings)
        return play === undefined ? [] : [play]
      }
      case 'Wait':
        return [readWait(child, findings)]
      default:
        findings.fault(child, `it may not stand in ${element.name}, which takes Speak, Play and Wait.`)
        return []
    }
  })
}
