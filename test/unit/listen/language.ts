import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Likelihood } from '../../../src/speech/recognise/model/likelihood.ts'

/** @param arpa text of a language model */
export async function languageOf(arpa: string): Promise<Likelihood> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-language-'))
  try {
    const path = join(folder, 'lm.arpa')
    writeFileSync(path, arpa)
    return await Likelihood.read(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
