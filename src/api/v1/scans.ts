import { z } from 'zod'
import { differenceOf } from '../../menu/scan/difference.ts'
import { viewOf } from '../../menu/scan/view.ts'
import { type Address, addressKey } from '../../phone/address.ts'
import { Problem } from '../../phone/problem.ts'
import { allExtensions } from '../../store/extensions.ts'
import { getRecording } from '../../store/recordings.ts'
import {
  deleteScan,
  getScan,
  hearingsOf,
  lastScanOf,
  listScans,
  type ScanHearingRow,
  type ScanRow,
} from '../../store/scans.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { firstNumber, isOwnCaller } from '../own-caller.ts'
import { recordingUrl } from '../recording-url.ts'
import { exampleId, filter, id, iso, page, pageOf, parseAddress, problem, time, toPage } from '../shapes.ts'
import { refusal } from '../validation.ts'
import { choiceOf, ScanShape, ScanWithTree, StartScan, scanParams, showProgress, showTree } from './scan-shape.ts'

const HearingShape = z
  .object({
    id: z.string(),
    way: z.array(z.string()).describe('The keys that led to it'),
    text: z.string(),
    words: z
      .array(z.record(z.string(), z.unknown()))
      .describe(
        'With `fromMs`, `toMs` and `confidence`, 0.2 at most where a noise lay over the word; none where a prompt was known by its sound. `usual`, where the recogniser tells it: the logarithm (base 10) of how likely the word is behind the two before it on the telephone',
      ),
    tones: z.array(z.string()),
    music: z.boolean(),
    hungUp: z.boolean(),
    call: z.string(),
    audio: z
      .object({ url: z.string(), fromMs: z.int(), toMs: z.int() })
      .nullable()
      .describe('The recording of the call, and where in it this was heard'),
    at: time,
  })
  .meta({
    id: 'ScanHearing',
    examples: [
      {
        ...{ id: exampleId('hearing'), way: ['1'], text: 'for sales press one', tones: [], music: false },
        ...{ words: [{ word: 'for', fromMs: 120, toMs: 260, confidence: 0.9 }], hungUp: false },
        ...{ call: exampleId('call'), audio: null, at: '2026-01-05T12:00:12.000Z' },
      },
    ],
  })
const DifferenceShape = z
  .object({
    before: z.string().nullable(),
    changes: z.array(
      z.object({
        kind: z.enum(['added', 'removed', 'renamed', 'ends']),
        way: z.array(z.string()),
        label: z.string().optional(),
        from: z.string().optional(),
        to: z.string().optional(),
      }),
    ),
  })
  .meta({
    id: 'ScanDifference',
    examples: [{ before: exampleId('scan'), changes: [{ kind: 'added', way: ['1', '3'], label: 'returns' }] }],
  })

