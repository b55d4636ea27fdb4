import { beforeEach, describe, expect, it } from 'vitest'
import { Line } from '../../../src/engines/hosted/line.ts'
import type { Step } from '../../../src/engines/hosted/step.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const say = (text: string): Step => ({ kind: 'play', sounds: [{ kind: 'say', text }] })
const shown = (step: Step): string =>
  step.kind === 'play' ? step.sounds.map((one) => (one.kind === 'say' ? one.text : one.url)).join() : step.kind

let clock: FakeClock
let line: Line
let left = 0

beforeEach(() => {
  clock = new FakeClock()
  left = 0
  line = new Line({
    clock,
    write: (step, n) => `${n} ${shown(step)}`,
    silence: (seconds) => `${seconds} s`,
    left: () => void left++,
  })
})

/** From the number that a document begins with. */
const about = (document: string) => ({ n: Number.parseInt(document, 10), about: 'next' as const })

describe('between an app and a company', () => {
  it('a step waits for a request, and what follows it says that it is over', async () => {
    const first = line.ask(undefined, {})
    const done = line.run(say('one'))
    const document = await first
    const second = line.ask(about(document), { digits: '4' })

    expect(document).toBe('1 one')
    expect(await done).toEqual({ digits: '4' })
    void line.run(say('two'))
    expect(await second).toBe('2 two')
    expect(left).toBe(2)
  })

  it('a request that comes twice has the same answer twice, at once or later', async () => {
    void line.run(say('one'))
    const answers = await Promise.all([line.ask(undefined, {}), line.ask(undefined, {})])
    const later = await line.ask(undefined, {})

    expect([...answers, later]).toEqual(['1 one', '1 one', '1 one'])
    expect(left).toBe(1)
  })

  it('a request about another step does not end the one that runs', async () => {
    let over = false
    void line.run(say('one')).then(() => {
      over = true
    })
    await line.ask(undefined, {})
    const again = await line.ask({ n: 99, about: 'keys' }, { digits: '1' })

    expect(again).toBe('1 one')
    expect(over).toBe(false)
  })

  it('a company that would wait too long is given a pause, as often as it takes', async () => {
    const first = line.ask(undefined, {})
    clock.advance(8000)
    const pause = await first
    const second = line.ask(about(pause), {})
    clock.advance(7999)
    const done = line.run(say('late'))

    expect(pause).toMatch(/^\d+ wait$/)
    const document = await second
    expect(document).toMatch(/late$/)
    void line.ask(about(document), {})
    expect(await done).toEqual({})
  })

  it('after the end every request is told so, also one that waits', async () => {
    const waiting = line.ask(undefined, {})
    line.end({ kind: 'hangup', answered: true, code: 'completed' })

    expect(await waiting).toMatch(/hangup$/)
    expect(await line.ask({ n: 5, about: 'next' }, {})).toMatch(/hangup$/)
  })

  it('a step that was given up is not told, nor ended by what comes of it', async () => {
    let over = false
    void line.run(say('one')).then(() => {
      over = true
    })
    const document = await line.ask(undefined, {})
    line.forget()
    const next = line.ask(about(document), {})
    void line.run(say('two'))

    expect(await next).toMatch(/two$/)
    expect(over).toBe(false)
  })
})
