import { isOwnRoom } from '../../../phone/room.ts'
import { Attributes, daySeconds, type Findings } from '../attributes.ts'
import { quoted } from '../fault.ts'
import type { WebTarget } from '../web-target.ts'
import { textOf, type XmlElement } from '../xml.ts'
import { readMatches } from './dial.ts'

export type RoomSound =
  | { readonly kind: 'none' }
  | { readonly kind: 'beep'; readonly times: 1 | 2 }
  | { readonly kind: 'document'; readonly target: WebTarget }

export interface Conference {
  readonly element: 'Conference'
  readonly room: string
  readonly muted: boolean
  readonly deaf: boolean
  readonly enterSound: RoomSound
  readonly exitSound: RoomSound
  readonly startOnEnter: boolean
  readonly endOnExit: boolean
  readonly stayAlone: boolean
  readonly waitSound: WebTarget | undefined
  readonly maxMembers: number
  readonly record: 'mp3' | 'wav' | undefined
  /** Seconds. */
  readonly timeLimit: number
  readonly hangupOnStar: boolean
  readonly action: WebTarget | undefined
  readonly redirect: boolean
  readonly callback: WebTarget | undefined
  readonly digitsMatch: readonly string[]
  readonly floorEvent: boolean
  readonly relayDtmf: boolean
  /** Told what is said in the recording. */
  readonly transcription: WebTarget | undefined
}

/** Older documents allow 100, newer ones 20; so what either wrote is taken. */
const maxMembers = 200

export function readConference(element: XmlElement, findings: Findings): Conference {
  const attributes = new Attributes(element, findings)
  const record = attributes.flag('record', false)
  const format = attributes.choice('recordFileFormat', ['mp3', 'wav'], 'mp3')
  attributes.choice('transcriptionType', ['auto', 'hybrid'], 'auto')
  const timeLimit = attributes.integer('timeLimit', daySeconds, { min: 0, most: daySeconds })
  const conference: Conference = {
    element: 'Conference',
    room: textOf(element),
    muted: attributes.flag('muted', false),
    deaf: attributes.flag('deaf', false),
    enterSound: readRoomSound(attributes, 'enterSound'),
    exitSound: readRoomSound(attributes, 'exitSound'),
    startOnEnter: attributes.flag('startConferenceOnEnter', true),
    endOnExit: attributes.flag('endConferenceOnExit', false),
    stayAlone: attributes.flag('stayAlone', true),
    waitSound: attributes.url('waitSound'),
    maxMembers: attributes.integer('maxMembers', 20, { min: 1, max: maxMembers }),
    record: record ? format : undefined,
    timeLimit: timeLimit === 0 ? daySeconds : timeLimit,
    hangupOnStar: attributes.flag('hangupOnStar', false),
    action: attributes.url('action', 'method'),
    redirect: attributes.flag('redirect', true),
    callback: attributes.url('callbackUrl', 'callbackMethod'),
    digitsMatch: readMatches(attributes, 'digitsMatch'),
    floorEvent: attributes.flag('floorEvent', false),
    relayDtmf: attributes.flag('relayDTMF', true),
    transcription: attributes.url('transcriptionUrl', 'transcriptionMethod'),
  }
  attributes.done()
  if (!/^[^\x00-\x1f\x7f]{1,100}$/.test(conference.room)) {
    findings.fault(element, `it holds ${quoted(conference.room)}, but takes the name of a room, 1 to 100 characters.`)
  }
  if (isOwnRoom(conference.room))
    findings.fault(element, 'it holds the name of a room of the block API, which is not open to others.')
  return conference
}

function readRoomSound(attributes: Attributes, name: string): RoomSound {
  switch (attributes.text(name)) {
    case undefined:
      return { kind: 'none' }
    case 'beep:1':
      return { kind: 'beep', times: 1 }
    case 'beep:2':
      return { kind: 'beep', times: 2 }
  }
  const target = attributes.url(name)
  return target === undefined ? { kind: 'none' } : { kind: 'document', target }
}
