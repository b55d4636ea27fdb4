import type { FileHandle } from 'node:fs/promises'
import { g711 } from '../codec/g711.ts'
import { OUT_RATE, Resampler } from '../dsp/resample.ts'
import { readWavLayout, type WavLayout } from './header.ts'
import { clip16, toMono } from './samples.ts'

/** A prompt as all calls share it: µ-law, 8 kHz, mono, filled while it is already being played. */
export interface PromptAudio {
  /** Backed by shared memory. */
  readonly data: Uint8Array
  /** [0]: octets that are ready; [1]: 1 when no more will come. Shared memory, read by `Atomics`. */
  readonly progress: Int32Array
}

const BLOCK = 65_536

/** How the file will come out; its samples are read afterwards by `fillPrompt`. @throws MediaError `bad-wav` */
export async function preparePrompt(file: FileHandle): Promise<{ audio: PromptAudio; layout: WavLayout }> {
  const { size } = await file.stat()
  const layout = await readWavLayout((at, length) => readAt(file, at, length), size)
  const samples = Math.ceil(((layout.dataLength / layout.blockAlign) * OUT_RATE) / layout.rate - 1e-9)
  return {
    layout,
    audio: {
      data: new Uint8Array(new SharedArrayBuffer(samples)),
      progress: new Int32Array(new SharedArrayBuffer(8)),
    },
  }
}

/** Reads, mixes down, resamples and encodes block by block; gives way to other work between blocks. */
export async function fillPrompt(file: FileHandle, layout: WavLayout, audio: PromptAudio): Promise<void> {
  const untouched = layout.encoding === 'ulaw' && layout.channels === 1 && layout.rate === OUT_RATE
  const resampler = layout.rate === OUT_RATE ? undefined : new Resampler(layout.rate)
  const step = BLOCK - (BLOCK % layout.blockAlign)
  let ready = 0
  const add = (samples: Float64Array): void => {
    const count = Math.min(samples.length, audio.data.length - ready)
    for (let i = 0; i < count; i++) audio.data[ready + i] = g711.PCMU.encode[clip16(samples[i]!) & 0xffff]!
    ready += count
    Atomics.store(audio.progress, 0, ready)
  }
  try {
    for (let at = 0; at < layout.dataLength; ) {
      const octets = await readAt(file, layout.dataAt + at, Math.min(step, layout.dataLength - at))
      if (octets.length < layout.blockAlign) break
      at += octets.length
      if (untouched) {
        audio.data.set(octets, ready)
        ready += octets.length
        Atomics.store(audio.progress, 0, ready)
      } else {
        const mono = toMono(layout, octets)
        add(resampler ? resampler.push(mono) : mono)
      }
    }
    if (resampler) add(resampler.finish())
  } finally {
    Atomics.store(audio.progress, 1, 1)
  }
}

/** Fewer octets at the end of the file. */
export async function readAt(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, at + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}
