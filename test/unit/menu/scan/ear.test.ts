import { describe, expect, it } from 'vitest'
import { Ear } from '../../../../src/apps/scan/ear.ts'
import type { Heard } from '../../../../src/apps/scan/heard.ts'
import { deferred } from '../../../../src/base/deferred.ts'
import { growAll } from '../../../../src/menu/scan/grow.ts'
import { readHearing } from '../../../../src/menu/scan/read.ts'
import { emptyTree } from '../../../../src/menu/scan/tree.ts'
import type { Call } from '../../../../src/phone/call.ts'
import type { ListenEnd, ListenEvent, ListenOptions } from '../../../../src/phone/listen.ts'
import { FakeClock } from '../../../kit/fake-clock.ts'
import { spoken } from '../understand/kit.ts'
import { hearing } from './kit.ts'

/** A call whose events the test tells. */
function listened(stops = true) {
  const done = deferred<ListenEnd>()
  const clock = new FakeClock()
  let listens = 0
  let lostMs = 0
  let tell: (event: ListenEvent) => void = () => {}
  let sounds = (): void => {}
  const call: Pick<Call, 'listen'> = {
    listen: async ({ onEvent, onSound }: ListenOptions) => {
      listens++
      tell = onEvent
      sounds = () => onSound?.({ fromMs: 0, bands: 1, levels: new Uint8Array(10) })
      return {
        done: done.promise,
        get heardMs() {
          return clock.now() - lostMs
        },
        stop: () => void (stops && done.resolve('stopped')),
      }
    },
  }
  const said = (text: string, fromMs: number): ListenEvent => {
    const words = spoken(text, { comma: 0, sentence: 0 }).map((word) => ({
      ...word,
      fromMs: word.fromMs + fromMs,
      toMs: word.toMs + fromMs,
    }))
    return { kind: 'transcript', utterance: 1, final: true, fromMs, toMs: words.at(-1)!.toMs, text, words }
  }
  return {
    clock,
    call: call as Call,
    said,
    tell: (event: ListenEvent) => tell(event),
    sounds: () => sounds(),
    lose: (ms: number) => {
      lostMs += ms
    },
    end: (end: ListenEnd) => done.resolve(end),
    listens: () => listens,
  }
}

const over = ({ silentMs }: Heard): 'over' | undefined => (silentMs >= 3000 ? 'over' : undefined)
const text = ({ words }: Heard): string => words.map(({ word }) => word).join(' ')

describe('an ear', () => {
  it('loses nothing of a prompt that begins again before the words of the first time have come', async () => {
    const { call, clock, said, tell, listens } = listened()
    const ear = await Ear.open(call, { clock, pauseMs: 600 })
    const first = ear.hear({ mostMs: 60_000, decide: over })
    tell({ kind: 'speech', fromMs: 500 })
    clock.advance(9000)
    // The menu says itself again; only now come its words, and what was silent before.
    tell({ kind: 'speech', fromMs: 8000 })
    tell(said('for sales press one', 500))
    tell({ kind: 'silence', fromMs: 4000, ms: 3000 })
    const one = await first
    tell(said('for sales press one for support press two', 8000))
    const second = ear.hear({ mostMs: 60_000, decide: over })
    tell({ kind: 'silence', fromMs: 12_000, ms: 3000 })
    const two = await second

    expect([text(one.heard), one.heard.speaking]).toEqual(['for sales press one', true])
    expect([text(two.heard), two.heard.speaking]).toEqual(['for sales press one for support press two', false])
    expect(two.heard.words[0]!.fromMs).toBe(1000)
    expect([two.beganAt, listens()]).toEqual([7000, 1])
  })

  it('loses nothing of what is said behind a key where a busy machine lost audio', async () => {
    const { call, clock, said, tell, lose } = listened()
    const ear = await Ear.open(call, { clock, pauseMs: 600 })
    const known = ear.hear({ mostMs: 60_000, decide: ({ words }) => (words.length > 0 ? 'known' : undefined) })
    clock.advance(6000)
    lose(900)
    tell(said('for sales press one', 500))
    await known
    const next = ear.hear({ mostMs: 60_000, decide: over })
    clock.advance(5000)
    tell(said('new orders press three', 5600))
    tell({ kind: 'silence', fromMs: 7000, ms: 3000 })

    expect(text((await next).heard)).toBe('new orders press three')
  })

  it('tells that the other side hung up, with all that was said', async () => {
    const { call, clock, said, tell, end } = listened()
    const ear = await Ear.open(call, { clock, pauseMs: 600 })
    const hearing = ear.hear({ mostMs: 60_000, decide: over })
    tell(said('goodbye', 300))
    end('hangup')
    const { heard, decided } = await hearing

    expect([text(heard), heard.hungUp, decided]).toEqual(['goodbye', true, undefined])
  })

  it('does not wait for words where sound has told all', async () => {
    // Words of what is still said as it stops never come.
    const { call, clock, said, tell, sounds } = listened(false)
    const ear = await Ear.open(call, { clock, pauseMs: 600, sound: true })
    const hearing = ear.hear({
      ...{ mostMs: 60_000, decide: over },
      decideBySound: () => 'known' as const,
      wordless: () => true,
    })
    tell(said('thank you', 300))
    sounds()
    const { heard, decided } = await hearing

    expect([text(heard), decided]).toEqual(['thank you', 'known'])
  })

  it('hears no longer than it may', async () => {
    const { call, clock } = listened()
    const ear = await Ear.open(call, { clock, pauseMs: 600 })
    const hearing = ear.hear({ mostMs: 60_000, decide: over })
    clock.advance(60_000)

    expect(await hearing).toMatchObject({ decided: undefined, ms: 60_000 })
  })
})

describe('a menu', () => {
  const says = 'For sales, press one. For support, press two. For billing, press three.'
  const ends = (silentMs: number, sentence: number, more = ''): string =>
    readHearing(emptyTree, hearing([], '', { words: spoken(says + more, { comma: 0, sentence }), silentMs })).end.kind

  it('is over the sooner the shorter it pauses between its options', () => {
    expect([ends(1200, 400), ends(1600, 400)]).toEqual(['undecided', 'menu'])
    expect([ends(2000, 1000), ends(2600, 1000)]).toEqual(['undecided', 'menu'])
    expect([ends(2500, 2000), ends(3000, 2000)]).toEqual(['undecided', 'menu'])
  })

  it('is over soon where all was heard again that was heard before', () => {
    const before = growAll([hearing([], says)])
    const ends = (text: string, silentMs: number): string =>
      readHearing(before, hearing([], '', { words: spoken(text, { comma: 0, sentence: 1000 }), silentMs })).end.kind

    expect([ends(says, 1000), ends(says, 1200)]).toEqual(['undecided', 'menu'])
    expect(ends('For sales, press one. For support, press two.', 1200)).toBe('undecided')
    expect(ends(`${says} For all other`, 1200)).toBe('menu')
  })

  it('goes on where something stands behind its last key', () => {
    const more = ' Our other services are'
    expect([ends(2500, 400, more), ends(3000, 400, more)]).toEqual(['undecided', 'menu'])
  })
})
