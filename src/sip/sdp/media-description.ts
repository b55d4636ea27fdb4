import type { CryptoAttribute } from './crypto.ts'
import type { AudioCodec, Direction } from './media.ts'

export interface CodecMapping {
  readonly name: AudioCodec
  readonly payloadType: number
}

/** `o=`: who made the session and which version of it this is. Numbers as text: they may need 64 bits. */
export interface Origin {
  readonly username: string
  readonly sessionId: string
  readonly version: string
  readonly address: string
}

/** An m-line that is not the audio we talk about. It is answered with port 0 and keeps its place. */
export interface OtherLine {
  readonly type: string
  readonly protocol: string
  /** As written, separated by spaces. */
  readonly formats: string
}

/** RFC 3551, RFC 4585, RFC 3711, RFC 5124. */
export type RtpProtocol = 'RTP/AVP' | 'RTP/AVPF' | 'RTP/SAVP' | 'RTP/SAVPF'

/** What one side says about the one audio stream of a call. */
export interface MediaDescription {
  readonly origin: Origin
  /** Where it wants its packets: an IP address or a name. `0.0.0.0` is the hold of RFC 2543. */
  readonly address: string
  /** 0: the stream is refused or was taken away. */
  readonly port: number
  /** Those that we know, in the writer's order of preference. */
  readonly codecs: readonly CodecMapping[]
  /** RFC 4733. */
  readonly telephoneEvent?: { readonly payloadType: number; readonly rate: number }
  /** Milliseconds of audio per packet that it wants to get. */
  readonly ptime?: number
  readonly direction: Direction
  /** RFC 3605; `port + 1` at `address` where absent. */
  readonly rtcp?: { readonly port: number; readonly address?: string }
  /** RFC 5761. */
  readonly rtcpMux: boolean
  /** The place of the audio among all m-lines, from 0. */
  readonly audioLine: number
  /** RTP/AVP unless given. */
  readonly protocol?: Exclude<RtpProtocol, 'RTP/AVP'>
  /** Keys for SRTP that we can use, in the writer's order; never empty. */
  readonly crypto?: readonly CryptoAttribute[]
  /** Of an offer that has the audio twice: the line without SRTP. */
  readonly plain?: MediaDescription
  /** All other m-lines in order, without the audio. */
  readonly otherLines: readonly OtherLine[]
}

export interface SdpFault {
  readonly kind: 'fault'
  /** 400: it is not SDP. 488: it is, but there is nothing in it that we can do. */
  readonly status: 400 | 488
  readonly sentence: string
}

/** Whether its packets are SRTP in any case. With `crypto` under another protocol they are where the answer has it, too. */
export const isSecure = ({ protocol }: Pick<MediaDescription, 'protocol'>): boolean =>
  protocol === 'RTP/SAVP' || protocol === 'RTP/SAVPF'

export const sends = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'sendonly'
export const receives = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'recvonly'

export function directionOf(send: boolean, receive: boolean): Direction {
  if (send) return receive ? 'sendrecv' : 'sendonly'
  return receive ? 'recvonly' : 'inactive'
}
