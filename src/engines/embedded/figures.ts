import type { StreamStats } from '../../media/plane.ts'
import type { TimelineEvent } from '../../phone/call.ts'
import { opinionScore } from '../../phone/quality.ts'
import type { NegotiatedMedia } from '../../sip/sdp/media.ts'
import type { Leg } from './leg.ts'

const hundredths = (value: number): number => Math.round(value * 100) / 100

/** What was heard of one party, for the story of its call. */
export function figuresOf(
  { packetsReceived, packetsSent, lost, jitterMs, roundTripMs }: StreamStats,
  media: NegotiatedMedia | undefined,
): NonNullable<TimelineEvent['data']> {
  const lossPercent = lost === 0 ? 0 : (100 * lost) / (lost + packetsReceived)
  const delay = roundTripMs === undefined ? {} : { roundTripMs }
  const codec = media?.codec
  return {
    ...(codec === undefined ? {} : { codec }),
    ...{ packetsReceived, packetsSent, lost, lossPercent: hundredths(lossPercent), jitterMs: hundredths(jitterMs) },
    ...(roundTripMs === undefined ? {} : { roundTripMs: hundredths(roundTripMs) }),
    ...(packetsReceived === 0 ? {} : { mos: opinionScore({ lossPercent, jitterMs, ...delay }, codec) }),
  }
}

/** For the story, where that is not our own SIP. */
export const carrierOf = ({ by }: Pick<Leg, 'by'>): { readonly by?: string } =>
  by === undefined ? {} : { by: by.scheme }

export const figuresText = (
  party: string,
  { packetsReceived, lost, jitterMs, mos }: ReturnType<typeof figuresOf>,
): string =>
  packetsReceived === 0
    ? `no audio came from ${party}`
    : `audio of ${party}: ${packetsReceived} packets, ${lost} lost, jitter ${jitterMs} ms, estimated MOS ${mos}`
