import { open } from 'node:fs/promises'
import { MediaError } from '../plane.ts'
import { fillPrompt, type PromptAudio, preparePrompt } from './load.ts'

interface Entry {
  readonly audio: PromptAudio
  /** Changes when the file was written again. */
  readonly version: string
}

const describe = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ENOENT':
      return 'it is not there'
    case 'EACCES':
      return 'it may not be read'
    case 'EISDIR':
      return 'it is a folder'
    default:
      return message
  }
}

/** Prompt files as µ-law, read once and shared by all calls; the ones not played for longest go first. */
export class PromptCache {
  bytes = 0
  readonly #entries = new Map<string, Entry>()
  readonly #opening = new Map<string, Promise<PromptAudio>>()
  readonly #limit: number
  readonly #failed: (path: string, error: unknown) => void

  /** @param failed told when a file breaks off after its start was already given out */
  constructor(limit: number, failed: (path: string, error: unknown) => void) {
    this.#limit = limit
    this.#failed = failed
  }

  /** Resolves as soon as the header is read; the samples follow. @throws MediaError `no-file`, `bad-wav` */
  async load(path: string): Promise<PromptAudio> {
    // Several calls that ask at once share one reading.
    const opening = this.#opening.get(path)
    if (opening) return opening
    const made = this.#load(path).finally(() => this.#opening.delete(path))
    this.#opening.set(path, made)
    return made
  }

  async #load(path: string): Promise<PromptAudio> {
    const file = await open(path, 'r').catch((error: unknown) => {
      throw new MediaError('no-file', `cannot play ${JSON.stringify(path)}: ${describe(error)}`)
    })
    let filling = false
    try {
      const { mtimeMs, size, ino } = await file.stat()
      const version = `${mtimeMs} ${size} ${ino}`
      const known = this.#entries.get(path)
      if (known?.version === version) {
        this.#entries.delete(path)
        this.#entries.set(path, known)
        return known.audio
      }
      if (known) this.#forget(path, known)
      const { audio, layout } = await preparePrompt(file)
      this.#keep(path, { audio, version })
      filling = true
      void fillPrompt(file, layout, audio)
        .catch((error: unknown) => {
          this.#failed(path, error)
          const broken = this.#entries.get(path)
          if (broken?.audio === audio) this.#forget(path, broken)
        })
        .finally(() => file.close())
      return audio
    } catch (error) {
      if (error instanceof MediaError && error.code === 'bad-wav') {
        throw new MediaError('bad-wav', `cannot play ${JSON.stringify(path)}: ${error.message}`)
      }
      if (error instanceof MediaError) throw error
      throw new MediaError('no-file', `cannot play ${JSON.stringify(path)}: ${describe(error)}`)
    } finally {
      if (!filling) await file.close()
    }
  }

  #keep(path: string, entry: Entry): void {
    this.#entries.set(path, entry)
    this.bytes += entry.audio.data.length
    for (const [oldest, { audio }] of this.#entries) {
      if (this.bytes <= this.#limit || oldest === path) break
      this.#entries.delete(oldest)
      this.bytes -= audio.data.length
    }
  }

  #forget(path: string, entry: Entry): void {
    this.#entries.delete(path)
    this.bytes -= entry.audio.data.length
  }
}
