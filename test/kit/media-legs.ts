import { stat } from 'node:fs/promises'
import type { Scope } from '../../src/base/scope.ts'
import type { Codec, MediaPlane, MediaRoom, MediaStream, RemoteMedia, StreamEvent } from '../../src/media/index.ts'
import { eventually } from './eventually.ts'
import { MediaPeer } from './media-peer.ts'

export interface MediaLeg {
  readonly stream: MediaStream
  readonly peer: MediaPeer
  readonly events: StreamEvent[]
}

/** A stream of the plane with a far end that it is connected to; both are closed with the scope. */
export async function mediaLeg(
  plane: MediaPlane,
  scope: Scope,
  o: Partial<RemoteMedia> & { readonly near?: MediaStream | MediaRoom } = {},
): Promise<MediaLeg> {
  const { near, ...changes } = o
  const codec: Codec = changes.codec ?? 'PCMU'
  const peer = await MediaPeer.open()
  scope.add('peer', () => peer.close())
  const stream = await plane.open({ bind: '127.0.0.1', ...(near ? { near } : {}) })
  scope.add('stream', async () => void (await stream.close()))
  const events: StreamEvent[] = []
  stream.onEvent = (event) => events.push(event)
  peer.codec = codec
  peer.connect(stream.localPort)
  stream.connect({
    address: '127.0.0.1',
    port: peer.port,
    codec,
    payloadType: codec === 'PCMU' ? 0 : 8,
    telephoneEvent: 101,
    direction: 'sendrecv',
    rtcpMux: true,
    ...changes,
  })
  return { stream, peer, events }
}

/** Waits until a recording to `path` has begun: its first samples are there. */
export async function recordingBegan(path: string): Promise<void> {
  const size = async (): Promise<number> => (await stat(path).catch(() => ({ size: 0 }))).size
  if ((await eventually(size, (bytes) => bytes > 44)) <= 44) throw new Error(`nothing was recorded to ${path}`)
}
