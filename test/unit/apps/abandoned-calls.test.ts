import { describe, expect, it } from 'vitest'
import { type DriveOptions, Driver } from '../../../src/apps/drive.ts'
import type { ActionKeeper } from '../../../src/apps/keeper.ts'
import type { NextBlock } from '../../../src/apps/session/block.ts'
import type { Notice, Notifier } from '../../../src/apps/session/notice.ts'
import type { SessionPorts } from '../../../src/apps/session/ports.ts'
import { Session } from '../../../src/apps/session/session.ts'
import { type Deferred, deferred } from '../../../src/base/deferred.ts'
import { silentLogger } from '../../../src/base/log.ts'
import type { Call, HangupReason, PlayEnd } from '../../../src/phone/call.ts'
import { newId } from '../../../src/phone/id.ts'
import type { Prompt } from '../../../src/phone/prompt.ts'
import type { CallEnd } from '../../../src/phone/reason.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const apology = 'We are sorry.'

/** The part of a call that these apps use; its story says what was done with it. */
class Conversation
  implements
    Pick<
      Call,
      | 'id'
      | 'direction'
      | 'from'
      | 'to'
      | 'signal'
      | 'monitored'
      | 'ended'
      | 'timeline'
      | 'ring'
      | 'answer'
      | 'hangup'
      | 'play'
      | 'hold'
      | 'unhold'
      | 'stop'
    >
{
  readonly id = newId('call', 0)
  readonly direction = 'inbound'
  readonly from = { kind: 'anonymous', raw: 'anonymous' } as const
  readonly to = { kind: 'number', e164: '+15550100', raw: '+15550100' } as const
  readonly monitored = false
  readonly timeline = []
  readonly story: string[] = []
  answeredAt: number | undefined
  readonly #end: Deferred<CallEnd> = deferred()
  readonly #abort = new AbortController()
  readonly #clock: FakeClock
  #held = false

  constructor(clock: FakeClock) {
    this.#clock = clock
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }
  get ended(): Promise<CallEnd> {
    return this.#end.promise
  }
  async ring(): Promise<void> {}
  async answer(): Promise<void> {
    this.answeredAt ??= this.#clock.wall()
  }
  async play(prompt: Prompt): Promise<PlayEnd> {
    await this.answer()
    this.#tell(prompt.kind === 'text' ? prompt.text : prompt.kind)
    return { kind: 'finished' }
  }
  async hold(): Promise<void> {
    this.#held = true
    this.#tell('hold')
  }
  async unhold(): Promise<void> {
    if (this.#held) this.#tell('unhold')
    this.#held = false
  }
  stop(): void {}
  async hangup(reason?: HangupReason): Promise<void> {
    if (this.#abort.signal.aborted) return
    this.#tell(reason?.code ?? 'completed')
    this.#abort.abort()
    const sentence = reason?.sentence ?? ''
    this.#end.resolve({
      code: reason?.code ?? 'completed',
      by: 'service',
      sentence,
      q850: 16,
      chain: [],
      at: this.#clock.wall(),
    })
  }

  #tell(what: string): void {
    this.story.push(`${this.#clock.now() / 1000} s: ${what}`)
  }

  get call(): Call {
    return this as Pick<Call, 'id'> as Call
  }
}

