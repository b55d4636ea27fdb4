import type { RoundTripPlan } from './plan.ts'
import type { RoundTrips, Trip } from './round-trip.ts'
import { addFound, foundCells, none } from './score.ts'
import { describeTrees } from './trees.ts'

export interface Circumstances {
  readonly machine: string
  readonly date: string
  readonly load: readonly number[]
}

/** The figures as Markdown: by voice and noise, those that do not count below. */
export function reportTrips({ trips, pace, seconds }: RoundTrips, plan: RoundTripPlan, about: Circumstances): string {
  const [middle, worst] = pace.lateness
  const heard = pace.recognition
  return [
    ...tripRows(trips),
    '',
    describeTrees(trips.map(({ tree }) => tree)),
    `Scans at once: ${pace.mostScans}. Lateness of packets p99 over the run ${pace.overall.toFixed(1)} ms; over five seconds: middle ${middle.toFixed(1)} ms, worst ${worst.toFixed(1)} ms.`,
    heard === undefined
      ? ''
      : `Speech recognised: ${(heard.seconds / 60).toFixed(1)} min in ${heard.utterances} utterances; words come ${(heard.p50Ms / 1000).toFixed(2)} s after the end of one (p50), ${(heard.p99Ms / 1000).toFixed(2)} s (p99).`,
    `${about.machine}. ${about.date}, seed ${plan.seed}, ${seconds.toFixed(0)} s; load at the start ${about.load.map((one) => one.toFixed(1)).join(' / ')}.`,
  ].join('\n')
}

/** Those that do not count below. */
export function tripRows(trips: readonly Trip[]): readonly string[] {
  const counted = trips.filter(({ apart }) => !apart)
  return [
    '| voice | recall % | precision % | menus exact % | trees exact % | trees | but for labels % | labels like % | ends named % | call minutes | of the source’s way % |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rowsByVoice(counted),
    row('all', counted),
    ...rowsByVoice(trips.filter(({ apart }) => apart)).map((line) => line.replace('| ', '| apart: ')),
  ]
}

function rowsByVoice(trips: readonly Trip[]): readonly string[] {
  const names = new Map<string, Trip[]>()
  for (const trip of trips) {
    const name = `${trip.voice} ${trip.snrDb === undefined ? 'clean' : `${trip.snrDb} dB`}`
    names.set(name, [...(names.get(name) ?? []), trip])
  }
  return [...names].map(([name, its]) => row(name, its))
}

function row(name: string, trips: readonly Trip[]): string {
  const found = trips.reduce((all, { score }) => addFound(all, score.found), none)
  const sum = (of: (trip: Trip) => number): number => trips.reduce((all, trip) => all + of(trip), 0)
  const share = (part: number, whole: number): string => (whole === 0 ? '-' : ((100 * part) / whole).toFixed(1))
  const used = sum(({ scan }) => scan.seconds)
  const cells = [
    name,
    ...foundCells(found),
    share(
      sum(({ score }) => score.exactBarLabels),
      trips.length,
    ),
    share(
      sum(({ score }) => score.labelsRight),
      sum(({ score }) => score.labels),
    ),
    share(
      sum(({ score }) => score.endsRight),
      sum(({ score }) => score.ends),
    ),
    (used / 60).toFixed(1),
    share(
      used,
      sum((trip) => trip.sourceSeconds),
    ),
  ]
  return `| ${cells.join(' | ')} |`
}
