import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { loudness, readWav } from '../kit/audio.ts'
import { freePort } from '../kit/ports.ts'
import { type Program, startProgram } from '../kit/program.ts'
import { type Service, startService } from '../kit/service.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
let scope: Scope
beforeEach(() => {
  scope = new Scope('demo test')
})
afterEach(() => scope.close())

/** As typed: `npm run demo` runs just this. */
function demo(env: Readonly<Record<string, string>>): Program {
  const { PATH = '', HOME = '' } = process.env
  const program = startProgram(process.execPath, [join(root, 'scripts/demo.mjs')], {
    scope,
    cwd: root,
    env: { PATH, HOME, LANG: 'C.UTF-8', ...env },
    graceMs: 20_000,
  })
  return program
}

const beside = ({ url, sipPort, token, dataFolder }: Service): Record<string, string> => ({
  OFFHOOK_HTTP_PORT: new URL(url).port,
  OFFHOOK_SIP_PORT: String(sipPort),
  OFFHOOK_TOKEN: token,
  OFFHOOK_DATA: dataFolder,
})

/** What the service has of what the demo made. */
async function made(service: Service): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const noun of ['extensions', 'forwards', 'numbers'])
    counts[noun] = (await service.api<{ items: unknown[] }>('GET', `/v1/${noun}`)).items.length
  return counts
}

const nothing = { extensions: 0, forwards: 0, numbers: 0 }
const oneCast = { extensions: 1, forwards: 1, numbers: 2 }

const steps = [
  /Ann's phone signs in/,
  /Bob \(.*\) dials \+1/,
  /The service answers/,
  /Bob hears: "Please wait while we are forwarding your call"/,
  /Ann's phone rings and shows Bob/,
  /Bob hears it ring/,
  /Nobody picks up: Ann's phone stops ringing after (?:4\.[89]|5\.\d) s/,
  /Bob hears: "The number you're trying is not reachable/,
  /Bob hears: "Please leave your message after the beep", then the beep/,
  /Bob speaks: "Hello Ann/,
  /Ann's phone gets a text: "New voice message for Ann from .*, [5-8] s: http/,
  /The service thanks Bob and hangs up/,
  /The link opens: .* \d\d+ % like what Bob said/,
  /gone again/,
]

function expectWholeStory(output: string): void {
  let from = 0
  for (const step of steps) {
    const found = step.exec(output.slice(from))
    expect(found, `${step} in what follows\n${output.slice(from)}`).not.toBeNull()
    from += (found?.index ?? 0) + (found?.[0].length ?? 0)
  }
  const path = /the message +(\S+\.wav)/.exec(output)?.[1] ?? ''
  expect(loudness(readWav(path))).toBeGreaterThan(300)
}

test('beside a running service: what a killed demo left is taken away, the story told, and nothing stays', async () => {
  const service = await startService({ scope })
  const killed = demo(beside(service))
  await killed.wrote(/Bob hears it ring/, 60_000)
  expect(await made(service)).toEqual(oneCast)
  killed.kill('SIGKILL')
  await killed.exited
  expect(await made(service)).toEqual(oneCast)

  const program = demo(beside(service))
  await program.wrote(/Ann's phone signs in/, 60_000)
  expect(await made(service)).toEqual(oneCast)
  expect(await program.exited, program.output()).toEqual({ code: 0, signal: undefined })
  expectWholeStory(program.output())
  expect(await made(service)).toEqual(nothing)
  const { items } = await service.api<{ items: { state: string }[] }>('GET', '/v1/messages')
  expect(items.map(({ state }) => state)).toEqual(['delivered'])
})

test('where nobody is trusted the caller has a password; an interrupt ends it at once, and takes away what it made', async () => {
  const env = { OFFHOOK_TRUSTED: '' }
  const service = await startService({ scope, env })
  const program = demo({ ...beside(service), ...env })
  await program.wrote(/Bob hears it ring/, 60_000)
  expect(await made(service)).toEqual({ ...oneCast, extensions: 2 })
  program.kill('SIGINT')
  expect(await program.exited).toEqual({ code: 1, signal: undefined })
  expect(program.output()).toMatch(/\nInterrupted\.\n$/)
  expect(await made(service)).toEqual(nothing)
})

test('where no service runs it starts its own, and ends it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-demo-test-'))
  scope.add('data folder', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const program = demo({ OFFHOOK_DATA: folder, OFFHOOK_HTTP_PORT: String(await freePort()) })
  expect(await program.exited, program.output()).toEqual({ code: 0, signal: undefined })
  expect(program.output()).toContain('No service runs here, so the demo starts one of its own')
  expectWholeStory(program.output())
  expect(program.output()).not.toContain('"level":')
  expect(processesIn(folder)).toEqual([])
})

test('a token that is wrong is told before anything is made', async () => {
  const service = await startService({ scope })
  const program = demo({ ...beside(service), OFFHOOK_TOKEN: 'not-the-token-of-it' })
  expect(await program.exited).toEqual({ code: 1, signal: undefined })
  expect(program.output()).toContain('OFFHOOK_TOKEN is set to another one.')
  expect(await made(service)).toEqual(nothing)
})

function processesIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return command.includes(folder) ? [command] : []
      } catch {
        return [] // it ended while we looked
      }
    })
}