/** Scans: a number is called, its menu is heard, every key is pressed once, and what was heard makes a tree. */
export function registerScans(app: Api, options: ApiOptions): void {
  const { store, country, scans, clock, publicUrl } = options
  if (scans === undefined) return
  const desk = scans
  const { db, keys } = store
  const tags = ['scans']

  async function known(key: string): Promise<ScanRow> {
    const row = await getScan(db, key)
    if (row === undefined) throw new Problem('not_found', `There is no scan ${key}.`)
    return row
  }
  const show = async (row: ScanRow) => ({
    ...(await showProgress(row, desk)),
    choice: row.choice,
    tree: showTree(viewOf(await desk.tree(row.id))),
  })
  async function callerOf(from: string | undefined, usernames: ReadonlySet<string>): Promise<Address> {
    if (from !== undefined) {
      const address = parseAddress(from, country, usernames)
      if (address === undefined || !(await isOwnCaller(db, address, usernames)))
        throw refusal([{ field: '/from', sentence: 'takes an extension or a number that is rented here' }])
      return address
    }
    return (await firstNumber(db)) ?? { kind: 'anonymous', raw: 'anonymous' }
  }
  async function showHearing(row: ScanHearingRow): Promise<z.infer<typeof HearingShape>> {
    const recording = row.recordingId === null ? undefined : await getRecording(db, row.recordingId)
    const { fromMs, toMs } = row
    return {
      ...{ id: row.id, way: [...row.way], text: row.words.map(({ word }) => word).join(' ') },
      ...{ words: row.words.map((word) => ({ ...word })), tones: [...row.tones] },
      ...{ music: row.music, hungUp: row.hungUp, call: row.callId, at: iso(row.at) },
      audio:
        recording === undefined
          ? null
          : { url: recordingUrl(keys, publicUrl(), recording.id, clock.wall()), fromMs, toMs },
    }
  }

  app.post(
    '/v1/scans',
    {
      config: writes('scans'),
      schema: {
        tags,
        summary: 'Scan a phone menu',
        description:
          'Calls the number, hears the menu out, presses each key once, and writes down what is heard. The scan goes on by itself, also after a restart.',
        body: StartScan,
        response: { 201: ScanShape, ...problem },
      },
    },
    async (request, reply) => {
      const usernames = new Set((await allExtensions(db)).map((extension) => extension.username))
      const { number, from } = request.body
      const to = parseAddress(number, country, usernames)
      if (to === undefined || to.kind === 'anonymous')
        throw refusal([{ field: '/number', sentence: 'is no number, extension or SIP URI' }])
      const caller = await callerOf(from, usernames)
      const name = request.body.name ?? (await lastScanOf(db, addressKey(to)))?.name
      const named = name === undefined || name === null ? {} : { name }
      const row = await desk.start({ to, from: caller, ...named, choice: choiceOf({ ...request.body, ...named }) })
      return reply
        .code(201)
        .header('Location', `/v1/scans/${row.id}`)
        .send(await showProgress(row, desk))
    },
  )

  app.get(
    '/v1/scans',
    {
      config: reads('scans'),
      schema: {
        tags,
        summary: 'List scans, newest first',
        querystring: z.strictObject({
          ...page,
          number: filter,
          state: z.enum(['running', 'waiting', 'done', 'failed', 'stopped']).optional(),
        }),
        response: { 200: pageOf(ScanShape), ...problem },
      },
    },
    async (request) => {
      const { number, state, ...at } = request.query
      const address = number === undefined ? undefined : parseAddress(number.replace(/^ /, '+'), country, new Set())
      const to = address === undefined ? number : addressKey(address)
      const { rows, next } = await listScans(db, { to, state }, at)
      const items = await Promise.all(rows.map((row) => showProgress(row, desk)))
      return toPage({ rows: items, ...(next === undefined ? {} : { next }) }, (item) => item)
    },
  )

  app.get(
    '/v1/scans/:id',
    {
      config: reads('scans'),
      schema: {
        tags,
        summary: 'One scan, with its tree',
        params: scanParams,
        response: { 200: ScanWithTree, ...problem },
      },
    },
    async (request) => show(await known(request.params.id)),
  )

  app.get(
    '/v1/scans/:id/hearings',
    {
      config: reads('scans'),
      schema: {
        tags,
        summary: 'All that was heard, with its audio, oldest first',
        params: scanParams,
        response: { 200: z.object({ items: z.array(HearingShape) }).meta({ examples: [{ items: [] }] }), ...problem },
      },
    },
    async (request) => {
      const { id: key } = await known(request.params.id)
      return { items: await Promise.all((await hearingsOf(db, key)).map(showHearing)) }
    },
  )

  app.get(
    '/v1/scans/:id/difference',
    {
      config: reads('scans'),
      schema: {
        tags,
        summary: 'What is different from the scan before it',
        params: scanParams,
        querystring: z.strictObject({ before: id('scan').optional().describe('Another than the one before it') }),
        response: { 200: DifferenceShape, ...problem },
      },
    },
    async (request) => {
      const row = await known(request.params.id)
      const before = request.query.before ?? row.previous
      if (before === null) return { before: null, changes: [] }
      if (request.query.before !== undefined) await known(before)
      else if ((await getScan(db, before)) === undefined)
        throw new Problem('not_found', `The scan ${before}, which ${row.id} was to be compared with, was removed.`)
      const [old, now] = [viewOf(await desk.tree(before)), viewOf(await desk.tree(row.id))]
      const changes = differenceOf(old, now).map((change) => ({ ...change, way: [...change.way] }))
      return { before, changes }
    },
  )

  for (const [word, summary, act] of [
    ['stop', 'Stop a scan; what was heard stays', (key: string) => desk.stop(key)],
    ['continue', 'Go on with a scan that is over and has keys left', (key: string) => desk.goOn(key)],
  ] as const) {
    app.post(
      `/v1/scans/:id/${word}`,
      {
        config: writes('scans'),
        schema: { tags, summary, params: scanParams, response: { 200: ScanShape, ...problem } },
      },
      async (request) => showProgress(await act(request.params.id), desk),
    )
  }

  app.delete(
    '/v1/scans/:id',
    {
      config: writes('scans'),
      schema: {
        tags,
        summary: 'Delete a scan that is over; recordings stay with their calls',
        params: scanParams,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const { id: key, state } = await known(request.params.id)
      if (state === 'running' || state === 'waiting')
        throw new Problem('in_use', `The scan ${key} is not over; stop it first.`)
      await deleteScan(db, key)
      return reply.code(204).send(null)
    },
  )
}
