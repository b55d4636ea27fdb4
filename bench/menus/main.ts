import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { Scope } from '../../src/base/scope.ts'
import { describeMachine } from '../figures/machine.ts'
import { benchRecogniser } from '../recogniser.ts'
import { hearHuman } from './human.ts'
import { hearOffline } from './offline.ts'
import type { RoundTripPlan } from './plan.ts'
import { findSounds, noSounds } from './recorded.ts'
import { reportTrips } from './report.ts'
import { runRoundTrips } from './round-trip.ts'
import type { Lateness } from './simulated/late-words.ts'
import { runSimulated } from './simulated/main.ts'

/**
 * `npm run bench:menus`: serves generated trees, scans them by phone and compares. `--offline` hears the prompts without any call, `--human` recorded ones.
 * @returns the exit code
 */
export async function runMenuBench(args: readonly string[]): Promise<number> {
  if (args.includes('--offline')) return hearOffline(args.filter((arg) => arg !== '--offline'))
  if (args.includes('--human') && !args.includes('--simulated'))
    return hearHuman(args.filter((arg) => arg !== '--human'))
  const { plan, simulated } = planOf(args)
  const found = benchRecogniser(plan.recogniser)
  if (found === undefined) return 1
  if (simulated !== undefined) return runSimulated(plan, simulated.lateness, { ...simulated, found })
  const scope = new Scope('menu bench')
  const interrupted = (): void => void scope.close().then(() => process.exit(130))
  process.once('SIGINT', interrupted)
  try {
    const load = loadavg()
    const trips = await runRoundTrips(plan, scope, (line) => console.error(line))
    console.log(
      reportTrips(trips, plan, { machine: describeMachine(), date: new Date().toISOString().slice(0, 10), load }),
    )
    return 0
  } finally {
    process.off('SIGINT', interrupted)
    await scope.close()
  }
}

interface Asked {
  readonly plan: RoundTripPlan
  /** In place of the calls. */
  readonly simulated:
    | { readonly lateness: Lateness; readonly folder: string | undefined; readonly sounds: string | undefined }
    | undefined
}

function planOf(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      // Three small trees: shows that everything works.
      quick: { type: 'boolean', default: false },
      seed: { type: 'string' },
      trees: { type: 'string' },
      menus: { type: 'string' },
      voices: { type: 'string' },
      noise: { type: 'string' },
      'at-once': { type: 'string' },
      apart: { type: 'string' },
      // Bounds of the scans, as `POST /v1/scans` takes them: --choice probe=gaps --choice hearings=3
      choice: { type: 'string', multiple: true },
      verbose: { type: 'boolean', default: false },
      // Neither network nor service, on a clock of its own; words come so late, plus a fifth of what was said; prompts and words are kept in the folder.
      simulated: { type: 'boolean', default: false },
      'late-ms': { type: 'string' },
      folder: { type: 'string' },
      recogniser: { type: 'string' },
      // In place of generated trees, those of menus that a person recorded.
      human: { type: 'boolean', default: false },
      sounds: { type: 'string' },
    },
  })
  const number = (value: string | undefined, otherwise: number): number => Number(value ?? otherwise)
  const { noise = 'half' } = values
  if (noise !== 'half' && noise !== 'all' && noise !== 'none') throw new Error('--noise takes half, all or none')
  const plan: RoundTripPlan = {
    seed: number(values.seed, 1),
    trees: number(values.trees, values.quick ? 3 : 30),
    mostMenus: number(values.menus, values.quick ? 2 : 6),
    voices: values.voices?.split(','),
    noise,
    atOnce: number(values['at-once'], 10),
    apart: number(values.apart, values.quick ? 0 : 2),
    recogniser: values.recogniser ?? 'offline',
    verbose: values.verbose,
    choice: Object.fromEntries((values.choice ?? []).map(choiceOf)),
  }
  const lateness = { ms: number(values['late-ms'], 400), perSecond: 200 }
  const sounds = values.human ? findSounds(values.sounds) : undefined
  if (values.human && sounds === undefined) throw new Error(noSounds)
  return { plan, simulated: values.simulated ? { lateness, folder: values.folder, sounds } : undefined }
}

function choiceOf(text: string): [string, unknown] {
  const [name = '', value = ''] = text.split('=')
  return [name, /^\d+$/.test(value) ? Number(value) : value]
}
