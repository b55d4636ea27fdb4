import type { MediaStream } from '../../media/plane.ts'
import type { NegotiatedMedia } from '../../sip/sdp/media.ts'
import { readChannel } from './event.ts'
import type { AriRest } from './rest.ts'
import { readVariable } from './variable.ts'

type AudioCodec = NegotiatedMedia['codec']

export interface AudioOptions {
  readonly rest: AriRest
  readonly app: string
  /** The channel that is to be heard. */
  readonly channel: string
  readonly codec: AudioCodec
  readonly stream: Pick<MediaStream, 'localPort'>
  /** Of ours, as Asterisk reaches it. */
  readonly address: string
  /** Resolves when that channel is in the application, rejects when it is gone. To be asked for before it is made. */
  arrival(channel: string): Promise<unknown>
  /** Resolves when that channel is in a bridge. To be asked for before it is put there. */
  entry(channel: string): Promise<unknown>
}

/** RFC 3551 §6. */
const formats = { PCMU: { name: 'ulaw', payloadType: 0 }, PCMA: { name: 'alaw', payloadType: 8 } } as const
/** What Asterisk takes it for on a channel that nothing was negotiated for. */
const telephoneEvent = 101

/** Else each would be shown the other one for who calls, in place of what we set. */
const untold = { inhibitConnectedLineUpdates: true } as const

/** Names of what belongs to a channel, so that it is known for ours after a restart. */
export const audioOf = (channel: string): string => `offhook-audio-${channel}`
export const bridgeOf = (channel: string): string => `offhook-bridge-${channel}`
export const isOurs = (id: string): boolean => id.startsWith('offhook-')

/**
 * Brings the audio of a channel here and ours there: a channel of external media (RTP) and the one of the call meet in a bridge. Keys of
 * the call stay out of it; they come as events.
 * @returns where the stream sends to
 */
export async function openAudio(o: AudioOptions): Promise<NegotiatedMedia> {
  const { rest, app, channel, stream, address } = o
  const [audio, bridge] = [audioOf(channel), bridgeOf(channel)]
  const format = formats[o.codec]
  const arrived = o.arrival(audio)
  const place = address.includes(':') ? `[${address}]` : address
  const [made] = await Promise.all([
    rest.post('/channels/externalMedia', {
      ...{ app, channelId: audio, external_host: `${place}:${stream.localPort}`, format: format.name },
      ...{ encapsulation: 'rtp', transport: 'udp', connection_type: 'client', direction: 'both' },
    }),
    // Its packets must pass through Asterisk, where keys are taken out of them.
    rest.post('/bridges', { type: 'mixing,proxy_media', bridgeId: bridge, name: bridge }),
    arrived,
  ])
  const entered = Promise.all([o.entry(channel), o.entry(audio)])
  const [far] = await Promise.all([
    placeOf(rest, audio, made),
    rest.post(`/bridges/${encodeURIComponent(bridge)}/addChannel`, { channel: audio, ...untold }),
    rest.post(`/bridges/${encodeURIComponent(bridge)}/addChannel`, { channel, absorbDTMF: true, ...untold }),
    entered,
  ])
  return {
    ...far,
    rtcpPort: far.port + 1,
    rtcpMux: false,
    codec: o.codec,
    payloadType: format.payloadType,
    telephoneEvent,
    ptime: 20,
    direction: 'sendrecv',
  }
}

/** Also where only some of it was made. */
export async function closeAudio(rest: AriRest, channel: string): Promise<void> {
  await Promise.all([
    rest.delete(`/channels/${encodeURIComponent(audioOf(channel))}`),
    rest.delete(`/bridges/${encodeURIComponent(bridgeOf(channel))}`),
  ])
}

const addressVariable = 'UNICASTRTP_LOCAL_ADDRESS'
const portVariable = 'UNICASTRTP_LOCAL_PORT'

async function placeOf(
  rest: AriRest,
  audio: string,
  made: unknown,
): Promise<{ readonly address: string; readonly port: number }> {
  const said = readChannel(made).channelvars ?? {}
  const address = said[addressVariable] ?? (await readVariable(rest, audio, addressVariable))
  const port = Number(said[portVariable] ?? (await readVariable(rest, audio, portVariable)))
  if (address === undefined || !(port > 0 && port < 65536))
    throw new Error('Asterisk does not say where it takes the audio of the call')
  return { address, port }
}
