import { isIP } from 'node:net'
import { parse, write } from 'sdp-transform'
import { type CryptoAttribute, readCrypto } from './crypto.ts'
import type { AudioCodec, Direction } from './media.ts'
import {
  type CodecMapping,
  isSecure,
  type MediaDescription,
  type OtherLine,
  type RtpProtocol,
  type SdpFault,
} from './media-description.ts'

/** The only file that knows sdp-transform. Its text form lacks checks, so every value is checked here. */
type RawSession = ReturnType<typeof parse>
type RawMedia = RawSession['media'][number]

interface MediaLine {
  readonly type: string
  readonly port: number
  readonly protocol: string
  readonly formats: string
  /** Of its `a=crypto` those that we can use. */
  readonly crypto: CryptoAttribute[]
}

const maxLines = 64
const maxCrypto = 32
const mediaLine = /^m=([!#$%&'*+\-.^_`{|}~\w]+) (\d{1,5})(?:\/\d{1,5})? ([\w/.-]+) ((?:[!-~]+ ?)+)$/

/** Never throws, whatever the bytes are. */
export function parseSdp(body: Buffer | string): { kind: 'media'; media: MediaDescription } | SdpFault {
  const text = typeof body === 'string' ? body : body.toString('utf8')
  if (!/^v=0\s*(?:\r\n|\r|\n)/.test(text)) return fault(400, 'The SDP does not begin with `v=0`.')
  const lines: MediaLine[] = []
  for (const line of text.split(/\r\n|\r|\n/)) {
    // Read here, as sdp-transform keeps one session parameter only.
    const key = line.startsWith('a=crypto:') ? readCrypto(line.slice('a=crypto:'.length)) : undefined
    const described = lines.at(-1)
    if (key !== undefined && described !== undefined && described.crypto.length < maxCrypto) described.crypto.push(key)
    if (!line.startsWith('m=')) continue
    const read = mediaLine.exec(line.trimEnd())
    if (read === null || Number(read[2]) > 65535) return fault(400, 'An `m=` line of the SDP cannot be read.')
    lines.push({ type: read[1]!, port: Number(read[2]), protocol: read[3]!, formats: read[4]!, crypto: [] })
  }
  if (lines.length === 0) return fault(488, 'The SDP has no `m=` line.')
  if (lines.length > maxLines) return fault(400, `The SDP has more than ${maxLines} \`m=\` lines.`)
  let session: RawSession
  try {
    session = parse(text)
  } catch (error) {
    return fault(400, `The SDP cannot be read (${error instanceof Error ? error.name : 'unknown error'}).`)
  }
  if (session.media.length !== lines.length) return fault(400, 'The `m=` lines of the SDP cannot be read.')
  return chooseAudio(session, lines)
}

const protocols: readonly RtpProtocol[] = ['RTP/AVP', 'RTP/AVPF', 'RTP/SAVP', 'RTP/SAVPF']
const protocolOf = (line: MediaLine): RtpProtocol | undefined =>
  protocols.find((known) => known === line.protocol.toUpperCase())

interface AudioLine {
  readonly line: MediaLine
  readonly index: number
  readonly protocol: RtpProtocol
}

/** Of several audio lines one with a key for SRTP, and the best one without beside it. */
function chooseAudio(session: RawSession, lines: readonly MediaLine[]): ReturnType<typeof parseSdp> {
  const audio = lines.map((line, index) => ({ line, index })).filter(({ line }) => line.type === 'audio')
  if (audio.length === 0) return fault(488, 'The SDP offers no audio.')
  const known = audio.flatMap(({ line, index }): AudioLine[] => {
    const protocol = protocolOf(line)
    return protocol === undefined ? [] : [{ line, index, protocol }]
  })
  if (known.length === 0) {
    const only = audio[0]!.line.protocol
    return fault(488, `The audio is offered by ${only} only; this server takes RTP/AVP and RTP/SAVP.`)
  }
  // A line that is refused needs no key.
  const open = known.filter(({ line, protocol }) => line.port === 0 || !isKeyless(line, protocol))
  if (open.length === 0) {
    const { protocol } = known[0]!
    return fault(
      488,
      `The audio is offered by ${protocol} only, without a key that this server takes (a=crypto with AES_CM_128_HMAC_SHA1_80 or AES_CM_128_HMAC_SHA1_32).`,
    )
  }
  const usable = open.filter(({ line, index }) => line.port !== 0 && codecs(line, session.media[index]!).length > 0)
  const plain = usable.find(({ protocol }) => protocol === 'RTP/AVP' || protocol === 'RTP/AVPF')
  const chosen =
    usable.find(({ line }) => line.crypto.length > 0) ?? plain ?? open.find(({ line }) => line.port !== 0) ?? open[0]!
  const read = readAudio(session, chosen, lines)
  if (read.kind === 'fault' || plain === undefined || !isSecure(read.media)) return read
  const beside = readAudio(session, plain, lines)
  return beside.kind === 'fault' ? read : { kind: 'media', media: { ...read.media, plain: beside.media } }
}

const isKeyless = (line: MediaLine, protocol: RtpProtocol): boolean =>
  line.crypto.length === 0 && (protocol === 'RTP/SAVP' || protocol === 'RTP/SAVPF')

function readAudio(
  session: RawSession,
  { line, index: audioLine, protocol }: AudioLine,
  lines: readonly MediaLine[],
): ReturnType<typeof parseSdp> {
  const raw = session.media[audioLine]!
  const address = raw.connection?.ip ?? session.connection?.ip
  if (address === undefined) return fault(400, 'The SDP has no `c=` line for the audio.')
  if (!isHost(String(address)))
    return fault(400, 'The `c=` line of the SDP has no address that packets can be sent to.')
  const telephoneEvent = findTelephoneEvent(line, raw)
  const ptime = Number(raw.ptime)
  const rtcp = readRtcp(raw)
  const origin = session.origin
  const media: MediaDescription = {
    origin: {
      username: String(origin?.username ?? '-'),
      sessionId: String(origin?.sessionId ?? '0'),
      version: String(origin?.sessionVersion ?? '0'),
      address: String(origin?.address ?? address),
    },
    address: String(address),
    port: line.port,
    codecs: codecs(line, raw),
    ...(telephoneEvent === undefined ? {} : { telephoneEvent }),
    ...(Number.isFinite(ptime) && ptime >= 1 && ptime <= 500 ? { ptime } : {}),
    direction: raw.direction ?? session.direction ?? 'sendrecv',
    ...(rtcp === undefined ? {} : { rtcp }),
    rtcpMux: raw.rtcpMux !== undefined,
    audioLine,
    ...(protocol === 'RTP/AVP' ? {} : { protocol }),
    ...(line.crypto.length === 0 ? {} : { crypto: line.crypto }),
    otherLines: lines
      .filter((_, index) => index !== audioLine)
      .map(({ type, protocol, formats }): OtherLine => ({ type, protocol, formats })),
  }
  return { kind: 'media', media }
}

/** Payload types 0 and 8 need no rtpmap (RFC 3551 §6). */
const staticCodecs: Readonly<Record<number, AudioCodec>> = { 0: 'PCMU', 8: 'PCMA' }

function payloadTypes(line: MediaLine): number[] {
  const types = line.formats.split(' ').filter((format) => /^\d{1,3}$/.test(format))
  return types.map(Number).filter((type) => type < 128)
}

function codecs(line: MediaLine, raw: RawMedia): CodecMapping[] {
  const found: CodecMapping[] = []
  for (const payloadType of payloadTypes(line)) {
    const map = raw.rtp.find((entry) => entry.payload === payloadType)
    const name = map === undefined ? staticCodecs[payloadType] : codecName(map)
    if (name !== undefined && !found.some((codec) => codec.name === name)) found.push({ name, payloadType })
  }
  return found
}

function codecName(map: RawMedia['rtp'][number]): AudioCodec | undefined {
  const name = String(map.codec).toUpperCase()
  const mono = map.encoding === undefined || Number(map.encoding) === 1
  const rate = map.rate ?? 8000
  return (name === 'PCMU' || name === 'PCMA') && rate === 8000 && mono ? name : undefined
}

// The event clock must be the audio's (RFC 4733 §2.4); a second rate belongs to a wide-band codec that we do not take.
function findTelephoneEvent(line: MediaLine, raw: RawMedia): { payloadType: number; rate: number } | undefined {
  for (const payloadType of payloadTypes(line)) {
    const map = raw.rtp.find((entry) => entry.payload === payloadType)
    if (map === undefined || String(map.codec).toLowerCase() !== 'telephone-event') continue
    if ((map.rate ?? 8000) === 8000) return { payloadType, rate: 8000 }
  }
  return undefined
}

function readRtcp(raw: RawMedia): { port: number; address?: string } | undefined {
  const port = Number(raw.rtcp?.port)
  if (!Number.isInteger(port) || port < 1 || port > 65535) return undefined
  const address = raw.rtcp?.address === undefined ? undefined : String(raw.rtcp.address)
  return address !== undefined && isHost(address) ? { port, address } : { port }
}

function isHost(text: string): boolean {
  // Digits and dots alone would be read as a name, though what was meant is a (wrong) address.
  return isIP(text) !== 0 || (/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})$/.test(text) && !/^[\d.]+$/.test(text))
}

