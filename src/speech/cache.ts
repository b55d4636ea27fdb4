import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'

/** What makes two prompts the same sound. */
export interface PromptKey {
  readonly engine: string
  readonly version: string
  readonly voice: string
  readonly rate: number
  readonly text: string
}

interface Entry {
  bytes: number
  /** Wall time of the last use. */
  used: number
  /** Wall time of the last use that stands in the folder; the file was there then. */
  noted: number
}

/** A prompt that was handed out is not removed this soon: a call may be about to open it. */
const graceMs = 60_000
/** So much of the order is lost at most by a crash; for so long a file that somebody else removed is still handed out. */
const noteMs = 10_000

/** Counts up when the sound made of the same key changes (level, filter): old files are then not found any more. */
const soundVersion = 1

export function promptHash(key: PromptKey): string {
  return createHash('sha256')
    .update(JSON.stringify([soundVersion, key.engine, key.version, key.voice, key.rate, key.text]))
    .digest('hex')
    .slice(0, 40)
}

/**
 * Prompt files in one folder, named by hash; the longest unused go when the folder outgrows `maxBytes`. One process per
 * folder. A file appears whole (rename) and its modification time is its last use, so the order survives a restart.
 */
export class PromptCache {
  readonly folder: string
  readonly #maxBytes: number
  readonly #clock: Clock
  readonly #log: Logger
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  private constructor(folder: string, maxBytes: number, clock: Clock, log: Logger) {
    this.folder = folder
    this.#maxBytes = maxBytes
    this.#clock = clock
    this.#log = log
  }

  /** Makes the folder where needed, takes stock of it and clears away what an interrupted run left unfinished. */
  static async open(folder: string, o: { maxBytes: number; clock: Clock; log: Logger }): Promise<PromptCache> {
    const cache = new PromptCache(folder, o.maxBytes, o.clock, o.log)
    await rm(cache.#scratch, { recursive: true, force: true })
    await mkdir(cache.#scratch, { recursive: true })
    for (const file of await readdir(folder)) {
      if (!/^[0-9a-f]{40}\.wav$/.test(file)) continue
      const facts = await stat(join(folder, file))
      cache.#enter(file.slice(0, 40), { bytes: facts.size, used: facts.mtimeMs, noted: 0 })
    }
    return cache
  }

  get #scratch(): string {
    return join(this.folder, 'unfinished')
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The file of this hash, marked as used just now; `undefined` when there is none (any more). */
  async find(hash: string): Promise<string | undefined> {
    const entry = this.#entries.get(hash)
    if (entry === undefined) return undefined
    const path = this.#path(hash)
    entry.used = this.#clock.wall()
    // Every call finds prompts; the disk is told once in a while.
    if (entry.used - entry.noted < noteMs) return path
    try {
      await utimes(path, entry.used / 1000, entry.used / 1000)
      entry.noted = entry.used
      return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      // Somebody emptied the folder under us: the prompt is made again.
      this.#forget(hash)
      return undefined
    }
  }

  /** Has `make` write a file in a scratch folder of its own and takes it in under `hash`. */
  async add(hash: string, make: (folder: string) => Promise<string>): Promise<string> {
    // Of its own, even for the same hash: an attempt that was given up may still be clearing its folder away.
    const folder = await mkdtemp(join(this.#scratch, `${hash}-`))
    try {
      const made = await make(folder)
      const { size } = await stat(made)
      const path = this.#path(hash)
      await rename(made, path)
      this.#enter(hash, { bytes: size, used: this.#clock.wall(), noted: 0 })
      await this.#shrink()
      return path
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  #path(hash: string): string {
    return join(this.folder, `${hash}.wav`)
  }

  #enter(hash: string, entry: Entry): void {
    this.#forget(hash)
    this.#entries.set(hash, entry)
    this.#bytes += entry.bytes
  }

  #forget(hash: string): void {
    this.#bytes -= this.#entries.get(hash)?.bytes ?? 0
    this.#entries.delete(hash)
  }

  async #shrink(): Promise<void> {
    if (this.#bytes <= this.#maxBytes) return
    const oldest = [...this.#entries].sort(([, a], [, b]) => a.used - b.used)
    const safe = this.#clock.wall() - graceMs
    for (const [hash, { used }] of oldest) {
      if (this.#bytes <= this.#maxBytes || used > safe) return
      this.#forget(hash)
      try {
        await rm(this.#path(hash), { force: true })
      } catch (error) {
        this.#log.warn({ err: error, hash }, 'A cached prompt could not be removed')
      }
    }
  }
}
