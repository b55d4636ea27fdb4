import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { type Menu, optionsOf } from '../../src/menu/model.ts'
import { type Understanding, understand } from '../../src/menu/understand/understand.ts'
import { vote } from '../../src/menu/understand/vote.ts'
import type { HeardWord } from '../../src/phone/listen.ts'
import type { SpeechRecogniser } from '../../src/speech/index.ts'
import { openOffline } from '../../src/speech/recognise/offline/recogniser.ts'
import { Slots } from '../../src/speech/slots.ts'
import { readWav } from '../../test/kit/audio.ts'
import { benchRecogniser } from '../recogniser.ts'
import { overTheLine, withBurst } from '../speech/line.ts'
import { hear } from './hear.ts'
import { addFound, compareKeys, type Found, foundCells, none, wholeTree } from './score.ts'
import { describeTrees, generateTree, type Tree } from './trees.ts'
import { openVoices, type Voices } from './voices.ts'

const defaults = { seed: 1, trees: 30, hearings: 2, snrDb: 20, mostMenus: 6 }

interface Setup {
  readonly voices: Voices
  readonly recogniser: SpeechRecogniser
  readonly hearings: number
  readonly verbose: boolean
}

/** More at once would only wait for each other. */
const atOnce = new Slots(4)

/** `npm run bench:menus -- --offline`: how well prompts are understood without any call, by voice and noise. @returns the exit code */
export async function hearOffline(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      trees: { type: 'string' },
      voices: { type: 'string' },
      hearings: { type: 'string' },
      menus: { type: 'string' },
      noise: { type: 'string' },
      verbose: { type: 'boolean' },
      folder: { type: 'string' },
      recogniser: { type: 'string' },
      extra: { type: 'string', multiple: true },
    },
  })
  const found = benchRecogniser(values.recogniser)
  if (found === undefined) return 1
  const scope = new Scope('menu bench')
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'offhook-bench-menus-'))
  if (values.folder === undefined) scope.add('folder', () => rmSync(folder, { recursive: true }))
  try {
    const [clock, log] = [systemClock, silentLogger]
    const voices = await openVoices({ folder: join(folder, 'prompts'), clock, log })
    const extra = values.extra?.flatMap((one) => one.split('=')) ?? []
    const recogniser = await openOffline({ found, folder, scope, clock, log, extra })
    const number = (value: string | undefined, otherwise: number): number => Number(value ?? otherwise)
    const setup: Setup = {
      voices,
      recogniser,
      hearings: number(values.hearings, defaults.hearings),
      verbose: values.verbose ?? false,
    }
    const first = number(values.seed, defaults.seed)
    const names = values.voices?.split(',') ?? voices.names
    const results = new Map<string, Found>()
    const trees: Tree[] = []
    for (let i = 0; i < number(values.trees, defaults.trees); i++) {
      const shape = { seed: first + i, mostMenus: number(values.menus, defaults.mostMenus) }
      const tree = generateTree({ ...shape, person: '1001', mailbox: 'main' })
      trees.push(tree)
      const voice = names[i % names.length]!
      // Every voice is heard as often with noise as without.
      const noisy = values.noise === undefined ? Math.floor(i / names.length) % 2 === 1 : values.noise === 'all'
      const snrDb = noisy ? defaults.snrDb : undefined
      const one = await heardTree(tree, voice, snrDb, setup)
      for (const row of [`${voice} ${snrDb === undefined ? 'clean' : `${snrDb} dB`}`, 'all'])
        results.set(row, addFound(results.get(row) ?? none, one))
    }
    console.log(row('voice', 'recall %', 'precision %', 'menus, keys %', 'trees, keys %', 'trees'))
    for (const [name, all] of [...results].sort(([a], [b]) => Number(a === 'all') - Number(b === 'all')))
      console.log(row(name, ...foundCells(all)))
    console.log(describeTrees(trees))
    return 0
  } finally {
    await scope.close()
  }
}

async function heardTree(tree: Tree, voice: string, snrDb: number | undefined, setup: Setup): Promise<Found> {
  const menus = await Promise.all(
    Object.keys(tree.menu.menus).map(async (name, at) => {
      const hearings = await Promise.all(
        Array.from({ length: setup.hearings }, (_, i) => {
          const spoilt = name === tree.misheard && i === 0
          const as = { name, voice, snrDb, spoilt, seed: tree.seed * 1000 + at * 10 + i }
          return atOnce.run(new AbortController().signal, () => heardOnce(tree.menu, as, setup))
        }),
      )
      const offered = optionsOf(tree.menu, name).map(({ key }) => key)
      const options = vote(hearings.map(({ understood }) => understood))
      const one = compareKeys(
        offered,
        options.map(({ key }) => key),
      )
      if (setup.verbose && one.exactMenus === 0) {
        console.log(
          `${voice} ${snrDb ?? 'clean'} tree ${tree.seed} ${name}${name === tree.misheard ? ' (spoilt)' : ''}: ${textOf(tree.menu, name)}`,
        )
        for (const { words, understood } of hearings)
          console.log(`  heard ${shownWords(words)}\n  ${keysOf(understood.options)}`)
        console.log(`  vote  ${keysOf(options)}   offered ${offered.join(' ')}`)
      }
      return one
    }),
  )
  return wholeTree(menus)
}

interface Hearing {
  readonly words: readonly HeardWord[]
  readonly understood: Understanding
}

interface HearingAs {
  readonly name: string
  readonly voice: string
  readonly snrDb: number | undefined
  /** A noise as loud as the voice lies over two seconds of it. */
  readonly spoilt: boolean
  readonly seed: number
}

async function heardOnce(
  menu: Menu,
  { name, voice, snrDb, spoilt, seed }: HearingAs,
  { voices, recogniser }: Setup,
): Promise<Hearing> {
  const samples = readWav(await voices.speak(voice, textOf(menu, name)))
  // Nobody begins to hear on the border of a frame.
  const line = overTheLine(spoilt ? withBurst(samples, seed) : samples, snrDb, seed)
  const words = await hear(line.subarray((seed * 37) % 160), recogniser)
  return { words, understood: understand(words) }
}

const textOf = (menu: Menu, name: string): string => {
  const prompt = menu.menus[name]?.prompt
  if (typeof prompt !== 'string') throw new Error(`The menu ${name} is not spoken from one text.`)
  return prompt
}

export const keysOf = (
  options: readonly { readonly key: string; readonly confidence: number; readonly label: string }[],
) => options.map(({ key, confidence, label }) => `${key}(${confidence.toFixed(2)} ${label})`).join(' ')

/** Words with commas and full stops where pauses are, doubtful ones with their confidence. */
export const shownWords = (words: readonly HeardWord[]): string =>
  words
    .map(({ word, toMs, confidence = 1 }, i) => {
      const pause = (words[i + 1]?.fromMs ?? toMs) - toMs
      return `${word}${confidence < 0.7 ? `~${confidence.toFixed(1)}` : ''}${pause >= 450 ? '.' : pause >= 180 ? ',' : ''}`
    })
    .join(' ')

const row = (...cells: readonly string[]): string => cells.map((cell) => cell.padEnd(18)).join('')
