/**
 * The main thread's view of the media plane. Worker threads own sockets and pacing; what stands here only sends
 * commands to them and hears events from them. No packet ever crosses to the main thread.
 */
export interface MediaPlane {
  /**
   * Takes an even port of the range and binds it (RTP) and the odd one above (RTCP).
   * @param o.bind the local address, IPv4 or IPv6; the addresses given to `connect` are of the same family
   * @param o.near a stream that this one will be bridged with, or a room that it will join: both live in one worker thread
   * @throws MediaError `no-port` when the range is used up, `bind-failed`, `plane-closed`, `stream-closed` (near is gone)
   */
  open(o: OpenOptions): Promise<MediaStream>
  /**
   * A conference: it mixes in one worker thread, and in others where members live there; between two threads audio takes 20–40 ms
   * more.
   * @param o.near a stream that will join: the room is opened in its thread; the one with the fewest streams unless given
   * @throws MediaError `plane-closed`, `stream-closed` (near is gone)
   */
  openRoom(o?: { readonly near?: MediaStream }): MediaRoom
  /**
   * A new call should be refused (503): in every worker p99 lateness of the last five seconds is above 5 ms, with twenty
   * streams or more. Kept up to date, costs nothing to read.
   */
  readonly overloaded: boolean
  stats(): Promise<PlaneStats>
  /** Closes every stream; `done` promises in flight resolve with `closed`. */
  close(): Promise<void>
}

export interface OpenOptions {
  readonly bind: string
  readonly near?: MediaStream | MediaRoom
}

export type Codec = 'PCMU' | 'PCMA'

/** As seen from us. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

export interface RemoteMedia {
  /** An IP address, as signalled (SDP c=). Names are not resolved here. */
  readonly address: string
  /** 1–65535, as signalled (SDP m=). */
  readonly port: number
  readonly codec: Codec
  /** 0–127, both ways. */
  readonly payloadType: number
  /** Payload type of RFC 4733 telephone-event; absent when not negotiated: keys are then sent as tones. */
  readonly telephoneEvent?: number
  /** Another payload type that is heard as telephone-event, too. */
  readonly telephoneEventIn?: number
  /** Heard, too: the far end may change to it at any packet. We send `codec`. */
  readonly otherCodec?: { readonly codec: Codec; readonly payloadType: number }
  readonly direction: Direction
  readonly rtcpMux: boolean
  /** Where RTCP goes without mux; `port + 1` unless given. */
  readonly rtcpPort?: number
  /** Our packets are sent, and theirs are taken, as SRTP and SRTCP alone (RFC 3711). */
  readonly srtp?: { readonly send: SrtpKey; readonly receive: SrtpKey }
}

export type SrtpSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32'

export interface SrtpKey {
  readonly suite: SrtpSuite
  /** 16 octets of master key and 14 of salt, base64. */
  readonly keySalt: string
  /** Octets of a key identifier in each packet (only where the far end said so); none unless given. */
  readonly mki?: number
}

export type ToneName = 'beep' | 'ringback' | 'busy' | 'congestion' | 'dial'

export type PlayItem =
  | { readonly kind: 'wav'; readonly path: string }
  /** `ms` absent: the beep sounds 400 ms, every other tone until it is stopped. */
  | { readonly kind: 'tone'; readonly tone: ToneName; readonly ms?: number }
  | { readonly kind: 'silence'; readonly ms: number }

export interface Playing {
  /**
   * `stopped` also when another `play` took its place. Rejects with MediaError `bad-wav` or `no-file` when a file cannot be
   * read; nothing was heard then.
   */
  readonly done: Promise<'finished' | 'stopped' | 'closed'>
  stop(): void
}

export interface RecordStart {
  /** A WAV file is made here (16 bit, 8 kHz, mono); its folder exists. An existing file is replaced. */
  readonly path: string
  /** 1–7200. */
  readonly maxSeconds: number
  /** Ends after this much silence, from the start or after speech; 0 never. */
  readonly silenceSeconds: number
  /** Keys that end it; '' for none. */
  readonly stopOn: string
}