/** Lets all that was begun come to where it waits for the clock or a receiver. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function pass(clock: FakeClock, seconds: number): Promise<void> {
  clock.advance(seconds * 1000)
  await settled()
}

interface Offered {
  readonly url: string
  readonly fallbackUrl?: string
  readonly notice: Notice
  readonly tried: (delivered: boolean) => boolean
}

async function session(words: { readonly apology?: string } = { apology }) {
  const clock = new FakeClock()
  const offers: Offered[] = []
  const nothing = async (): Promise<void> => {}
  const notifier: Notifier = {
    ...{ send: nothing, keep: nothing, conclude: nothing, forget: nothing },
    async offer(urls, notice, tried) {
      offers.push({ ...urls, notice, tried })
    },
  }
  const used = { clock, log: silentLogger, notifier, ...words }
  const ports: Pick<SessionPorts, keyof typeof used> = used
  const conversation = new Conversation(clock)
  const urls = { url: 'http://a.example/answer', fallbackUrl: 'http://b.example/answer' }
  const opened = Session.answer(ports as SessionPorts, conversation.call, newId('token', 0), urls)
  await settled()
  const play = async (notifyUrl: string): Promise<Offered | undefined> => {
    opened.start({ kind: 'play', notifyUrl } satisfies NextBlock, {
      prompt: { kind: 'text', text: 'Hello.' },
    })
    await settled()
    return offers.at(-1)
  }
  return { clock, conversation, offers, opened, play, story: conversation.story }
}

describe('a session whose application', () => {
  it('takes the call and is never heard of again ends with an apology', async () => {
    const { clock, offers, story, opened } = await session()
    offers[0]?.tried(true)
    await pass(clock, 59)
    expect(story).toEqual([])
    await pass(clock, 1)
    expect(story).toEqual([`60 s: ${apology}`, '60 s: failed'])
    await opened.over
  })

  it('cannot be told of the call ends at once, refused where there are no words', async () => {
    const { offers, story } = await session({})
    offers[0]?.tried(false)
    await settled()
    expect(story).toEqual(['0 s: failed'])
  })

  it('goes down in mid-call is told by the fallback of the number, else the caller hears an apology', async () => {
    const { clock, play, story, opened } = await session()
    const told = await play('http://a.example/played')
    expect(told).toMatchObject({ url: 'http://a.example/played', fallbackUrl: 'http://b.example/answer' })
    told?.tried(false)
    await pass(clock, 14)
    expect(story).toEqual(['0 s: Hello.'])
    await pass(clock, 1)
    expect(story.slice(1)).toEqual([`15 s: ${apology}`, '15 s: failed'])
    await opened.over
    expect(clock.waiting).toBe(0)
  })

  it('takes 15 s for a notice goes on as if it had taken none', async () => {
    const { clock, play, story } = await session()
    const told = await play('http://a.example/played')
    await pass(clock, 15)
    told?.tried(true)
    await pass(clock, 300)
    await play('http://a.example/played')
    expect(story).toEqual(['0 s: Hello.', '315 s: Hello.'])
  })

  it('goes down while the caller is on hold lets nobody wait there for ever', async () => {
    const { clock, offers, story, opened } = await session()
    opened.start({ kind: 'hold', notifyUrl: 'http://a.example/held' }, {})
    await settled()
    offers.at(-1)?.tried(false)
    await pass(clock, 15)
    expect(story).toEqual(['0 s: hold', '15 s: unhold', `15 s: ${apology}`, '15 s: failed'])
  })

  it('took the notice of a hold may leave the caller there', async () => {
    const { clock, offers, story, opened } = await session()
    opened.start({ kind: 'hold', notifyUrl: 'http://a.example/held' }, {})
    await settled()
    offers.at(-1)?.tried(true)
    await pass(clock, 86_400)
    expect(story).toEqual(['0 s: hold'])
    opened.start({ kind: 'hangup', force: false }, { prompt: { kind: 'text', text: 'Goodbye.' } })
    await settled()
    expect(story.slice(1)).toEqual(['86400 s: unhold', '86400 s: Goodbye.', '86400 s: completed'])
  })
})

function driven(options: DriveOptions = {}) {
  const clock = new FakeClock()
  const nothing = async (): Promise<void> => {}
  const keeper = { begin: nothing, end: nothing } satisfies Pick<ActionKeeper, 'begin' | 'end'>
  const driver = new Driver({
    clock,
    log: silentLogger,
    keeper: keeper as Partial<ActionKeeper> as ActionKeeper,
    apology,
  })
  const conversation = new Conversation(clock)
  const { call, story } = conversation
  return { clock, driver, call, story, over: driver.drive(call, options) }
}

describe('a call that nobody drives by actions', () => {
  it('rings for a minute, and ends with an apology', async () => {
    const { clock, story, over } = driven()
    await settled()
    await pass(clock, 60)
    expect(story).toEqual([`60 s: ${apology}`, '60 s: failed'])
    await over
    expect(clock.waiting).toBe(0)
  })

  it.each([
    [120, {}],
    [20, { idleSeconds: 20 }],
  ])('any more ends with an apology %i s after the last action, with %o', async (seconds, options) => {
    const { clock, driver, call, story, over } = driven(options)
    await settled()
    await driver.start(call, { block: 'answer' })
    await settled()
    await pass(clock, seconds - 1)
    await driver.start(call, { block: 'play', prompt: { kind: 'text', text: 'Hello.' } })
    await settled()
    await pass(clock, seconds)
    const end = 2 * seconds - 1
    expect(story).toEqual([`${seconds - 1} s: Hello.`, `${end} s: ${apology}`, `${end} s: failed`])
    await over
  })

  it('stays on hold for as long as it is held', async () => {
    const { clock, driver, call, story } = driven()
    await settled()
    await driver.start(call, { block: 'answer' })
    await settled()
    await driver.start(call, { block: 'hold' })
    await settled()
    await pass(clock, 86_400)
    expect(story).toEqual(['0 s: hold'])
  })
})
