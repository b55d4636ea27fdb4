import { Attributes, daySeconds, type Findings, mostTimes } from '../attributes.ts'
import { quoted } from '../fault.ts'
import { readWebTarget, type WebTarget } from '../web-target.ts'
import { textOf, type XmlElement } from '../xml.ts'

export interface Play {
  readonly element: 'Play'
  readonly source: WebTarget
  /** 0 repeats without end. */
  readonly loop: number
}

/** What a voicemail's beep looks like; times in milliseconds. */
export interface BeepRule {
  readonly duration: number
  readonly interSilence: number
  readonly intraSilence: number
  readonly threshold: number
}

export interface Wait {
  readonly element: 'Wait'
  readonly seconds: number
  /** Ends early on `minSilenceMs` of silence. */
  readonly silence: boolean
  readonly minSilenceMs: number
  /** Ends early on the beep of a voicemail. */
  readonly beep: BeepRule | undefined
}

export interface Dtmf {
  readonly element: 'DTMF'
  /** `0-9*#`; `w` waits half a second, `W` a whole one. */
  readonly digits: string
  /** Whether the next element begins at once. */
  readonly async: boolean
}

export function readPlay(element: XmlElement, findings: Findings): Play | undefined {
  const attributes = new Attributes(element, findings)
  const loop = attributes.integer('loop', 1, { min: 0, most: mostTimes })
  attributes.done()
  const source = readBodyUrl(element, findings, 'GET')
  return source === undefined ? undefined : { element: 'Play', source, loop }
}

export function readBodyUrl(element: XmlElement, findings: Findings, method: 'GET' | 'POST'): WebTarget | undefined {
  const text = textOf(element)
  if (text === '') {
    findings.fault(element, 'it is empty, but holds an absolute http or https URL.')
    return undefined
  }
  const target = readWebTarget(text, method)
  if (typeof target !== 'string') return target
  findings.fault(element, `it holds ${quoted(text)}, but takes ${target}.`)
  return undefined
}

const defaultBeep: BeepRule = { duration: 300, interSilence: 50, intraSilence: 500, threshold: 256 }
const beepFields = new Map<string, keyof BeepRule>([
  ['duration', 'duration'],
  ['inter_silence', 'interSilence'],
  ['intra_silence', 'intraSilence'],
  ['threshold', 'threshold'],
])

export function readWait(element: XmlElement, findings: Findings): Wait {
  const attributes = new Attributes(element, findings)
  const wait: Wait = {
    element: 'Wait',
    seconds: attributes.seconds('length', 1),
    silence: attributes.flag('silence', false),
    minSilenceMs: attributes.integer('minSilence', 2000, { min: 1, most: daySeconds * 1000 }),
    beep: readBeep(attributes),
  }
  attributes.done()
  return wait
}

function readBeep(attributes: Attributes): BeepRule | undefined {
  const text = attributes.text('beep')
  if (text === undefined || text.toLowerCase() === 'false') return undefined
  if (text.toLowerCase() === 'true') return defaultBeep
  let rule = defaultBeep
  for (const part of text.split(',')) {
    const [, name, value] = /^\s*(\w+)\s*=\s*(\d{1,6})\s*$/.exec(part) ?? []
    const field = beepFields.get(name ?? '')
    if (field === undefined) {
      attributes.refuse('beep', text, `true, false or a list of ${[...beepFields.keys()].join('=, ')}=`)
      return undefined
    }
    rule = { ...rule, [field]: Number(value) }
  }
  return rule
}

export function readDtmf(element: XmlElement, findings: Findings): Dtmf {
  const attributes = new Attributes(element, findings)
  const async = attributes.flag('async', true)
  attributes.done()
  const digits = textOf(element)
  if (!/^[0-9*#wW]{1,100}$/.test(digits)) {
    findings.fault(element, `it holds ${quoted(digits)}, but takes 1 to 100 of 0-9, *, #, w and W.`)
  }
  return { element: 'DTMF', digits, async }
}
