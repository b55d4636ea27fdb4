import type { CallId, Id, RecordingId } from './id.ts'
import type { RoomEvent, RoomName } from './room.ts'

/**
 * What happened, told after it is in the store: whoever hears of a thing can read it there. `at` is milliseconds since
 * 1970. The API streams these; the names are stable.
 */
export type ServiceEvent =
  | CallEvent
  | { readonly type: 'call.action'; readonly at: number; readonly call: CallId; readonly action: Id<'action'> }
  | { readonly type: MessageEventType; readonly at: number; readonly message: Id<'message'> }
  /** Whatever made it; its audio is whole. */
  | { readonly type: 'recording.finished'; readonly at: number; readonly recording: RecordingId }
  /** Of a conference nothing is kept: the event says all. */
  | { readonly type: `conference.${RoomEvent['kind']}`; readonly at: number; readonly conference: ConferenceNews }
  /** Something was heard; a scan was begun, waits or goes on; it is over. */
  | { readonly type: ScanEventType; readonly at: number; readonly scan: Id<'scan'> }
  /** A connection came to a further step; it is over. */
  | { readonly type: ConnectionEventType; readonly at: number; readonly connection: Id<'connection'> }
  /** The record of a call that is over was written. */
  | { readonly type: 'cdr.written'; readonly at: number; readonly cdr: CallId }
  /** A planned call waits for its time, or for another attempt; is placed; is over. */
  | { readonly type: PlannedEventType; readonly at: number; readonly planned: Id<'planned'> }
  /** A broadcast came further; everybody of it is over. */
  | { readonly type: BroadcastEventType; readonly at: number; readonly broadcast: Id<'broadcast'> }
  | { readonly type: 'voicemail.created'; readonly at: number; readonly voicemail: Id<'voicemail'> }

/** A call came or was placed, was answered, ended. */
export interface CallEvent {
  readonly type: 'call.started' | 'call.updated' | 'call.ended'
  readonly at: number
  readonly call: CallId
}

export interface ConferenceNews {
  readonly id: Id<'room'>
  readonly name: RoomName
  /** The call that it is about. */
  readonly member?: CallId
  /** How many are in it after that. */
  readonly members?: number
  /** The sequence that was pressed. */
  readonly keys?: string
  readonly muted?: boolean
  readonly deaf?: boolean
  readonly held?: boolean
}

export type MessageEventType =
  | 'message.queued'
  | 'message.waiting'
  | 'message.sent'
  | 'message.delivered'
  | 'message.undelivered'
  | 'message.failed'
  | 'message.rejected'
  | 'message.expired'
  | 'message.received'

export type PlannedEventType = `planned.${'waiting' | 'calling' | 'done' | 'failed' | 'canceled'}`

export type ScanEventType = 'scan.heard' | 'scan.updated' | 'scan.ended'

export type ConnectionEventType = 'connection.updated' | 'connection.ended'

export type BroadcastEventType = 'broadcast.updated' | 'broadcast.ended'
