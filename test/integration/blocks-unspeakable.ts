import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from '../../src/base/scope.ts'
import { wavHeader } from '../../src/media/wav/header.ts'
import type { Answer } from '../kit/receiver.ts'

/** A language that the voice knows by name only. */
export const klingon = 'tlh'

/** A folder for the path with an eSpeak in it that knows one language and fails to speak it. */
export function brokenVoice(scope: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-voice-'))
  scope.add('voice', () => rmSync(folder, { recursive: true, force: true }))
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const script = `#!/bin/sh
case "$1" in
  --version) echo 'eSpeak NG text-to-speech: 1.51' ;;
  --voices) printf 'Pty Language Age/Gender VoiceName File Other\\n 5  ${klingon}  --/M Klingon art/${klingon}\\n' ;;
  *) echo 'no sound today' >&2; exit 1 ;;
esac
`
  writeFileSync(join(bin, 'espeak-ng'), script)
  chmodSync(join(bin, 'espeak-ng'), 0o755)
  return bin
}

const served = (body: string | Buffer): Answer => ({ status: 200, body })
const wav = (bytes: number): Buffer => Buffer.concat([wavHeader(bytes), Buffer.alloc(bytes)])
/** By path: sounds that are refused, and one that is not. */
export const files: Readonly<Record<string, Answer>> = {
  '/gone.wav': { status: 404 },
  '/text.wav': served('<html>Not found</html>'),
  '/garbage.mp3': served(Buffer.concat([Buffer.from('ID3'), Buffer.alloc(5000, 7)])),
  '/empty.wav': served(wav(0)),
  '/big.wav': served(wav(10 * 1024 * 1024)),
  '/tune.gsm': served(readFileSync(new URL('../kit/gsm/tune-91.gsm', import.meta.url))),
}
