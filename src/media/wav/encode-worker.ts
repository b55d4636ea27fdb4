import { open, rename, rm } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
// LGPL 3.0, used as it comes: a package of its own, which can be exchanged.
import { Mp3Encoder } from '@breezystack/lamejs'
import { placeThisThread } from '../../base/thread-priority.ts'
import { MediaError } from '../plane.ts'
import type { EncodeJob } from './encode.ts'
import { readWavLayout } from './header.ts'
import { readAt } from './load.ts'
import type { FileReport } from './one-file.ts'

const port = parentPort
if (!port) throw new Error('encode-worker runs as a worker thread only')

placeThisThread('background')

const { input, output, part } = workerData as EncodeJob

/** Per channel; what is left of speech at 8 kHz is not better with more. */
const KBPS = 16
/** Samples per frame of MPEG-2.5, layer 3, times as many as make a read of some 64 KiB. */
const BLOCK_SAMPLES = 576 * 50

async function encode(): Promise<void> {
  const source = await open(input, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new MediaError('no-file', `cannot be opened: ${error.code ?? error.message}`)
  })
  try {
    const { size } = await source.stat()
    const layout = await readWavLayout((at, length) => readAt(source, at, length), size)
    const { channels, rate, dataAt, dataLength, blockAlign } = layout
    if (layout.encoding !== 'pcm' || layout.bits !== 16 || channels > 2)
      throw new MediaError('bad-wav', `it has ${channels} channels of ${layout.bits} bits`)
    const target = await open(part, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      throw new MediaError('write-failed', `cannot write to ${JSON.stringify(output)}: ${error.code ?? error.message}`)
    })
    try {
      const encoder = new Mp3Encoder(channels, rate, KBPS * channels)
      const step = BLOCK_SAMPLES * blockAlign
      for (let at = 0; at < dataLength; at += step) {
        const octets = await readAt(source, dataAt + at, Math.min(step, dataLength - at))
        const [left, right] = split(octets, channels)
        await target.write(right === undefined ? encoder.encodeBuffer(left) : encoder.encodeBuffer(left, right))
      }
      await target.write(encoder.flush())
    } finally {
      await target.close()
    }
    await rename(part, output)
  } finally {
    await source.close()
  }
}

/** Little-endian samples of one or two channels, each by itself. */
function split(octets: Uint8Array, channels: number): readonly [Int16Array, Int16Array?] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  const count = Math.floor(octets.length / 2 / channels)
  const of = (channel: number): Int16Array =>
    Int16Array.from({ length: count }, (_, i) => view.getInt16((i * channels + channel) * 2, true))
  return channels === 1 ? [of(0)] : [of(0), of(1)]
}

async function report(): Promise<FileReport> {
  try {
    await encode()
    return { kind: 'done' }
  } catch (error) {
    await rm(part, { force: true })
    const code = error instanceof MediaError ? error.code : 'write-failed'
    return { kind: 'failed', code, message: (error as Error).message }
  }
}

port.postMessage(await report())
