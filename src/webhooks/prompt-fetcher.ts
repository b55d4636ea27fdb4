import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { readWavLayout } from '../media/wav/header.ts'
import { type Fetcher, type PromptFault, PromptUnusable } from '../phone/prompt.ts'
import { PromptCache } from '../speech/cache.ts'
import { FetchFailed, type GuardedFetch, type GuardedResponse } from './guard.ts'
import { sniffAudio } from './sniff.ts'
import { shown } from './url.ts'

/** Ten minutes of CD audio in mono are 50 MB; of a telephone's, 10 MB. */
const largestBytes = 10 * 1024 * 1024
const fetchMs = 15_000
/** `max-age` counts up to a day. */
const longestFreshMs = 86_400_000
const cacheBytes = 512 * 1024 * 1024

export interface PromptFetcherOptions {
  readonly fetch: GuardedFetch
  /** Of its own; made where needed. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Logger
  /** Writes an MP3 or GSM file as WAV. Absent: they are refused. */
  readonly decode?: (from: string, to: string) => Promise<void>
}

/** What is known of a URL besides its audio; beside it on disk as JSON. */
const Note = z.object({
  /** Of the audio: names its file. */
  hash: z.string().regex(/^[0-9a-f]{40}$/),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  /** Wall time until which it is used without asking. */
  freshUntil: z.number(),
})
type Kept = Readonly<z.infer<typeof Note>>

/**
 * Prompts from URLs, kept on disk. What has a `max-age` is used for so long without asking; everything else is asked for
 * each time with its validators (RFC 9110 §13), which costs a round trip and no audio. Where the server is away, what is
 * kept is used. Files never change under a call: other audio is another file.
 */
export async function openPromptFetcher(options: PromptFetcherOptions): Promise<Fetcher> {
  const { folder, clock, log } = options
  const cache = await PromptCache.open(folder, { maxBytes: cacheBytes, clock, log })
  await forgetOrphans(cache, log)
  const underWay = new Map<string, Promise<string>>()
  const fetcher: Fetcher = (url) => {
    // Calls that want the same at once share one request.
    let work = underWay.get(url)
    if (work === undefined) {
      work = fetchOne(url, cache, options).finally(() => underWay.delete(url))
      underWay.set(url, work)
    }
    return work
  }
  return fetcher
}

async function fetchOne(url: string, cache: PromptCache, options: PromptFetcherOptions): Promise<string> {
  const { fetch, clock, log } = options
  const note = join(cache.folder, `${hashOf(url)}.json`)
  const kept = await readNote(note, log)
  const path = kept === undefined ? undefined : await cache.find(kept.hash)
  if (kept !== undefined && path !== undefined && clock.wall() < kept.freshUntil) return path
  const validators = path === undefined ? {} : conditionsOf(kept)
  let response: GuardedResponse
  try {
    response = await fetch({
      ...{ url, method: 'GET', timeoutMs: fetchMs, maxBytes: largestBytes, maxRedirects: 5 },
      headers: { accept: 'audio/wav, audio/x-wav, audio/mpeg, */*;q=0.1', ...validators },
    })
    if (response.status >= 500 && path !== undefined)
      throw new FetchFailed('connection', `It was answered ${response.status}.`)
  } catch (error) {
    if (!(error instanceof FetchFailed)) throw error
    if (path === undefined || error.kind === 'too_large')
      throw failed(url, error.kind === 'too_large' ? 'too_large' : 'away', error.message)
    log.warn({ url: shown(new URL(url)), fault: error.message }, 'a prompt cannot be asked for; the one kept is played')
    return path
  }
  const { status, headers, body } = response
  const freshUntil = clock.wall() + maxAgeMs(headers['cache-control'])
  if (status === 304 && kept !== undefined && path !== undefined) {
    if (freshUntil > kept.freshUntil) await writeNote(note, { ...kept, freshUntil }, log)
    return path
  }
  if (status !== 200) throw failed(url, 'away', `It was answered ${status}.`)
  const hash = hashOf(body)
  const found = (await cache.find(hash)) ?? (await cache.add(hash, (scratch) => makeWav(url, body, scratch, options)))
  const { etag, 'last-modified': lastModified } = headers
  const validatorsKept = {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  }
  await writeNote(note, { hash, freshUntil, ...validatorsKept }, log)
  return found
}

