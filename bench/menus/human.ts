import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { sameLabel } from '../../src/menu/understand/likeness.ts'
import { understand } from '../../src/menu/understand/understand.ts'
import { vote } from '../../src/menu/understand/vote.ts'
import type { SpeechRecogniser } from '../../src/speech/index.ts'
import { openOffline } from '../../src/speech/recognise/offline/recogniser.ts'
import { Slots } from '../../src/speech/slots.ts'
import { benchRecogniser } from '../recogniser.ts'
import { overTheLine } from '../speech/line.ts'
import { hear } from './hear.ts'
import { keysOf, shownWords } from './offline.ts'
import { findSounds, noSounds, type Recorded, readRecorded, recordedSound } from './recorded.ts'
import { addFound, compareKeys, type Found, foundCells, none, wholeTree } from './score.ts'

interface Heard {
  readonly found: Found
  readonly labels: number
  readonly labelsRight: number
}

const nothing: Heard = { found: none, labels: 0, labelsRight: 0 }
const hearings = 2
const noises = [undefined, 20] as const
/** More at once would only wait for each other. */
const atOnce = new Slots(4)

/** `npm run bench:menus -- --human`: how well menus are understood that a person recorded, without any call. @returns the exit code */
export async function hearHuman(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sounds: { type: 'string' },
      recogniser: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      extra: { type: 'string', multiple: true },
    },
  })
  const found = benchRecogniser(values.recogniser)
  if (found === undefined) return 1
  const sounds = findSounds(values.sounds)
  if (sounds === undefined) {
    console.error(noSounds)
    return 1
  }
  const scope = new Scope('menu bench')
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-human-'))
  scope.add('folder', () => rmSync(folder, { recursive: true }))
  try {
    const extra = values.extra?.flatMap((one) => one.split('=')) ?? []
    const recogniser = await openOffline({ found, folder, scope, clock: systemClock, log: silentLogger, extra })
    const menus = readRecorded()
    console.log(row('noise', 'recall %', 'precision %', 'menus, keys %', 'labels %'))
    for (const snrDb of noises) {
      const each = await Promise.all(
        menus.map((menu, i) => hearMenu(menu, { sounds, snrDb, recogniser, seed: i + 1, verbose: values.verbose })),
      )
      const all = each.reduce(add, nothing)
      const [recall = '', precision = '', exact = ''] = foundCells(wholeTree([all.found]))
      const labels = ((100 * all.labelsRight) / all.labels).toFixed(1)
      console.log(row(snrDb === undefined ? 'none' : `${snrDb} dB`, recall, precision, exact, labels))
    }
    return 0
  } finally {
    await scope.close()
  }
}

interface HearAs {
  readonly sounds: string
  readonly snrDb: number | undefined
  readonly recogniser: SpeechRecogniser
  readonly seed: number
  readonly verbose: boolean
}

async function hearMenu(menu: Recorded, { sounds, snrDb, recogniser, seed, verbose }: HearAs): Promise<Heard> {
  const samples = recordedSound(sounds, menu.prompt)
  const heard = await Promise.all(
    Array.from({ length: hearings }, (_, i) =>
      atOnce.run(new AbortController().signal, () =>
        hear(overTheLine(samples, snrDb, seed * 10 + i).subarray((seed * 37 + i * 53) % 160), recogniser),
      ),
    ),
  )
  const options = vote(heard.map((words) => understand(words)))
  const keys = compareKeys(
    menu.options.keys(),
    options.map(({ key }) => key),
  )
  const both = options.flatMap(({ key, label }) => {
    const said = menu.options.get(key)
    return said === undefined ? [] : [{ key, said, label }]
  })
  const wrong = both.filter(({ said, label }) => !sameLabel(said, label))
  if (verbose && (keys.exactMenus === 0 || wrong.length > 0)) {
    console.log(`${snrDb ?? 'clean'} ${menu.prompt}`)
    for (const words of heard) console.log(`  heard ${shownWords(words)}\n        ${keysOf(understand(words).options)}`)
    console.log(
      `  vote  ${keysOf(options)}\n  said  ${[...menu.options].map(([key, label]) => `${key} ${label}`).join('; ')}`,
    )
  }
  return { found: keys, labels: both.length, labelsRight: both.length - wrong.length }
}

const add = (a: Heard, b: Heard): Heard => ({
  found: addFound(a.found, b.found),
  labels: a.labels + b.labels,
  labelsRight: a.labelsRight + b.labelsRight,
})

const row = (...cells: readonly string[]): string => cells.map((cell) => cell.padEnd(18)).join('')
