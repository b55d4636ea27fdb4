import { open, rename, rm } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { placeThisThread } from '../../base/thread-priority.ts'
import { OUT_RATE, Resampler } from '../dsp/resample.ts'
import { MediaError } from '../plane.ts'
import type { DecodeJob } from './decode.ts'
import { monoBlocks } from './decoded.ts'
import { WAV_HEADER, wavHeader } from './header.ts'
import type { FileReport } from './one-file.ts'
import { clip16 } from './samples.ts'

// One file, then this thread is over: a decoder that runs wild takes nothing with it.

const port = parentPort
if (!port) throw new Error('decode-worker runs as a worker thread only')

placeThisThread('background')

const { input, output, part, maxBytes, maxSeconds } = workerData as DecodeJob

async function decode(): Promise<void> {
  const source = await open(input, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new MediaError('no-file', `cannot be opened: ${error.code ?? error.message}`)
  })
  try {
    const target = await open(part, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      throw new MediaError('write-failed', `cannot write to ${JSON.stringify(output)}: ${error.code ?? error.message}`)
    })
    let length = 0
    const write = async (samples: Float64Array): Promise<void> => {
      if (length + samples.length > maxSeconds * OUT_RATE)
        throw new MediaError('bad-audio', `it is longer than ${maxSeconds} seconds`)
      const octets = new Uint8Array(Int16Array.from(samples, clip16).buffer)
      await target.write(octets, 0, octets.length, WAV_HEADER + length * 2)
      length += samples.length
    }
    try {
      let resampler: Resampler | undefined
      for await (const { rate, samples } of monoBlocks(source, maxBytes)) {
        if (rate !== OUT_RATE) resampler ??= new Resampler(rate)
        await write(resampler ? resampler.push(samples) : samples)
      }
      if (resampler) await write(resampler.finish())
      if (length === 0) throw new MediaError('bad-audio', 'there is no audio in it')
      await target.write(wavHeader(length * 2), 0, WAV_HEADER, 0)
    } finally {
      await target.close()
    }
    await rename(part, output)
  } finally {
    await source.close()
  }
}

async function report(): Promise<FileReport> {
  try {
    await decode()
    return { kind: 'done' }
  } catch (error) {
    await rm(part, { force: true })
    const code = error instanceof MediaError ? error.code : 'write-failed'
    return { kind: 'failed', code, message: (error as Error).message }
  }
}

port.postMessage(await report())
