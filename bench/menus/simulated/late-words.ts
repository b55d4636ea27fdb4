import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Recognised, SpeechRecogniser } from '../../../src/speech/index.ts'
import type { FakeClock } from '../../../test/kit/fake-clock.ts'

/** Words come so long after the end of an utterance, in milliseconds, and so much later for each second of it. */
export interface Lateness {
  readonly ms: number
  readonly perSecond: number
}

/**
 * A recogniser whose words come when they would on a clock that does not go by itself: whoever moves it waits for `ready` first.
 * What was recognised once is kept in the folder, by its sound.
 */
export class LateWords {
  readonly #recogniser: SpeechRecogniser
  readonly #folder: string
  readonly #about: string
  decoded = 0

  /** @param about what else the words depend on */
  constructor(recogniser: SpeechRecogniser, folder: string, about: string) {
    this.#recogniser = recogniser
    this.#folder = folder
    this.#about = about
    mkdirSync(folder, { recursive: true })
  }

  at(clock: FakeClock, { ms, perSecond }: Lateness): { recogniser: SpeechRecogniser; ready: () => Promise<void> } {
    const due = new Set<Promise<void>>()
    const recogniser: SpeechRecogniser = {
      name: this.#recogniser.name,
      gives: this.#recogniser.gives,
      open: () => {
        const blocks: Int16Array[] = []
        return {
          write: (samples) => void blocks.push(samples.slice()),
          cancel: () => {},
          end: () => {
            const all = joined(blocks)
            const so = this.#recognise(all)
            // A fault is told when it is due, and not before.
            const over = Promise.allSettled([so])
            return new Promise<Recognised>((resolve, reject) => {
              clock.after(ms + (perSecond * all.length) / 8000, () => {
                const told = over.then(() => so.then(resolve, reject)).finally(() => due.delete(told))
                due.add(told)
              })
            })
          },
        }
      },
    }
    return { recogniser, ready: async () => void (due.size > 0 && (await Promise.all(due))) }
  }

  async #recognise(samples: Int16Array): Promise<Recognised> {
    const hash = createHash('sha256').update(this.#about).update(new Uint8Array(samples.buffer)).digest('hex')
    const path = join(this.#folder, `${hash.slice(0, 32)}.json`)
    if (existsSync(path)) return JSON.parse(await readFile(path, 'utf8')) as Recognised
    this.decoded++
    const open = this.#recogniser.open({})
    open.write(samples)
    const so = await open.end()
    await writeFile(`${path}.${process.pid}`, JSON.stringify(so))
    await rename(`${path}.${process.pid}`, path)
    return so
  }
}

function joined(blocks: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(blocks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const block of blocks) {
    all.set(block, at)
    at += block.length
  }
  return all
}
