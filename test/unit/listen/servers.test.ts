import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { systemClock as clock } from '../../../src/base/clock.ts'
import { openDeepgram } from '../../../src/speech/recognise/deepgram.ts'
import { openOpenai } from '../../../src/speech/recognise/openai.ts'
import type { Recognised, SpeechRecogniser } from '../../../src/speech/recognise/recogniser.ts'
import { openVosk } from '../../../src/speech/recognise/vosk.ts'
import { openWatson } from '../../../src/speech/recognise/watson.ts'

const open: { close(): unknown }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

/** A server that plays its part. `said` gets text frames, `heard` audio. */
interface Part {
  begin?(socket: WebSocket, request: IncomingMessage): void
  said?(text: string, socket: WebSocket): void
  heard?(bytes: number, socket: WebSocket): void
}

async function serve(part: Part): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  open.push(server)
  server.on('connection', (socket, request) => {
    part.begin?.(socket, request)
    socket.on('message', (data, isBinary) => {
      if (isBinary) part.heard?.((data as Buffer).length, socket)
      else part.said?.(String(data), socket)
    })
  })
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const tell = (socket: WebSocket, message: unknown): void => socket.send(JSON.stringify(message))

function say(recogniser: SpeechRecogniser, interim: Recognised[] = []): Promise<Recognised> {
  const utterance = recogniser.open({ language: 'en-US', hints: ['Acme'], onInterim: (so) => interim.push(so) })
  utterance.write(new Int16Array(1600))
  utterance.write(new Int16Array(1600))
  return utterance.end()
}

describe('a Vosk server', () => {
  it('is configured, sent audio and the very text of its end, and gives words', async () => {
    const said: string[] = []
    let bytes = 0
    const url = await serve({
      said(text, socket) {
        said.push(text)
        if (text !== '{"eof" : 1}') return
        tell(socket, {
          result: [
            { conf: 1, start: 0.1, end: 0.4, word: 'press' },
            { conf: 0.5, start: 0.4, end: 0.6, word: 'one' },
          ],
          text: 'press one',
        })
        socket.close(1000)
      },
      heard(length, socket) {
        bytes += length
        tell(socket, { partial: 'press' })
      },
    })
    const recognised = await say(openVosk({ url, clock }))

    expect(said).toEqual(['{"config":{"sample_rate":8000,"words":true}}', '{"eof" : 1}'])
    expect(bytes).toBe(6400)
    expect(recognised).toEqual({
      text: 'press one',
      words: [
        { word: 'press', fromMs: 100, toMs: 400, confidence: 1 },
        { word: 'one', fromMs: 400, toMs: 600, confidence: 0.5 },
      ],
      confidence: 0.75,
    })
  })

  it('that breaks off has failed, and one that is not there cannot be reached', async () => {
    const url = await serve({ heard: (_, socket) => socket.close(1011, 'no model') })

    await expect(say(openVosk({ url, clock }))).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('1011: no model'),
    })
    await expect(say(openVosk({ url: 'ws://127.0.0.1:1', clock }))).rejects.toMatchObject({ code: 'unreachable' })
  })
})

describe('Watson', () => {
  it('is started, heard when it listens, stopped, and done when it listens again', async () => {
    const said: unknown[] = []
    let asked: IncomingMessage | undefined
    const url = await serve({
      begin(_, request) {
        asked = request
      },
      said(text, socket) {
        const message = JSON.parse(text) as { action: string }
        said.push(message.action)
        if (message.action === 'start') return tell(socket, { state: 'listening' })
        const words = [['press', 0.12, 0.41] as const, ['one', 0.41, 0.6] as const]
        const best = {
          transcript: 'press one ',
          confidence: 0.97,
          timestamps: words,
          word_confidence: [
            ['press', 0.99],
            ['one', 0.9],
          ],
        }
        tell(socket, { result_index: 0, results: [{ final: false, alternatives: [{ transcript: 'dress ' }] }] })
        tell(socket, { result_index: 0, results: [{ final: true, alternatives: [best] }] })
        tell(socket, { state: 'listening' })
      },
    })
    const recognised = await say(openWatson({ url: `${url}/instances/1`, key: 'token', clock }))

    expect(asked?.url).toBe('/instances/1/v1/recognize?model=en-US_NarrowbandModel')
    expect(asked?.headers.authorization).toBe('Bearer token')
    expect(said).toEqual(['start', 'stop'])
    expect(recognised).toEqual({
      text: 'press one',
      words: [
        { word: 'press', fromMs: 120, toMs: 410, confidence: 0.99 },
        { word: 'one', fromMs: 410, toMs: 600, confidence: 0.9 },
      ],
      confidence: 0.97,
    })
  })

  it('that tells of an error refuses with its words', async () => {
    const url = await serve({ said: (_, socket) => tell(socket, { error: 'unable to transcode' }) })

    await expect(say(openWatson({ url, clock }))).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('unable to transcode'),
    })
  })
})

