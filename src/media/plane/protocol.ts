import type { ThreadPlace } from '../../base/thread-priority.ts'
import type {
  Heard,
  ListenStart,
  MediaErrorCode,
  RemoteMedia,
  StreamEvent,
  StreamStats,
  WorkerStats,
} from '../plane.ts'
import type { RecordEnd, RecordLimits } from '../recording/recorder.ts'
import type { Channels } from '../recording/shared-audio.ts'
import type { PromptAudio } from '../wav/load.ts'
import type { Clip } from './player.ts'
import type { PlayEnd } from './prompting.ts'

// What crosses between the main thread and its workers. Answers carry the `ask` of their question.

export interface MediaWorkerData {
  readonly silentSeconds: number
}

export type RoomCommand =
  | { readonly kind: 'openRoom'; readonly room: number }
  | {
      readonly kind: 'join'
      readonly room: number
      readonly stream: number
      readonly muted: boolean
      readonly deaf: boolean
    }
  | { readonly kind: 'leave'; readonly room: number; readonly stream: number }
  | {
      readonly kind: 'set'
      readonly room: number
      readonly stream: number
      readonly muted: boolean | undefined
      readonly deaf: boolean | undefined
    }
  | {
      readonly kind: 'roomPlay'
      readonly room: number
      readonly play: number
      readonly clips: readonly Clip[]
      readonly times: number
    }
  | { readonly kind: 'roomStopPlay'; readonly room: number; readonly play: number }
  | {
      readonly kind: 'roomRecord'
      readonly room: number
      readonly record: number
      readonly memory: SharedArrayBuffer
      readonly maxSeconds: number
    }
  | { readonly kind: 'roomStopRecord'; readonly room: number; readonly record: number }
  /** The same room in another thread. */
  | {
      readonly kind: 'link'
      readonly room: number
      readonly link: number
      readonly inward: SharedArrayBuffer
      readonly outward: SharedArrayBuffer
    }
  | { readonly kind: 'unlink'; readonly room: number; readonly link: number }
  | { readonly kind: 'closeRoom'; readonly ask: number; readonly room: number }

export type MediaCommand =
  | RoomCommand
  /** Opens the sockets of a stream. */
  | {
      readonly kind: 'bind'
      readonly ask: number
      readonly stream: number
      readonly bind: string
      readonly port: number
    }
  /** Of a stream that has not begun. */
  | { readonly kind: 'unbind'; readonly ask: number; readonly stream: number }
  | { readonly kind: 'begin'; readonly stream: number }
  | { readonly kind: 'connect'; readonly stream: number; readonly remote: RemoteMedia }
  | {
      readonly kind: 'play'
      readonly stream: number
      readonly play: number
      readonly clips: readonly Clip[]
      readonly times: number
      /** Of what is heard over the rest. */
      readonly mix?: boolean
    }
  | { readonly kind: 'stopPlay'; readonly stream: number; readonly play: number }
  | {
      readonly kind: 'record'
      readonly stream: number
      readonly record: number
      readonly memory: SharedArrayBuffer
      readonly limits: RecordLimits
    }
  | {
      readonly kind: 'monitor'
      readonly stream: number
      readonly record: number
      readonly memory: SharedArrayBuffer
      readonly channels: Channels
      readonly maxSeconds: number
    }
  | { readonly kind: 'stopRecord'; readonly stream: number; readonly record: number }
  | { readonly kind: 'listen'; readonly stream: number; readonly listen: number; readonly memory: SharedArrayBuffer }
  | { readonly kind: 'stopListen'; readonly stream: number; readonly listen: number }
  | { readonly kind: 'bridge'; readonly stream: number; readonly other: number }
  | { readonly kind: 'unbridge'; readonly stream: number }
  | { readonly kind: 'send'; readonly stream: number; readonly send: number; readonly digits: string }
  | { readonly kind: 'detectInband'; readonly stream: number; readonly on: boolean }
  | { readonly kind: 'digit'; readonly stream: number; readonly key: string }
  | { readonly kind: 'stats'; readonly ask: number; readonly stream: number }
  | { readonly kind: 'close'; readonly ask: number; readonly stream: number }
  | { readonly kind: 'workerStats'; readonly ask: number }

export type MediaReport =
  | { readonly kind: 'ready'; readonly place: ThreadPlace }
  | { readonly kind: 'bound'; readonly ask: number }
  | { readonly kind: 'bindFailed'; readonly ask: number; readonly code: string }
  | { readonly kind: 'unbound'; readonly ask: number }
  | { readonly kind: 'event'; readonly stream: number; readonly event: StreamEvent }
  | {
      readonly kind: 'played'
      readonly stream: number
      readonly play: number
      readonly end: PlayEnd
    }
  | {
      readonly kind: 'recorded'
      readonly stream: number
      readonly record: number
      readonly end: RecordEnd
      readonly key?: string
      readonly keyAt?: number
      /** Frames lost to a slow disk. */
      readonly dropped: number
    }
  | { readonly kind: 'sent'; readonly stream: number; readonly send: number }
  | { readonly kind: 'stats'; readonly ask: number; readonly stats: StreamStats }
  | { readonly kind: 'workerStats'; readonly ask: number; readonly stats: WorkerStats }
  | { readonly kind: 'load'; readonly overloaded: boolean }
  | {
      readonly kind: 'roomEvent'
      readonly room: number
      readonly event: { readonly kind: 'talking' | 'quiet' | 'left'; readonly stream: number }
    }
  | { readonly kind: 'roomPlayed'; readonly room: number; readonly play: number; readonly end: PlayEnd }
  | {
      readonly kind: 'roomRecorded'
      readonly room: number
      readonly record: number
      readonly end: RecordEnd
      readonly dropped: number
    }
  | { readonly kind: 'roomClosed'; readonly ask: number }

export type FileCommand =
  | { readonly kind: 'load'; readonly ask: number; readonly path: string }
  | {
      readonly kind: 'record'
      readonly ask: number
      readonly record: number
      readonly path: string
      readonly channels: Channels
      readonly memory: SharedArrayBuffer
      readonly resume: boolean
    }
  | {
      readonly kind: 'finish'
      readonly ask: number
      readonly record: number
      readonly key?: string | undefined
      readonly keyAt?: number | undefined
    }
  | { readonly kind: 'bytes'; readonly ask: number }

export type FileReport =
  | { readonly kind: 'loaded'; readonly ask: number; readonly audio: PromptAudio }
  | { readonly kind: 'recording'; readonly ask: number }
  | { readonly kind: 'finished'; readonly ask: number; readonly ms: number; readonly speechMs: number }
  | { readonly kind: 'bytes'; readonly ask: number; readonly bytes: number }
  | { readonly kind: 'failed'; readonly ask: number; readonly code: MediaErrorCode; readonly message: string }
  /** Nothing waits for it: to be logged. */
  | { readonly kind: 'trouble'; readonly path: string; readonly message: string }

export type ListenCommand =
  | {
      readonly kind: 'listen'
      readonly listen: number
      readonly memory: SharedArrayBuffer
      readonly rules: Omit<ListenStart, 'onHeard'>
    }
  | { readonly kind: 'finish'; readonly ask: number; readonly listen: number }

export type ListenReport =
  | { readonly kind: 'heard'; readonly listen: number; readonly heard: Heard }
  | { readonly kind: 'finished'; readonly ask: number }
