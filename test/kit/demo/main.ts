import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { CommandFailed, plain, type Terminal, writeLine } from '../../../src/cli/output.ts'
import { openSpeech } from '../../../src/speech/index.ts'
import { freeRange } from '../ports.ts'
import { PhoneShop } from '../virtual-phone.ts'
import { engage } from './cast.ts'
import { findPlace } from './place.ts'
import { type Outcome, perform } from './story.ts'

const phonePorts = 8

/** `npm run demo`. Resolves with the exit code; what it made is gone by then. */
export async function runDemo(terminal: Terminal = thisProcess()): Promise<number> {
  const scope = new Scope('demo')
  const began = performance.now()
  const tell = (sentence: string): void => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    writeLine(terminal.out, `${seconds.padStart(6)} s  ${plain(sentence)}`)
  }
  try {
    const { outcome, own } = await play(terminal, scope, tell)
    await scope.close()
    tell('The extension, the forward and its numbers are gone again')
    writeLine(terminal.out, summary(outcome, own))
    return 0
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    writeLine(terminal.err, error.message)
    return error.code
  } finally {
    await scope.close()
  }
}

async function play(
  terminal: Terminal,
  scope: Scope,
  tell: (sentence: string) => void,
): Promise<{ outcome: Outcome; own: boolean }> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-demo-'))
  scope.add('folder', () => rmSync(folder, { recursive: true, force: true }))
  const place = await findPlace(terminal, scope, tell)
  const phones = await PhoneShop.open({ rtpPorts: await freeRange(phonePorts) })
  const cast = await engage(place, scope)
  // Before the cast is taken away: a call that is up holds on to its forward.
  scope.add('phones', () => phones.close())
  const speech = await openSpeech({ folder: join(folder, 'speech'), clock: systemClock, log: silentLogger })
  const { signal } = terminal
  const outcome = await perform({ place, cast, phones, speech, scope, folder, keep: tmpdir(), signal, tell })
  return { outcome, own: place.kind === 'own' }
}

function summary({ path, text, link }: Outcome, own: boolean): string {
  const ended = own
    ? "\n                  (it worked while the demo's own service ran; npm start runs one that stays)"
    : ''
  return `
  the message     ${plain(path)}
  the text        ${plain(text)}
  the link in it  ${plain(link)}${ended}
`
}

/** The first interrupt ends the play and takes away what it made; the second ends at once. */
function thisProcess(): Terminal {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  return { out: process.stdout, err: process.stderr, env: process.env, signal: interrupted.signal }
}
