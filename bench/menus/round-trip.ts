import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { Scope } from '../../src/base/scope.ts'
import { Slots } from '../../src/speech/slots.ts'
import { makeDataFolder } from '../../src/store/embedded/data-folder.ts'
import { freePort } from '../../test/kit/ports.ts'
import { Child } from '../figures/child.ts'
import type { ServiceAnswer, ServiceQuestion, Started } from '../figures/protocol.ts'
import { compareTree, type TreeScore } from './compare-tree.ts'
import { costOfSource } from './cost.ts'
import type { Line } from './line-audio.ts'
import { NoisyLine } from './noisy-line.ts'
import { Pace } from './pace.ts'
import { openPerson } from './person.ts'
import { placeDialled } from './place.ts'
import { type Planned, plannedTrees, type RoundTripPlan } from './plan.ts'
import { type ShownScan, scanTree, tellHearings } from './scan-tree.ts'
import { PromptFiles, type ServedTree, serveTree } from './served.ts'
import { apiOf, type ServiceApi } from './service-api.ts'
import { generateTree, type Tree } from './trees.ts'
import { openVoices } from './voices.ts'

/** A tree that was served, and what a scan by phone made of it. */
export interface Trip {
  readonly tree: Tree
  readonly voice: string
  readonly snrDb: number | undefined
  readonly apart: boolean
  readonly scan: ShownScan
  readonly score: TreeScore
  /** Of calls, in the source's way. */
  readonly sourceSeconds: number
}

export interface RoundTrips {
  readonly trips: readonly Trip[]
  readonly pace: Pace
  readonly seconds: number
}

const snrDb = 20
const greeting = 'You have reached the mailbox of the company. Please leave a message after the tone.'

/** Serves trees in one process, and scans them from another by SIP and RTP. @param say what goes on */
export async function runRoundTrips(
  plan: RoundTripPlan,
  scope: Scope,
  say: (line: string) => void,
): Promise<RoundTrips> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-trips-'))
  scope.add('folder', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const voices = await openVoices({ folder: join(folder, 'prompts'), clock: systemClock, log: silentLogger })
  const [company, scanner] = await Promise.all([
    startOne('company', { OFFHOOK_RECOGNISER: 'none', OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' }, scope),
    startOne('scanner', { OFFHOOK_RECOGNISER: plan.recogniser }, scope),
  ])
  const lines = new Map<string, Line>()
  const line = await NoisyLine.open({ scope, server: company.started.sipPort, lineTo: (user) => lines.get(user) })
  scope.add('lines', () => line.closeCalls())
  const api = apiOf(company.started)
  const files = await PromptFiles.open(scope)
  const person = await openPerson({ scope, api, sipPort: company.started.sipPort, voices, folder })
  const mailbox = await openMailbox(api, person)

  const pace = new Pace([company.child, scanner.child])
  scope.add('pace', () => pace.stop())
  const began = performance.now()
  const slots = new Slots(plan.atOnce)
  const trip = async ({ seed, voice, noisy, apart }: Planned, i: number): Promise<Trip> => {
    const tree = generateTree({ seed, mostMenus: plan.mostMenus, person, mailbox })
    const served = await serveTree(tree, voice, { api, voices, files })
    const snr = noisy ? snrDb : undefined
    lines.set(served.number, lineTo(tree, served, snr))
    const name = `tree ${seed}, ${voice}${noisy ? `, ${snrDb} dB` : ''}`
    const scan = await scanTree(
      apiOf(scanner.started),
      { number: `sip:${served.number}@127.0.0.1:${line.port}`, name: tree.menu.name, retries: 2, ...plan.choice },
      (now) => pace.progress(i, name, now),
    )
    pace.over(i)
    const score = compareTree(tree.menu, scan.tree ?? undefined)
    if (plan.verbose) await tellHearings(apiOf(scanner.started), scan, tree, say)
    say(`${name}: ${Object.keys(tree.menu.menus).length} menus, ${shown(score, scan)}`)
    return { tree, voice, snrDb: snr, apart, scan, score, sourceSeconds: sourceSeconds(tree, served.ms) }
  }
  const stopTelling = tellEvery(10_000, () => pace.line(), say)
  scope.add('telling', stopTelling)
  const planned = plannedTrees(plan, voices)
  const trips = await Promise.all(planned.map((one, i) => slots.run(new AbortController().signal, () => trip(one, i))))
  stopTelling()
  await pace.stop()
  return { trips, pace, seconds: (performance.now() - began) / 1000 }
}

async function startOne(
  name: string,
  over: Readonly<Record<string, string>>,
  scope: Scope,
): Promise<{ child: Child<ServiceQuestion, ServiceAnswer>; started: Started }> {
  const data = mkdtempSync(join(tmpdir(), 'offhook-bench-trips-'))
  scope.add(`${name} data`, () => rmSync(data, { recursive: true, force: true, maxRetries: 3 }))
  const child: Child<ServiceQuestion, ServiceAnswer> = new Child(new URL('../figures/service.js', import.meta.url))
  scope.add(name, () => child.end())
  makeDataFolder(data)
  const ports = 200
  const first = await freePort(ports)
  const env = {
    ...{ OFFHOOK_HTTP_PORT: '0', OFFHOOK_SIP_PORT: '0', OFFHOOK_BIND: '127.0.0.1', OFFHOOK_DATA: data },
    ...{ OFFHOOK_RTP_PORTS: `${first}-${first + ports - 1}`, OFFHOOK_LOG_LEVEL: 'warn', ...over },
  }
  return { child, started: await child.ask<Started>({ kind: 'start', env }) }
}

async function openMailbox(api: ServiceApi, person: string): Promise<string> {
  const { id } = await api.post<{ id: string }>('/v1/forwards', {
    name: 'Mailbox',
    targets: [{ to: person }],
    prompts: { greeting },
  })
  return id
}

/** The first hearing of one menu is spoilt. */
function lineTo(tree: Tree, { gain }: ServedTree, snr: number | undefined): Line {
  let spoilt = false
  return {
    gain,
    snrDb: snr,
    seed: tree.seed,
    spoils: (keys) => {
      if (spoilt || placeDialled(tree.menu, keys) !== tree.misheard) return false
      spoilt = true
      return true
    },
  }
}

/** Ringing, hello and greeting are about so long. */
const personMs = 5000
const greetingMs = 5000

/** @param ms how long each text lasts in the voice of the tree */
export function sourceSeconds({ menu }: Tree, ms: ReadonlyMap<string, number>): number {
  const said = (text: unknown): number => (typeof text === 'string' ? (ms.get(text) ?? 0) : 0)
  const all = costOfSource(menu, {
    menu: (name) => said(menu.menus[name]?.prompt),
    end: (action) => {
      const own = 'say' in action ? said(action.say) : 0
      return action.kind === 'dial' ? own + personMs : action.kind === 'voicemail' ? greetingMs : own
    },
  })
  return all / 1000
}

export function shown({ found, faults }: TreeScore, { calls, seconds, state, sentence }: ShownScan): string {
  const keys = `${found.found} of ${found.offered} keys, ${found.invented} invented`
  const why = sentence === null ? '' : ` (${sentence})`
  const wrong = found.exactTrees === 1 ? 'exact' : 'not exact'
  return [`${state}${why}, ${calls} calls, ${seconds} s; ${keys}; ${wrong}`, ...faults.map((one) => `    ${one}`)].join(
    '\n',
  )
}

function tellEvery(ms: number, line: () => string, say: (line: string) => void): () => void {
  const timer = setInterval(() => say(line()), ms)
  return () => clearInterval(timer)
}
