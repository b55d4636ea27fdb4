import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { viewOf } from '../../../src/menu/scan/view.ts'
import { invalidPrompt } from '../../../src/menu/walk.ts'
import { type FoundOffline, openOffline } from '../../../src/speech/recognise/offline/recogniser.ts'
import { Slots } from '../../../src/speech/slots.ts'
import { readWav } from '../../../test/kit/audio.ts'
import { SPEECH, speechRms } from '../../speech/line.ts'
import { compareTree } from '../compare-tree.ts'
import { shownWords } from '../offline.ts'
import { placeOf } from '../place.ts'
import { type Planned, plannedTrees, type RoundTripPlan } from '../plan.ts'
import {
  readRecorded,
  recordedGoodbye,
  recordedGreeting,
  recordedRefusal,
  recordedSound,
  recordedTree,
} from '../recorded.ts'
import { tripRows } from '../report.ts'
import { shown, sourceSeconds, type Trip } from '../round-trip.ts'
import { saidIn } from '../served.ts'
import { describeTrees, generateTree, type Tree } from '../trees.ts'
import { openVoices, type Voices } from '../voices.ts'
import type { Said } from './company.ts'
import { type Lateness, LateWords } from './late-words.ts'
import { simulateTrip } from './trip.ts'

const snrDb = 20
const greeting = 'You have reached the mailbox of the company. Please leave a message after the tone.'
const hello = 'Hello, this is Harper speaking. How can I help you?'

/**
 * `npm run bench:menus -- --simulated`: scans generated trees on a clock that goes as fast as speech is recognised. Audio, line, listening,
 * recogniser and scan are the real ones; there is neither network nor service, and words come as late as they are said to.
 * @param folder where prompts and words are kept for the next run; a temporary one unless given
 * @param found the recogniser
 * @param sounds where menus are that a person recorded: these are scanned in place of generated ones
 * @returns the exit code
 */
export async function runSimulated(
  plan: RoundTripPlan,
  lateness: Lateness,
  { folder, sounds, found }: SimulatedWith,
): Promise<number> {
  const scope = new Scope('simulated trips')
  const kept = folder ?? mkdtempSync(join(tmpdir(), 'offhook-bench-simulated-'))
  if (folder === undefined) scope.add('folder', () => rmSync(kept, { recursive: true }))
  try {
    const [clock, log] = [systemClock, silentLogger]
    const voices = await openVoices({ folder: join(kept, 'prompts'), clock, log })
    const recogniser = await openOffline({ found, folder: kept, scope, clock, log, processes: 1 })
    const words = new LateWords(recogniser, join(kept, 'words'), recogniser.name)
    const slots = new Slots(2)
    const scripts =
      sounds === undefined
        ? plannedTrees(plan, voices).map((one) => () => generatedScript(one, plan, voices))
        : Array.from({ length: plan.trees }, (_, i) => () => recordedScript(plan.seed + i, sounds, plan, voices))
    const trips = await Promise.all(
      scripts.map((script) =>
        slots.run(new AbortController().signal, async () => trip(await script(), { plan, words, lateness })),
      ),
    )
    console.log(tripRows(trips).join('\n'))
    console.log(describeTrees(trips.map(({ tree }) => tree)))
    return 0
  } finally {
    await scope.close()
  }
}

export interface SimulatedWith {
  readonly folder: string | undefined
  readonly sounds: string | undefined
  readonly found: FoundOffline
}

interface Setup {
  readonly plan: RoundTripPlan
  readonly words: LateWords
  readonly lateness: Lateness
}

/** A tree, and all that is said in it. */
interface Script {
  readonly tree: Tree
  readonly voice: string
  readonly noisy: boolean
  readonly apart: boolean
  readonly spoken: ReadonlyMap<string, Int16Array>
  readonly said: Said
}

async function generatedScript(
  { seed, voice, noisy, apart }: Planned,
  plan: RoundTripPlan,
  voices: Voices,
): Promise<Script> {
  const tree = generateTree({ seed, mostMenus: plan.mostMenus, person: '1001', mailbox: 'main' })
  const spoken = new Map<string, Int16Array>()
  for (const text of saidIn(tree.menu)) spoken.set(text, readWav(await voices.speak(voice, text)))
  const own = voices.names[0] ?? ''
  // The service's own words are in its own voice.
  for (const text of [invalidPrompt, 'Goodbye.'])
    if (!spoken.has(text)) spoken.set(text, readWav(await voices.speak(own, text)))
  const said: Said = {
    text: (text) => spoken.get(text)!,
    person: joined(ringing(2), readWav(await voices.speak(own, hello))),
    mailbox: joined(readWav(await voices.speak(own, greeting)), tone(1000, 0.5)),
  }
  return { tree, voice, noisy, apart, spoken, said }
}

