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
  /** Absent: SRTP is neither offered nor taken. */
  readonly srtp?: LocalSrtp
}

export type SrtpSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32'

export interface SrtpKey {
  readonly suite: SrtpSuite
  /** 16 octets of master key and 14 of salt, base64. */
  readonly keySalt: string
  /** Octets of the key identifier that stands in each packet; none unless given. */
  readonly mki?: number
}

/** Keys are the same for the whole session. Whoever reads the signalling can read the audio (RFC 4568 §8.3). */
export interface LocalSrtp {
  /**
   * `take`: where the other side offers it. `offer`: as RTP/AVP, so that the other side may leave it out. `require`: as RTP/SAVP,
   * and a session without it is refused.
   */
  readonly mode: 'take' | 'offer' | 'require'
  /** What we send with: one per suite, best first. */
  readonly keys: readonly SrtpKey[]
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
  /** Both directions go by SRTP with these. */
  readonly srtp?: { readonly send: SrtpKey; readonly receive: SrtpKey }
}
