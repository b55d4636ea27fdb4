import { randomBytes } from 'node:crypto'
import { g711 } from '../../media/codec/g711.ts'
import { renderTone } from '../../media/tone/tone.ts'
import { wavHeader } from '../../media/wav/header.ts'
import type { CallId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { type Fetcher, orLeftOut, type Prompt, type ToneName } from '../../phone/prompt.ts'
import type { Sound } from './step.ts'

const samplesPerMs = 8
/** Of a tone that goes on until it is stopped: a company knows no such, so it is heard so long. */
const longTone = 30_000
const longestSilence = 600_000

/** What a company fetches: a file, or what was made for it. */
export type Offered =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }

export interface HostedAudioOptions {
  /** Where companies fetch from, no slash at its end. */
  readonly base: () => string
  /** Of prompts that are URLs: fetched here, so that the same ones can be heard as in any other call. */
  readonly fetcher?: Fetcher | undefined
}

/** Prompts of calls as what a company can play: it speaks texts itself, and fetches all else here under a name that nobody guesses. */
export class HostedAudio {
  readonly #options: HostedAudioOptions
  readonly #offered = new Map<string, Offered>()
  readonly #ofCall = new Map<CallId, string[]>()

  constructor(options: HostedAudioOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#offered.size
  }

  get(token: string): Offered | undefined {
    const [, ms] = /^silence-([0-9]{1,6})$/.exec(token) ?? []
    if (ms === undefined) return this.#offered.get(token)
    const samples = Math.min(Number(ms), longestSilence) * samplesPerMs
    return { kind: 'bytes', bytes: wav(new Int16Array(samples)) }
  }

  /** @param note told of what is left out. @throws Problem, PromptUnusable */
  async prepare(prompt: Prompt, call: CallId, note: (sentence: string) => void): Promise<readonly Sound[]> {
    switch (prompt.kind) {
      case 'text':
        return [
          { kind: 'say', text: prompt.text, ...(prompt.language === undefined ? {} : { language: prompt.language }) },
        ]
      case 'file':
        return [this.#play({ kind: 'file', path: prompt.path }, call)]
      case 'url': {
        const { fetcher } = this.#options
        if (fetcher === undefined)
          throw new Problem('not_supported', `Prompts cannot be fetched here, so ${prompt.url} cannot be played.`)
        return [this.#play({ kind: 'file', path: await fetcher(prompt.url) }, call)]
      }
      case 'tone':
        return [this.#play({ kind: 'bytes', bytes: toneWav(prompt.tone, prompt.ms) }, call)]
      case 'silence':
        return [{ kind: 'play', url: this.silence(prompt.ms) }]
      case 'sequence': {
        const lists = await Promise.all(prompt.items.map((item) => this.prepare(item, call, note)))
        return lists.flat()
      }
      case 'optional':
        return orLeftOut(this.prepare(prompt.prompt, call, note), note)
    }
  }

  /** @param ms at most ten minutes of it are heard */
  silence(ms: number): string {
    return this.#urlOf(`silence-${Math.round(Math.min(Math.max(ms, 100), longestSilence))}`)
  }

  /** To be called when a call is over. */
  forget(call: CallId): void {
    for (const token of this.#ofCall.get(call) ?? []) this.#offered.delete(token)
    this.#ofCall.delete(call)
  }

  #play(offered: Offered, call: CallId): Sound {
    return { kind: 'play', url: this.#offer(offered, call) }
  }

  #offer(offered: Offered, call: CallId): string {
    const same = offered.kind === 'file' ? this.#find(offered.path, call) : undefined
    const token = same ?? randomBytes(16).toString('hex')
    if (same === undefined) {
      this.#offered.set(token, offered)
      this.#ofCall.set(call, [...(this.#ofCall.get(call) ?? []), token])
    }
    return this.#urlOf(token)
  }

  #urlOf(token: string): string {
    return `${this.#options.base()}/voice/audio/${token}.wav`
  }

  /** A prompt that is heard again and again keeps its name. */
  #find(path: string, call: CallId): string | undefined {
    return this.#ofCall.get(call)?.find((token) => {
      const offered = this.#offered.get(token)
      return offered?.kind === 'file' && offered.path === path
    })
  }
}

function toneWav(name: ToneName, ms: number | undefined): Uint8Array {
  const { data, repeats } = renderTone(name, ms)
  const samples = repeats ? Math.round(Math.min(ms ?? longTone, longTone) * samplesPerMs) : data.length
  const { decode } = g711.PCMU
  return wav(Int16Array.from({ length: samples }, (_, i) => decode[data[i % data.length]!]!))
}

/** 16 bit, 8 kHz, mono. */
export function wav(samples: Int16Array): Uint8Array {
  const data = Buffer.alloc(samples.length * 2)
  for (let i = 0; i < samples.length; i++) data.writeInt16LE(samples[i]!, i * 2)
  return Buffer.concat([wavHeader(data.length), data])
}