describe('Deepgram', () => {
  it('is told the format in its URL and joins the pieces that are final', async () => {
    let asked: IncomingMessage | undefined
    const result = (is_final: boolean, transcript: string, start: number) => ({
      type: 'Results',
      start,
      is_final,
      channel: {
        alternatives: [{ transcript, words: [{ word: transcript, start, end: start + 0.3, confidence: 0.8 }] }],
      },
    })
    const url = await serve({
      begin(_, request) {
        asked = request
      },
      said(text, socket) {
        if (text !== '{"type":"CloseStream"}') return
        tell(socket, result(false, 'dress', 0.1))
        tell(socket, result(true, 'press', 0.1))
        tell(socket, result(true, 'one', 0.5))
        tell(socket, { type: 'Metadata', request_id: 'x', channels: 1 })
      },
    })
    const recognised = await say(openDeepgram({ url: `${url}/v1/listen`, key: 'secret', clock }))

    const query = new URL(asked?.url ?? '', url).searchParams
    expect(Object.fromEntries(query)).toMatchObject({
      encoding: 'linear16',
      sample_rate: '8000',
      language: 'en-US',
      keyterm: 'Acme',
    })
    expect(asked?.headers.authorization).toBe('Token secret')
    expect(recognised.text).toBe('press one')
    expect(recognised.words.map(({ fromMs }) => fromMs)).toEqual([100, 500])
  })
})

describe("a server of OpenAI's kind", () => {
  async function answer(status: number, body: unknown): Promise<{ url: string; bodies: string[] }> {
    const bodies: string[] = []
    const server: Server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        bodies.push(`${request.method} ${request.url}\n${Buffer.concat(parts).toString('latin1')}`)
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      })
    })
    open.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, bodies }
  }

  it('is sent a WAV with what is wanted', async () => {
    const segments = [{ text: 'Press one.', avg_logprob: -0.1, no_speech_prob: 0.01 }]
    const words = [{ word: 'Press', start: 0.1, end: 0.4 }]
    const { url, bodies } = await answer(200, { text: ' Press one.', words, segments })
    const recognised = await say(openOpenai({ url, clock }))

    expect(bodies[0]).toMatch(/^POST \/v1\/audio\/transcriptions/)
    for (const part of ['RIFF', 'verbose_json', 'whisper-1', 'name="language"\r\n\r\nen\r\n', 'Acme'])
      expect(bodies[0]).toContain(part)
    expect(recognised.text).toBe('Press one.')
    expect(recognised.words).toEqual([{ word: 'Press', fromMs: 100, toMs: 400 }])
    expect(recognised.confidence).toBeCloseTo(0.905, 2)
  })

  it('that made words up out of the silence of a part said no more than the rest', async () => {
    const { url } = await answer(200, {
      text: ' Press one. Thanks for watching!',
      words: [
        { word: 'Press', start: 0.1, end: 0.4 },
        { word: 'one', start: 0.4, end: 0.8 },
        { word: 'Thanks', start: 0.8, end: 2 },
        { word: 'for watching', start: 2, end: 3 },
      ],
      segments: [
        { text: ' Press one.', start: 0, end: 0.8, no_speech_prob: 0.01 },
        { text: ' Thanks for watching!', start: 0.8, end: 3, no_speech_prob: 0.9 },
      ],
    })

    expect(await say(openOpenai({ url, clock }))).toEqual({
      text: 'Press one.',
      words: [
        { word: 'Press', fromMs: 100, toMs: 400 },
        { word: 'one', fromMs: 400, toMs: 800 },
      ],
    })
  })

  it('that made words up out of silence said nothing, and one that refuses is quoted', async () => {
    const silent = await answer(200, { text: 'Thanks for watching!', segments: [{ text: 'x', no_speech_prob: 0.9 }] })
    const refusing = await answer(400, { error: { message: 'no such model' } })

    expect(await say(openOpenai({ url: silent.url, clock }))).toEqual({ text: '', words: [] })
    await expect(say(openOpenai({ url: refusing.url, clock }))).rejects.toMatchObject({
      code: 'refused',
      message: 'The transcription server answered 400: no such model',
    })
  })
})
