import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { wavHeader } from '../../../src/media/wav/header.ts'
import { type Fetcher, PromptUnusable } from '../../../src/phone/prompt.ts'
import { openGuard } from '../../../src/webhooks/guard.ts'
import { openPromptFetcher, type PromptFetcherOptions } from '../../../src/webhooks/prompt-fetcher.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { type Answer, type Received, type Receiver, startReceiver } from '../../kit/receiver.ts'

let scope: Scope
let folder: string
let server: Receiver
let clock: FakeClock
beforeEach(async () => {
  scope = new Scope('test')
  folder = mkdtempSync(join(tmpdir(), 'offhook-fetched-'))
  scope.add('folder', () => rmSync(folder, { recursive: true, force: true }))
  server = await startReceiver(scope)
  clock = new FakeClock()
})
afterEach(() => scope.close())

const open = (over: Partial<PromptFetcherOptions> = {}): Promise<Fetcher> => {
  const guard = openGuard({ allow: ['127.0.0.0/8'], clock, scope })
  return openPromptFetcher({ fetch: guard.fetch, folder, clock, log: silentLogger, ...over })
}

const wav = (level: number): Buffer => Buffer.concat([wavHeader(320), Buffer.alloc(320, level)])
// Frame header of MPEG-1 layer III, 128 kbit/s, 44.1 kHz.
const mp3 = Buffer.from([0xff, 0xfb, 0x90, 0x00, 1, 2, 3])
const serves =
  (body: Buffer, headers: Record<string, string> = {}) =>
  ({ headers: asked }: Received): Answer =>
    headers.etag !== undefined && asked['if-none-match'] === headers.etag
      ? { status: 304 }
      : { status: 200, headers, body: body }

describe('a prompt from a URL', () => {
  it('is fetched whole, whatever type the server says', async () => {
    server.answer = serves(wav(7), { 'content-type': 'application/octet-stream' })
    const path = await (await open())(`${server.url}/hello.wav`)
    expect(readFileSync(path)).toEqual(wav(7))
  })

  it('is asked for by its validators, also after a restart, and not sent again', async () => {
    server.answer = serves(wav(7), { etag: '"a"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' })
    const first = await (await open())(server.url)
    const second = await (await open())(server.url)
    expect(second).toBe(first)
    expect(server.received.map(({ headers }) => [headers['if-none-match'], headers['if-modified-since']])).toEqual([
      [undefined, undefined],
      ['"a"', 'Thu, 01 Jan 2026 00:00:00 GMT'],
    ])

    server.answer = serves(wav(9), { etag: '"b"' })
    const third = await (await open())(server.url)
    expect(readFileSync(third)).toEqual(wav(9))
    expect(readFileSync(first)).toEqual(wav(7))
  })

  it.each([
    ['cut short', '{"hash":"abc'],
    ['empty', ''],
    ['null', 'null'],
    ['of another shape', '{"hash":7}'],
  ])('is fetched again where a loss of power left its note %s', async (_, left) => {
    server.answer = serves(wav(7), { etag: '"a"', 'cache-control': 'max-age=60' })
    await (await open())(server.url)
    const notes = (): string[] => readdirSync(folder).filter((file) => file.endsWith('.json'))
    for (const file of notes()) writeFileSync(join(folder, file), left)

    const fetch = await open()
    expect(notes()).toEqual([])
    expect(readFileSync(await fetch(server.url))).toEqual(wav(7))

    expect(server.received.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined])
    expect(notes()).toHaveLength(1)
  })

  it('is played where its note cannot be written', async () => {
    server.answer = serves(wav(7))
    const fetch = await open()
    // A folder where the draft would be fails as a full disk does.
    const name = createHash('sha256').update(server.url).digest('hex').slice(0, 40)
    mkdirSync(join(folder, `${name}.json.new`))

    expect(readFileSync(await fetch(server.url))).toEqual(wav(7))
  })

  it('is not asked for while it is fresh', async () => {
    server.answer = serves(wav(7), { 'cache-control': 'public, max-age=60' })
    const fetch = await open()
    await fetch(server.url)
    clock.advance(59_000)
    await fetch(server.url)
    expect(server.received).toHaveLength(1)
    clock.advance(2000)
    await fetch(server.url)
    expect(server.received).toHaveLength(2)
  })

  it('is fetched once for calls that want it at once', async () => {
    server.answer = serves(wav(7))
    const fetch = await open()
    const paths = await Promise.all(Array.from({ length: 20 }, () => fetch(server.url)))
    expect(new Set(paths).size).toBe(1)
    expect(server.received).toHaveLength(1)
  })

  it('is played from what is kept where the server is away or fails', async () => {
    server.answer = serves(wav(7))
    const fetch = await open()
    const path = await fetch(server.url)
    server.answer = () => ({ status: 503 })
    expect(await fetch(server.url)).toBe(path)
    server.close()
    expect(await fetch(server.url)).toBe(path)
  })

  it('is decoded where it is MP3, once', async () => {
    server.answer = serves(mp3, { etag: '"m"' })
    let decoded = 0
    const fetch = await open({
      decode: async (from, to) => {
        decoded++
        expect(readFileSync(from)).toEqual(mp3)
        writeFileSync(to, wav(5))
      },
    })
    expect(readFileSync(await fetch(server.url))).toEqual(wav(5))
    await fetch(server.url)
    expect(decoded).toBe(1)
  })

  it.each([
    ['answered 404', { status: 404 }, /answered 404/, 'away'],
    [
      'a page',
      { status: 200, body: '<html>', headers: { 'content-type': 'audio/wav' } },
      /neither WAV, MP3 nor GSM/,
      'unreadable',
    ],
    ['MP3 that nothing here decodes', { status: 200, body: mp3 }, /is MP3/, 'unreadable'],
    ['a WAV without sound', { status: 200, body: Buffer.from(wavHeader(0)) }, /no sound/, 'silent'],
    ['a torn WAV', { status: 200, body: 'RIFF1234WAVEfmt ' }, /cannot be read/, 'unreadable'],
    ['more than 10 MB', { status: 200, body: 'x'.repeat(10 * 1024 * 1024 + 1) }, /larger than 10485760/, 'too_large'],
  ] as const)('is refused with a reason where it is %s, and nothing is kept', async (_, answer, why, fault) => {
    server.answer = () => answer as Answer
    const url = server.url.replace('//', '//ann:s3cret@')
    const refused = (await open())(url)
    await expect(refused).rejects.toBeInstanceOf(PromptUnusable)
    await expect(refused).rejects.toMatchObject({ code: 'fetch_failed', fault, message: expect.stringMatching(why) })
    await expect(refused).rejects.not.toThrow(/s3cret/)
    expect(readdirSync(folder)).toEqual(['unfinished'])
    expect(readdirSync(join(folder, 'unfinished'))).toEqual([])
  })

  it('is refused where it lies within the network', async () => {
    const guard = openGuard({ allow: [], clock, scope })
    const fetch = await open({ fetch: guard.fetch })
    await expect(fetch(server.url)).rejects.toMatchObject({ code: 'url_not_allowed' })
  })
})
