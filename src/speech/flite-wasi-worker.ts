import { closeSync, openSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { WASI } from 'node:wasi'
import { parentPort, workerData } from 'node:worker_threads'
import { type CompiledModule, webAssembly } from './web-assembly.ts'

export interface FliteWasiJob {
  readonly module: CompiledModule
  readonly args: readonly string[]
  readonly folder: string
  readonly to: string
}

export type FliteWasiResult = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly sentence: string }

/** Runs flite once, in a thread that lives for this one utterance. */
async function run(job: FliteWasiJob): Promise<FliteWasiResult> {
  const log = join(job.folder, 'log')
  const output = openSync(log, 'w')
  let code: number | undefined
  try {
    const wasi = new WASI({
      version: 'preview1',
      args: ['flite', ...job.args],
      env: {},
      preopens: { '/job': job.folder },
      stdout: output,
      stderr: output,
      returnOnExit: true,
    })
    const instance = await webAssembly.instantiate(job.module, { wasi_snapshot_preview1: wasi.wasiImport })
    code = Number(wasi.start(instance))
  } finally {
    closeSync(output)
  }
  if (code !== 0) {
    const said = readFileSync(log, 'utf8').trim().split('\n')[0] ?? ''
    return { kind: 'failed', sentence: said === '' ? `it ended with status ${code}.` : said }
  }
  renameSync(join(job.folder, 'speech.wav'), job.to)
  return { kind: 'done' }
}

// Absent when the file is merely imported for its types.
if (parentPort !== null) parentPort.postMessage(await run(workerData as FliteWasiJob))
