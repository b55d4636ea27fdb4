import { createHash } from 'node:crypto'
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Logger } from '../../base/log.ts'
import { decodeToWav } from '../../media/index.ts'

export interface SoundsOptions {
  /** Where sounds are, as in `/usr/share/asterisk/sounds`. */
  readonly folder: string
  /** Of those that had to be decoded. */
  readonly cache: string
  readonly log: Logger
}

const endings = ['wav', 'gsm', 'mp3'] as const
/** Asterisk has the sounds of a language in a folder of their own. */
const languages = ['', 'en']
/** More of them are another sound each, as `%d` asks for. */
const mostNumbered = 10_000

/** The sounds of applications, by name and without ending. */
export class Sounds {
  readonly #options: SoundsOptions

  constructor(options: SoundsOptions) {
    this.#options = options
  }

  /** A WAV file that can be played; `undefined` where there is none, or where it is no audio. */
  async find(name: string): Promise<string | undefined> {
    for (const language of languages) {
      const path = this.#inside(join(language, name))
      if (path === undefined) return undefined
      for (const ending of endings) {
        const found = await this.#playable(`${path}.${ending}`)
        if (found !== undefined) return found
      }
    }
    return undefined
  }

  /** Makes a WAV file the sound of that name; `%d` in it is the first number that is free. @returns why not */
  async keep(path: string, name: string): Promise<string | undefined> {
    const target = this.#inside(name)
    if (target === undefined) return `${JSON.stringify(name.slice(0, 80))} does not lie in the folder of the sounds`
    const free = await numbered(target)
    await mkdir(dirname(free), { recursive: true })
    const part = `${free}.part`
    await copyFile(path, part)
    await rename(part, free).catch(async (error: unknown) => {
      await rm(part, { force: true })
      throw error
    })
    return undefined
  }

  async #playable(path: string): Promise<string | undefined> {
    const { cache, log } = this.#options
    const stats = await stat(path).catch(() => undefined) // a sound that cannot be looked at is none
    if (stats === undefined || !stats.isFile()) return undefined
    const key = createHash('sha256').update(`${path}\0${stats.mtimeMs}\0${stats.size}`).digest('hex').slice(0, 32)
    const decoded = join(cache, `${key}.wav`)
    if ((await stat(decoded).catch(() => undefined)) !== undefined) return decoded // else it is decoded now
    try {
      await mkdir(cache, { recursive: true })
      await decodeToWav(path, decoded)
      return decoded
    } catch (err) {
      log.warn({ sound: path, err }, 'a sound cannot be played')
      return undefined
    }
  }

  /** `undefined`: it leads out of the folder. Absolute names are of files in it. */
  #inside(name: string): string | undefined {
    const folder = resolve(this.#options.folder)
    const path = resolve(folder, name)
    const way = relative(folder, path)
    return name.includes('\0') || way === '' || way === '..' || way.startsWith(`..${sep}`) ? undefined : path
  }
}

async function numbered(target: string): Promise<string> {
  if (!target.includes('%d')) return `${target}.wav`
  for (let i = 0; i < mostNumbered; i++) {
    const path = `${target.replace('%d', String(i))}.wav`
    if ((await stat(path).catch(() => undefined)) === undefined) return path // that name is free
  }
  throw new Error(`there are ${mostNumbered} recordings of the name ${target} already`)
}