const hashOf = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex').slice(0, 40)

const failed = (url: string, fault: PromptFault, why: string): PromptUnusable =>
  new PromptUnusable(fault, `The prompt at ${shown(new URL(url))} cannot be played. ${why}`)

const conditionsOf = (kept: Kept | undefined): Record<string, string> => ({
  ...(kept?.etag === undefined ? {} : { 'if-none-match': kept.etag }),
  ...(kept?.lastModified === undefined ? {} : { 'if-modified-since': kept.lastModified }),
})

/** RFC 9111 §5.2.2. */
function maxAgeMs(header: string | undefined): number {
  if (header === undefined || /\b(?:no-store|no-cache)\b/i.test(header)) return 0
  const seconds = Number(/\bmax-age=([0-9]{1,9})\b/i.exec(header)?.[1] ?? 0)
  return Math.min(seconds * 1000, longestFreshMs)
}

async function makeWav(url: string, body: Buffer, scratch: string, { decode }: PromptFetcherOptions): Promise<string> {
  const kind = sniffAudio(body)
  if (kind === undefined) throw failed(url, 'unreadable', 'It is neither WAV, MP3 nor GSM.')
  const wav = join(scratch, 'prompt.wav')
  if (kind === 'wav') {
    await readable(url, body)
    await writeFile(wav, body)
    return wav
  }
  const name = kind.toUpperCase()
  if (decode === undefined) throw failed(url, 'unreadable', `It is ${name}, which is not played here; give a WAV.`)
  const coded = join(scratch, `prompt.${kind}`)
  await writeFile(coded, body)
  try {
    await decode(coded, wav)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw failed(url, 'unreadable', `Its ${name} cannot be decoded: ${why}.`)
  }
  return wav
}

/** Before a call has to. */
async function readable(url: string, body: Buffer): Promise<void> {
  try {
    const layout = await readWavLayout(async (at, length) => body.subarray(at, at + length), body.length)
    if (layout.dataLength > 0) return
  } catch (error) {
    throw failed(url, 'unreadable', `Its WAV cannot be read: ${(error as Error).message}.`)
  }
  throw failed(url, 'silent', 'There is no sound in it.')
}

/** One that a loss of power cut short is none. */
async function readNote(path: string, log: Logger): Promise<Kept | undefined> {
  try {
    const read = Note.safeParse(JSON.parse(await readFile(path, 'utf8')))
    if (read.success) return read.data
    log.warn({ path, fault: z.prettifyError(read.error) }, 'a note of a prompt is unusable')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ err: error, path }, 'a note of a prompt is unusable')
  }
  return undefined
}

/** Without its note a prompt is only fetched again, so a full disk stops no call whose audio is there. */
async function writeNote(path: string, kept: Kept, log: Logger): Promise<void> {
  const draft = `${path}.new`
  try {
    // A rename may reach the disk before what it names.
    await writeFile(draft, JSON.stringify(kept), { flush: true })
    await rename(draft, path)
  } catch (error) {
    log.warn({ err: error, path }, 'a note of a prompt cannot be written')
  }
}

/** Notes whose audio made room for other, and notes that are none. */
async function forgetOrphans(cache: PromptCache, log: Logger): Promise<void> {
  for (const file of await readdir(cache.folder)) {
    if (!file.endsWith('.json')) continue
    const path = join(cache.folder, file)
    const kept = await readNote(path, log)
    if (kept === undefined || (await cache.find(kept.hash)) === undefined) await rm(path, { force: true })
  }
}