async function recordedScript(i: number, sounds: string, { noise }: RoundTripPlan, voices: Voices): Promise<Script> {
  const tree = recordedTree(readRecorded(), i)
  const spoken = new Map<string, Int16Array>()
  for (const text of [...saidIn(tree.menu), recordedRefusal]) spoken.set(text, recordedSound(sounds, text))
  const said: Said = {
    text: (text) => spoken.get(text) ?? recordedSound(sounds, recordedGoodbye),
    person: joined(ringing(2), readWav(await voices.speak(voices.names[0] ?? '', hello))),
    mailbox: joined(recordedSound(sounds, recordedGreeting), tone(1000, 0.5)),
  }
  const noisy = noise === 'all' || (noise === 'half' && i % 2 === 1)
  return { tree, voice: 'recorded', noisy, apart: false, spoken, said }
}

async function trip(
  { tree, voice, noisy, apart, spoken, said }: Script,
  { plan, words, lateness }: Setup,
): Promise<Trip> {
  const prompt = tree.menu.menus[tree.menu.start]?.prompt
  const gain = SPEECH / speechRms(spoken.get(String(prompt))!)
  const lines: string[] = []
  const { menu, misheard } = tree
  const result = await simulateTrip({
    ...{ tree, said, gain, choice: { retries: 2, ...plan.choice }, snrDb: noisy ? snrDb : undefined },
    recogniserAt: (clock) => words.at(clock, lateness),
    tell: plan.verbose ? (line) => lines.push(line) : undefined,
    onHearing: ({ way, words: heard, hungUp, music, tones, bySound, silentMs }, fromMs, toMs, call) => {
      if (!plan.verbose) return
      const name = placeOf(menu, way)
      const truth =
        name === undefined ? '' : ` (${name}${name === misheard ? ', misheard' : ''}: ${menu.menus[name]?.prompt})`
      const facts = [...tones, ...(music ? ['music'] : []), ...(hungUp ? ['hung up'] : [])].map((one) => ` ${one}`)
      const known = bySound === undefined ? '' : ` by sound ${bySound.node} at ${bySound.fromMs}`
      lines.push(`  [${way.join(',')}] ${call} ${fromMs}-${toMs} silent ${silentMs}${facts.join('')}${known}${truth}`)
      lines.push(`      ${shownWords(heard)}`)
    },
  })
  const view = viewOf(result.tree)
  const score = compareTree(menu, view)
  const { calls, callMs } = result.standing
  const sentence = 'sentence' in result.result ? result.result.sentence : null
  const scan = {
    ...{ id: '', number: '', state: result.result.kind, sentence, calls, seconds: Math.round(callMs / 1000) },
    ...{ nodes: result.tree.nodes.size, open: 0, percent: 100, tree: view ?? null },
  }
  const seconds = sourceSeconds(tree, new Map([...spoken].map(([text, samples]) => [text, samples.length / 8])))
  const name = `tree ${tree.seed}, ${voice}${noisy ? `, ${snrDb} dB` : ''}`
  console.error(
    [
      `${name}: ${Object.keys(menu.menus).length} menus, source ${seconds.toFixed(0)} s, ${shown(score, scan)}`,
      ...lines,
    ].join('\n'),
  )
  return { tree, voice, snrDb: noisy ? snrDb : undefined, apart, scan, score, sourceSeconds: seconds }
}

function joined(...pieces: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

const tone = (hz: number, seconds: number): Int16Array =>
  Int16Array.from({ length: seconds * 8000 }, (_, i) => Math.round(6000 * Math.sin((2 * Math.PI * hz * i) / 8000)))

/** North American ringback: 440 and 480 Hz (E.180). */
const ringing = (seconds: number): Int16Array => {
  const [one, two] = [tone(440, seconds), tone(480, seconds)]
  return one.map((sample, i) => (sample + two[i]!) / 2)
}