function fault(status: 400 | 488, sentence: string): SdpFault {
  return { kind: 'fault', status, sentence }
}

/** The text of a description, lines ended by CRLF. Throws on values that `parseSdp` would not have made: a fault of the caller. */
export function writeSdp(media: MediaDescription): string {
  for (const value of [media.address, media.origin.address]) {
    if (!isHost(value)) throw new Error(`An SDP cannot be written: ${JSON.stringify(value)} is no address.`)
  }
  const ipVer = (address: string): 4 | 6 => (isIP(address) === 6 ? 6 : 4)
  const { telephoneEvent, rtcp } = media
  const formats = media.codecs.map((codec) => codec.payloadType)
  const rtp: RawMedia['rtp'] = media.codecs.map((codec) => ({
    payload: codec.payloadType,
    codec: codec.name,
    rate: 8000,
  }))
  if (telephoneEvent !== undefined) {
    formats.push(telephoneEvent.payloadType)
    rtp.push({ payload: telephoneEvent.payloadType, codec: 'telephone-event', rate: telephoneEvent.rate })
  }
  const audio: RawMedia = {
    type: 'audio',
    port: media.port,
    protocol: media.protocol ?? 'RTP/AVP',
    // A refused line still needs a format (RFC 3264 §6).
    payloads: formats.length === 0 ? '0' : formats.join(' '),
    rtp,
    fmtp: telephoneEvent === undefined ? [] : [{ payload: telephoneEvent.payloadType, config: '0-16' }],
    ...(media.ptime === undefined ? {} : { ptime: media.ptime }),
    direction: media.direction satisfies Direction,
    ...(media.rtcpMux ? { rtcpMux: 'rtcp-mux' as const } : {}),
    ...(rtcp === undefined ? {} : { rtcp: writeRtcp(rtcp, ipVer) }),
    ...(media.crypto === undefined ? {} : { crypto: media.crypto.map(writeCrypto) }),
  }
  const refused = media.otherLines.map(
    (line): RawMedia => ({
      type: line.type,
      port: 0,
      protocol: line.protocol,
      payloads: line.formats,
      rtp: [],
      fmtp: [],
    }),
  )
  return write({
    version: 0,
    origin: {
      username: media.origin.username,
      sessionId: media.origin.sessionId,
      sessionVersion: Number(media.origin.version),
      netType: 'IN',
      ipVer: ipVer(media.origin.address),
      address: media.origin.address,
    },
    name: '-',
    connection: { version: ipVer(media.address), ip: media.address },
    timing: { start: 0, stop: 0 },
    media: [...refused.slice(0, media.audioLine), audio, ...refused.slice(media.audioLine)],
  })
}

function writeRtcp(
  rtcp: { port: number; address?: string },
  ipVer: (address: string) => 4 | 6,
): NonNullable<RawMedia['rtcp']> {
  if (rtcp.address === undefined) return { port: rtcp.port }
  return { port: rtcp.port, netType: 'IN', ipVer: ipVer(rtcp.address), address: rtcp.address }
}

const writeCrypto = ({ tag, key }: CryptoAttribute): NonNullable<RawMedia['crypto']>[number] => ({
  id: tag,
  suite: key.suite,
  config: `inline:${key.keySalt}`,
})