export interface RecordedAudio {
  readonly end: 'key' | 'silence' | 'limit' | 'stopped' | 'closed'
  /** Milliseconds of audio in the file. */
  readonly ms: number
  /** Milliseconds of them in which someone spoke. */
  readonly speechMs: number
  readonly key?: string
}

export interface RecordingRun {
  /** Resolves when the file is there and keys and samples count. Rejects as `done` where it cannot be opened. */
  readonly begun: Promise<void>
  /** Resolves when the file is whole and closed. Rejects with MediaError `write-failed` when it cannot be written. */
  readonly done: Promise<RecordedAudio>
  stop(): void
}

export interface MonitorStart {
  /** A WAV file is made here (16 bit, 8 kHz); its folder exists. An existing file is replaced. Whole at any moment, for `repairWav` after a kill. */
  readonly path: string
  readonly channels: 'mono' | 'stereo'
  /** 1–7200; 7200 unless given. */
  readonly maxSeconds?: number
}

export interface MonitoredAudio {
  readonly end: 'limit' | 'stopped' | 'closed'
  /** Milliseconds of audio in the file. */
  readonly ms: number
  /** Milliseconds of them in which someone spoke, on either side. */
  readonly speechMs: number
}

export interface MonitorRun {
  /** Resolves when the file is there and samples go into it. Rejects as `done` where it cannot be opened. */
  readonly begun: Promise<void>
  /** Resolves when the file is whole and closed. Rejects with MediaError `write-failed` when it cannot be written. */
  readonly done: Promise<MonitoredAudio>
  stop(): void
}

/** What a listener hears; milliseconds of audio since it began. */
export type Heard =
  /** An utterance began, which may turn out to be none. */
  | { readonly kind: 'speech'; readonly fromMs: number }
  /** Of the utterance that began last: 16 bit, 8 kHz. */
  | { readonly kind: 'audio'; readonly samples: Int16Array }
  /** It ended at a pause. */
  | { readonly kind: 'utterance'; readonly toMs: number }
  /** What seemed an utterance was music, a tone or noise. */
  | { readonly kind: 'dropped' }
  /** Nobody has spoken for `ms`, since `fromMs`. */
  | { readonly kind: 'silence'; readonly fromMs: number; readonly ms: number }
  | { readonly kind: 'tone'; readonly tone: HeardTone; readonly fromMs: number }
  | { readonly kind: 'music'; readonly playing: boolean; readonly fromMs: number }
  /** How loud each band of each 20 ms was, in dB: `bands` of each frame, 250 to 3450 Hz. */
  | { readonly kind: 'sound'; readonly fromMs: number; readonly bands: number; readonly levels: Uint8Array }
  | AnswerNews

/** Times are milliseconds since the listening began. */
export type AnswerNews =
  /** Who answered; told once. */
  | { readonly kind: 'answered'; readonly by: AnsweredBy; readonly atMs: number }
  /** Of a machine: a message may begin. Told again after each further beep: what was said before it was not recorded. */
  | { readonly kind: 'recording'; readonly after: 'beep' | 'silence'; readonly atMs: number }

export type AnsweredBy = 'person' | 'machine' | 'fax' | 'silence'

export type HeardTone = 'ringback' | 'busy' | 'congestion' | 'dial' | 'sit' | 'beep' | 'fax'

export interface ListenStart {
  /** A pause of this length ends an utterance. */
  readonly pauseMs: number
  /** And at this length in any case, 1000–25000; 25000 unless given. */
  readonly longestMs?: number
  /** Silences that are told, rising. */
  readonly silenceMs: readonly number[]
  /** `sound` is told, ten times a second. False unless given. */
  readonly sound?: boolean
  /** Who answered is told, too. */
  readonly answer?: boolean
  readonly onHeard: (heard: Heard) => void
}

export interface ListenRun {
  /** Resolves after everything heard was told. */
  readonly done: Promise<'stopped' | 'closed'>
  /** Milliseconds of audio since it began, what is not told yet among them. */
  readonly heardMs: number
  stop(): void
}

