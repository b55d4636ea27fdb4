import { Attributes, Findings } from './attributes.ts'
import { type Conference, readConference } from './elements/conference.ts'
import { type Hangup, type Message, type Redirect, readHangup, readMessage, readRedirect } from './elements/control.ts'
import { type Dial, readDial } from './elements/dial.ts'
import { type GetDigits, type GetInput, readGetDigits, readGetInput } from './elements/gather.ts'
import { type Record, readRecord } from './elements/record.ts'
import { type Dtmf, type Play, readDtmf, readPlay, readWait, type Wait } from './elements/sound.ts'
import { readSpeak, type Speak } from './elements/speak.ts'
import { InvalidDocument, quoted } from './fault.ts'
import { elementsOf, readXml, textOf, type XmlElement } from './xml.ts'

/** Runs its children before the call is answered. */
export interface PreAnswer {
  readonly element: 'PreAnswer'
  readonly children: readonly EarlyElement[]
}

export type EarlyElement = Speak | Play | Wait | GetDigits | GetInput | Redirect | Message | Dtmf

export type DocumentElement = EarlyElement | PreAnswer | Hangup | Record | Dial | Conference

/** What a call is to do, from top to bottom; at the end it is hung up. */
export interface CallDocument {
  readonly elements: readonly DocumentElement[]
  /** Sentences about what was tolerated and means nothing. */
  readonly notes: readonly string[]
}

/** Elements of the dialect that need a product of its cloud. */
const notOffered = new Set(['Stream', 'MultiPartyCall'])

/**
 * Reads a whole document; one fault anywhere and none of it is run.
 * @param text XML of at most 100 KB with the root `Response`
 * @throws InvalidDocument with all faults that were found
 */
export function readDocument(text: string): CallDocument {
  const root = readXml(text)
  const findings = new Findings()
  if (root.name !== 'Response') {
    findings.fault(root, `the root of a document is Response, not ${quoted(root.name)}.`)
    throw new InvalidDocument(findings.faults)
  }
  new Attributes(root, findings).done()
  const stray = textOf(root)
  if (stray !== '') findings.fault(root, `it holds the text ${quoted(stray)}; say it in a Speak element.`)
  const elements = elementsOf(root).flatMap((child) => list(readElement(child, findings)))
  if (findings.faults.length > 0) throw new InvalidDocument(findings.faults)
  return { elements, notes: findings.notes }
}

const list = <T>(element: T | undefined): readonly T[] => (element === undefined ? [] : [element])

function readElement(element: XmlElement, findings: Findings): DocumentElement | undefined {
  switch (element.name) {
    case 'PreAnswer':
      return readPreAnswer(element, findings)
    case 'Hangup':
      return readHangup(element, findings)
    case 'Record':
      return readRecord(element, findings)
    case 'Dial':
      return readDial(element, findings)
    case 'Conference':
      return readConference(element, findings)
    default:
      return readEarly(element, findings, 'Response')
  }
}

function readEarly(element: XmlElement, findings: Findings, parent: string): EarlyElement | undefined {
  switch (element.name) {
    case 'Speak':
      return readSpeak(element, findings)
    case 'Play':
      return readPlay(element, findings)
    case 'Wait':
      return readWait(element, findings)
    case 'GetDigits':
      return readGetDigits(element, findings)
    case 'GetInput':
      return readGetInput(element, findings)
    case 'Redirect':
      return readRedirect(element, findings)
    case 'Message':
      return readMessage(element, findings)
    case 'DTMF':
      return readDtmf(element, findings)
  }
  findings.fault(
    element,
    notOffered.has(element.name)
      ? 'this service does not offer it.'
      : `there is no element ${quoted(element.name)} that may stand in ${parent}.`,
  )
  return undefined
}

function readPreAnswer(element: XmlElement, findings: Findings): PreAnswer {
  new Attributes(element, findings).done()
  const children = elementsOf(element).flatMap((child) => list(readEarly(child, findings, 'PreAnswer')))
  return { element: 'PreAnswer', children }
}
