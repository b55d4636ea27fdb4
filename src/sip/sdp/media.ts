/** Codecs that this service speaks. */
export type AudioCodec = 'PCMU' | 'PCMA'

/** RFC 3264 §6.1, as seen from the side that says it. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** What we bring to a session: where we take packets, and what we speak, best first. */
export interface LocalMedia {
  readonly address: string
  readonly port: number
  readonly codecs: readonly AudioCodec[]
  /** False: neither offered nor accepted, keys go as sounds. True unless given. */
  readonly telephoneEvent?: boolean
}

/** What both sides agreed on, as seen from us. */
export interface NegotiatedMedia {
  /** Where our packets go. */
  readonly address: string
  readonly port: number
  readonly rtcpPort: number
  readonly rtcpMux: boolean
  readonly codec: AudioCodec
  readonly payloadType: number
  /** Payload type of telephone-event/8000 towards the other side; absent: it takes none. */
  readonly telephoneEvent?: number
  /** What we said for it, where that is another number: the other side may send with either (RFC 3264 §6.1). */
  readonly telephoneEventIn?: number
  /** The other side took this one, too, and may change to it without asking. */
  readonly otherCodec?: { readonly codec: AudioCodec; readonly payloadType: number }
  /** Milliseconds per packet that the other side asked for; 20 unless it said otherwise. */
  readonly ptime: number
  /** `sendonly`: the other side listens only (it holds us or is muted); `recvonly`, `inactive` likewise from our side. */
  readonly direction: Direction
}