export type StreamEvent =
  /** A key went down; `digit` follows when it is let go. For stopping a prompt early. */
  | { readonly kind: 'digitStart'; readonly digit: string; readonly by: DigitSource }
  /** A key was let go (or its last packets were lost); `ms` is how long it was held. */
  | { readonly kind: 'digit'; readonly digit: string; readonly by: DigitSource; readonly ms: number }
  /** The first valid packet after `connect` (to a new remote) or after a silence, and where it came from. */
  | { readonly kind: 'firstPacket'; readonly address: string; readonly port: number }
  /** No RTP for so long although the direction lets us hear; once per silence. */
  | { readonly kind: 'silent'; readonly seconds: number }
  /** The far end said BYE by RTCP. */
  | { readonly kind: 'bye' }
  /** The stream is gone without `close()`; its worker thread crashed. Every method is a no-op from now on. */
  | { readonly kind: 'closed'; readonly reason: string }

export type DigitSource = 'telephone-event' | 'in-band'

/** After `close`, or after the `closed` event, no method throws: they do nothing and `done` promises are `closed`. */
export interface PlayOver {
  /** 1 unless given; 0 repeats until stopped. */
  readonly times?: number
  /** Added to what is heard otherwise, a bridge or a room as well, instead of in its place. */
  readonly mix?: boolean
}

export interface MediaStream {
  readonly id: number
  /** The even RTP port; RTCP is on the next one, or on this one when `rtcpMux`. */
  readonly localPort: number
  /** Set the handler before `connect`; one handler, replaced by assignment. */
  onEvent: (event: StreamEvent) => void
  /**
   * Where to send and what to expect; again on every re-INVITE. Until then nothing is sent and what comes is dropped.
   * @throws MediaError `bad-remote` naming the field
   */
  connect(remote: RemoteMedia): void
  /** Replaces what is played; waits for the first `connect`. Heard instead of a bridge while it lasts. `times` 1 unless given; 0 repeats until stopped. */
  play(items: readonly PlayItem[], o?: { readonly times?: number }): Playing
  /** Heard in place of everything but keys; what `play` has goes on unheard. One at a time, as `play` is. */
  playOver(items: readonly PlayItem[], o?: PlayOver): Playing
  /** Records what comes in. One at a time: a second one stops the first. */
  record(o: RecordStart): RecordingRun
  /**
   * Records both directions from now on, beside `play` and `record` and across changes of bridge and room: left what comes
   * in, right what goes out; mono is the sum. One at a time: a second one stops the first.
   * @throws MediaError `bad-record` naming the field
   */
  monitor(o: MonitorStart): MonitorRun
  /**
   * Hears what comes in, beside everything else. Several at once are independent.
   * @throws MediaError `bad-listen` naming the field
   */
  listen(o: ListenStart): ListenRun
  /**
   * Each hears the other. Packets go across as they came (G.711 translated when the codecs differ; keys as telephone-event,
   * or as tones where not negotiated). A bridge with a third stream replaces this one; one with itself is an echo.
   * @throws MediaError `not-near` when the other was opened without `near`
   */
  bridge(other: MediaStream): void
  unbridge(): void
  /**
   * Presses keys towards the far end: `0-9A-D*#`, `w` waits 500 ms. Resolves when the last is sent, or the stream closed.
   * @throws MediaError `bad-digits`
   */
  send(digits: string): Promise<void>
  /** Listen for keys in the audio too; off unless asked. */
  detectInband(on: boolean): void
  /** A key that came another way (SIP INFO) acts as if heard here: it ends a recording and goes across a bridge. No event is raised. */
  digit(key: string): void
  stats(): Promise<StreamStats>
  /** Sends RTCP BYE, frees the ports. Idempotent; the last figures. */
  close(): Promise<StreamStats>
}

/** What a member of a room may do; what is left out is as it was, at first `false`. */
export interface RoomRights {
  /** Nobody hears it, and it is not reported as talking. */
  readonly muted?: boolean
  /** It hears nothing of the room, announcements included. */
  readonly deaf?: boolean
}

export interface RoomRecordStart {
  /** A WAV file is made here (16 bit, 8 kHz, mono); its folder exists. An existing file is replaced. */
  readonly path: string
  /** 1–7200; 7200 unless given. */
  readonly maxSeconds?: number
}

