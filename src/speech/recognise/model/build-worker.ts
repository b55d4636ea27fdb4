import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { buildLanguageModel, type LanguageModel } from './build.ts'
import type { ModelFiles } from './files.ts'

// Builds the language model away from the main thread: it takes a second.

const files = workerData as ModelFiles
const text = (path: string): string => readFileSync(path, 'utf8')
const model: LanguageModel = buildLanguageModel({
  labels: text(files.labels),
  sentences: text(files.sentences),
  slots: text(files.slots),
  words: text(files.words),
  pronunciations: text(files.pronunciations),
  dictionary: text(files.dictionary),
})
parentPort?.postMessage(model)
