import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { workerEntry } from '../../../base/worker-entry.ts'
import type { LanguageModel } from './build.ts'

const names = ['labels', 'sentences', 'slots', 'words', 'pronunciations'] as const

/** Paths of the texts that the model is made of. */
export type ModelFiles = Readonly<Record<(typeof names)[number] | 'dictionary', string>>

export interface BuiltModel {
  /** Of the language model in ARPA format, and of its dictionary. */
  readonly arpa: string
  readonly dictionary: string
}

/** Of the way the model is made: another number makes all machines build theirs anew. */
const generation = 5

/** @param dictionary path of the dictionary that came with the acoustic model */
export function modelFiles(dictionary: string): ModelFiles {
  const at = (name: string): string => fileURLToPath(new URL(`./${name}.txt`, import.meta.url))
  const [labels, sentences, slots, words, pronunciations] = names.map(at) as [string, string, string, string, string]
  return { labels, sentences, slots, words, pronunciations, dictionary }
}

/** The model of these texts out of the folder, where it is built when it is not there yet (a second, in a thread of its own). */
export async function keepModel(folder: string, files: ModelFiles): Promise<BuiltModel> {
  const hash = createHash('sha256').update(`${generation}\n`)
  for (const path of Object.values(files)) hash.update(await readFile(path))
  const mark = `model-${hash.digest('hex').slice(0, 16)}`
  const home = join(folder, mark)
  const built = { arpa: join(home, 'lm.arpa'), dictionary: join(home, 'dict') }
  if (existsSync(home)) return built
  await mkdir(folder, { recursive: true })
  const draft = `${home}.${process.pid}`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft)
  const model = await inThread(files)
  await writeFile(join(draft, 'lm.arpa'), model.arpa)
  await writeFile(join(draft, 'dict'), model.dictionary)
  // Whole or not at all; somebody else's of the same texts is as good.
  await rename(draft, home).catch(async (error: NodeJS.ErrnoException) => {
    await rm(draft, { recursive: true, force: true })
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  for (const old of await readdir(folder)) {
    if (old.startsWith('model-') && old !== mark) await rm(join(folder, old), { recursive: true, force: true })
  }
  return built
}

function inThread(files: ModelFiles): Promise<LanguageModel> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerEntry(import.meta.url, './build-worker'), { workerData: files, execArgv: [] })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the thread that builds the language model ended with ${code}`)))
  })
}