export type RoomEvent =
  /** A member began to talk, or has been quiet for half a second. */
  | { readonly kind: 'talking' | 'quiet'; readonly stream: MediaStream }
  /** A member closed, was bridged or joined another room; not after `leave`. */
  | { readonly kind: 'left'; readonly stream: MediaStream }
  /** The room is gone without `close()`; its worker thread crashed. */
  | { readonly kind: 'closed'; readonly reason: string }

/**
 * Each member hears all others, and announcements. Members go on as streams: their keys are events, `play` on one is heard by that one
 * alone, instead of the room while it lasts; `record` and `monitor` go on. After `close` no method throws: they do nothing.
 */
export interface MediaRoom {
  readonly id: number
  /** One handler, replaced by assignment. */
  onEvent: (event: RoomEvent) => void
  readonly members: readonly MediaStream[]
  /**
   * Takes the stream out of a bridge or another room. Again for a member: as `set`.
   * @throws MediaError `not-near` when the stream is of another plane
   */
  join(stream: MediaStream, o?: RoomRights): void
  leave(stream: MediaStream): void
  set(stream: MediaStream, o: RoomRights): void
  /** Heard by all members with what is said meanwhile, and recorded; replaces what is played to all. `times` as for a stream. */
  play(items: readonly PlayItem[], o?: { readonly times?: number }): Playing
  /** Records all that is said and announced. One at a time: a second one stops the first. @throws MediaError `bad-record` */
  record(o: RoomRecordStart): MonitorRun
  /** Members go on as streams that hear silence. Idempotent. */
  close(): Promise<void>
}

export interface StreamStats {
  readonly codec: Codec | undefined
  /** Where packets come from now; undefined before the first. */
  readonly remote: { readonly address: string; readonly port: number } | undefined
  readonly packetsReceived: number
  /** Payload octets. */
  readonly bytesReceived: number
  readonly packetsSent: number
  readonly bytesSent: number
  /** Expected less received, RFC 3550 A.3; 0 when duplicates outweigh losses. */
  readonly lost: number
  /** Came too late to be heard (only while recording or listening for in-band keys). */
  readonly late: number
  /** Dropped: not from the source that was latched. */
  readonly strangers: number
  /** Dropped: not RTP, or a payload type that was not negotiated. */
  readonly invalid: number
  /** Dropped: not authentic under the key of the far end, or sent again. 0 without SRTP. */
  readonly unauthentic: number
  /** Interarrival jitter, RFC 3550 §6.4.1. */
  readonly jitterMs: number
  /** From RTCP; undefined until the far end reported. */
  readonly roundTripMs: number | undefined
  /** What the far end says it lost of ours; undefined until it reported. */
  readonly lostByRemote: number | undefined
}

/** How much later than due packets were sent, over the last five seconds. */
export interface Lateness {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface WorkerStats {
  readonly streams: number
  readonly lateness: Lateness
  /** Packets since its start by how late they were sent, in steps of 0.1 ms, up to the latest; the 1,000th has all that were later. */
  readonly packetsByLateness: readonly number[]
  /** Ticks left out because the thread was more than three ticks late, since its start. */
  readonly skippedTicks: number
  readonly packetsSent: number
  readonly packetsReceived: number
  /** Sends that the operating system refused, since its start. */
  readonly sendErrors: number
}

export interface PlaneStats {
  readonly workers: readonly WorkerStats[]
  readonly streams: number
  readonly overloaded: boolean
  readonly portsFree: number
  /** Worker threads that crashed and were replaced. */
  readonly restarts: number
  /** Audio of prompt files held in memory. */
  readonly promptBytes: number
}

export type MediaErrorCode =
  | 'no-port'
  | 'bind-failed'
  | 'plane-closed'
  | 'stream-closed'
  | 'bad-remote'
  | 'bad-digits'
  | 'bad-wav'
  | 'bad-audio'
  | 'bad-play'
  | 'bad-record'
  | 'bad-listen'
  | 'no-file'
  | 'write-failed'
  | 'not-near'

export class MediaError extends Error {
  override readonly name = 'MediaError'
  readonly code: MediaErrorCode
  constructor(code: MediaErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
