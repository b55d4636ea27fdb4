import { expect, it } from 'vitest'
import { travel } from '../../../src/apps/travel.ts'
import { deferred } from '../../../src/base/deferred.ts'
import { stepOf, type TravelStep } from '../../../src/menu/travel.ts'
import { wordsOfText } from '../../../src/menu/understand/token.ts'
import type { Call } from '../../../src/phone/call.ts'
import type { ListenEnd, ListenOptions } from '../../../src/phone/listen.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const offer = 'For sales, press 1. For support, press 2.'

/** A far end that speaks and pauses; words come only to whoever transcribes. */
class Talk {
  readonly listens: ListenOptions[] = []
  readonly keys: string[] = []
  signal = new AbortController().signal
  #heardMs = 0

  async listen(options: ListenOptions) {
    this.listens.push(options)
    const done = deferred<ListenEnd>()
    const heardMs = (): number => this.#heardMs
    return {
      done: done.promise,
      get heardMs() {
        return heardMs()
      },
      stop: () => done.resolve('stopped'),
    }
  }

  async send(key: string): Promise<void> {
    this.keys.push(key)
  }

  async dial() {
    return { kind: 'answered', seconds: 42 }
  }

  async hangup(): Promise<void> {}

  says(text: string): void {
    const fromMs = this.#heardMs + 400
    const toMs = fromMs + 3000
    this.#heardMs = toMs + 1200
    for (const { onEvent } of this.listens) onEvent({ kind: 'speech', fromMs })
    for (const { onEvent, transcribe } of this.listens)
      if (transcribe === false) onEvent({ kind: 'silence', fromMs: toMs, ms: 1200 })
      else onEvent({ kind: 'transcript', utterance: 1, final: true, fromMs, toMs, text, words: wordsOfText(text) })
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it.each<[string, readonly TravelStep[], readonly boolean[]]>([
  ['no step is described', [stepOf('2', undefined), stepOf('1', undefined)], [false]],
  ['each step is', [stepOf('2', offer), stepOf('1', offer)], [true]],
  ['some steps are', [stepOf('2', offer), stepOf('1', undefined)], [true, false]],
])('a way where %s has words recognised where it needs them', async (_name, steps, transcribed) => {
  const talk = new Talk()
  const ports = { clock: new FakeClock(), note: () => {}, progress: async () => {} }
  const to = { kind: 'extension', username: '1001', raw: '1001' } as const

  const end = travel(talk as unknown as Call, { steps, to, seconds: 30 }, ports)
  await settled()
  talk.says(offer)
  await settled()
  talk.says(offer)

  expect(await end).toEqual({ kind: 'done', seconds: 42 })
  expect(talk.keys).toEqual(['2', '1'])
  expect(talk.listens.map(({ transcribe }) => transcribe)).toEqual(transcribed)
})
