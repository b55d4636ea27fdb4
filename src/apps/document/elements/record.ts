import { Attributes, daySeconds, type Findings } from '../attributes.ts'
import type { WebTarget } from '../web-target.ts'
import type { XmlElement } from '../xml.ts'

export interface Record {
  readonly element: 'Record'
  readonly action: WebTarget | undefined
  readonly fileFormat: 'mp3' | 'wav'
  readonly redirect: boolean
  /** Seconds of silence that end it. */
  readonly timeout: number
  /** Seconds. */
  readonly maxLength: number
  readonly playBeep: boolean
  /** Keys that end it; '' for none. */
  readonly finishOnKey: string
  /** `message`: what the caller says now; the others record a conversation beside what follows. */
  readonly what: 'message' | 'session' | 'dial'
  readonly channels: 'mono' | 'stereo'
  /** Told what is said in the recording. */
  readonly transcription: WebTarget | undefined
  readonly callback: WebTarget | undefined
}

export function readRecord(element: XmlElement, findings: Findings): Record {
  const attributes = new Attributes(element, findings)
  const session = attributes.flag('recordSession', false)
  const dial = attributes.flag('startOnDialAnswer', false)
  attributes.choice('transcriptionType', ['auto', 'hybrid'], 'auto')
  const read: Record = {
    element: 'Record',
    action: attributes.url('action', 'method'),
    fileFormat: attributes.choice('fileFormat', ['mp3', 'wav'], 'mp3'),
    redirect: attributes.flag('redirect', true),
    timeout: attributes.integer('timeout', 15, { min: 1, most: daySeconds }),
    maxLength: attributes.integer('maxLength', 60, { min: 1, most: daySeconds }),
    playBeep: attributes.flag('playBeep', true),
    finishOnKey: readFinishKeys(attributes),
    what: session ? 'session' : dial ? 'dial' : 'message',
    channels: attributes.choice('recordChannelType', ['mono', 'stereo'], 'stereo'),
    transcription: attributes.url('transcriptionUrl', 'transcriptionMethod'),
    callback: attributes.url('callbackUrl', 'callbackMethod'),
  }
  attributes.done()
  return read
}

/** Unlike GetDigits it takes several: the default of older documents was all keys. */
function readFinishKeys(attributes: Attributes): string {
  const written = attributes.written('finishOnKey')?.trim()
  if (written === undefined) return '#'
  if (written.toLowerCase() === 'none' || written === '') return ''
  if (/^[0-9*#]{1,12}$/.test(written)) return written
  attributes.refuse('finishOnKey', written, 'some of 0-9, * and #, or none')
  return '#'
}
