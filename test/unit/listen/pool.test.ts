import { expect, it } from 'vitest'
import { type Deferred, deferred } from '../../../src/base/deferred.ts'
import { type Decoder, DecoderPool } from '../../../src/speech/recognise/pool.ts'
import { type Recognised, RecogniseError } from '../../../src/speech/recognise/recogniser.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { NotedLog } from '../../kit/noted-log.ts'

const seconds = (count: number): Int16Array => new Int16Array(count * 8000)
const text = (words: string): Recognised => ({ text: words, words: [] })

/** A pool of decoders that answer when the test says so. */
function open({ size = 1, maxWaitingSeconds = 10, slowToEnd = false } = {}) {
  const machine = { full: false }
  const begun: { readonly asked: Deferred<Recognised>[]; readonly end: () => void; killed: boolean }[] = []
  const besides: (Promise<Recognised> | undefined)[] = []
  const clock = new FakeClock()
  const log = new NotedLog()
  const pool = new DecoderPool({
    begin: (gone): Decoder => {
      if (machine.full) throw new Error('spawn ENOMEM')
      const asked: Deferred<Recognised>[] = []
      const one = {
        asked,
        killed: false,
        end: () => {
          asked.at(-1)?.reject(new RecogniseError('failed', 'it ended'))
          gone()
        },
      }
      begun.push(one)
      return {
        decode: (_, beside) => {
          besides.push(beside)
          asked.push(deferred())
          return asked.at(-1)!.promise
        },
        kill: () => {
          one.killed = true
          if (!slowToEnd) one.end()
        },
      }
    },
    ...{ clock, log, size, maxWaitingSeconds },
  })
  const decode = (samples: Int16Array, signal = new AbortController().signal) => pool.decode(samples, signal)
  return { pool, decode, begun, besides, clock, log, machine }
}

const tick = () => new Promise((resolve) => setImmediate(resolve))

it('utterances are decoded in the order they came, by as many processes as there may be', async () => {
  const { decode, begun } = open({ size: 2 })
  const [a, b, c] = [decode(seconds(1)), decode(seconds(1)), decode(seconds(1))]
  expect(begun).toHaveLength(2)

  begun[1]?.asked[0]?.resolve(text('b'))
  expect(await b).toEqual(text('b'))
  await tick()
  begun[1]?.asked[1]?.resolve(text('c'))
  begun[0]?.asked[0]?.resolve(text('a'))
  expect([await a, await c]).toEqual([text('a'), text('c')])
})

it('who decodes is told what another recogniser hears of it, by the second process, too', async () => {
  const { pool, begun, besides } = open()
  const beside = Promise.resolve(text('beside'))
  const said = pool.decode(seconds(1), new AbortController().signal, beside)
  begun[0]?.end()
  await tick()
  begun[1]?.asked[0]?.resolve(text('said'))

  expect(await said).toEqual(text('said'))
  expect(besides).toEqual([beside, beside])
})

it('what would come too late is refused at once', async () => {
  const { pool, decode } = open({ maxWaitingSeconds: 5 })
  const first = decode(seconds(30))
  const second = decode(seconds(4))
  expect(pool.waitingSeconds).toBe(4)

  await expect(decode(seconds(2))).rejects.toMatchObject({ code: 'busy' })
  pool.close()
  await expect(first).rejects.toThrow()
  await expect(second).rejects.toMatchObject({ code: 'cancelled' })
})

it('an utterance whose process ends is tried once more, by another process', async () => {
  const { decode, begun, log } = open()
  const said = decode(seconds(1))
  begun[0]?.end()
  await tick()
  begun[1]?.asked[0]?.resolve(text('again'))
  expect(await said).toEqual(text('again'))
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { reason: 'it ended' } }])

  const hopeless = decode(seconds(1))
  begun[1]?.end()
  await tick()
  begun[2]?.end()
  await expect(hopeless).rejects.toMatchObject({ code: 'failed' })
})

it('what fails is tried by another process even where the one it failed in has not ended yet', async () => {
  const { decode, begun, pool } = open({ slowToEnd: true })
  const [first, second] = [decode(seconds(1)), decode(seconds(1))]
  begun[0]?.asked[0]?.reject(new RecogniseError('failed', 'it took too long'))
  await tick()
  expect(begun[0]).toMatchObject({ killed: true, asked: { length: 1 } })
  expect(begun).toHaveLength(1)

  begun[0]?.end()
  begun[1]?.asked[0]?.resolve(text('first'))
  expect(await first).toEqual(text('first'))
  await tick()
  begun[1]?.asked[1]?.resolve(text('second'))
  expect(await second).toEqual(text('second'))
  expect(pool.processes).toBe(1)
})

it('where no process can be begun, the utterance is not recognised, and the next one may be', async () => {
  const { decode, begun, machine } = open()
  machine.full = true
  await expect(decode(seconds(1))).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('ENOMEM'),
  })

  machine.full = false
  const said = decode(seconds(1))
  begun[0]?.asked[0]?.resolve(text('said'))
  expect(await said).toEqual(text('said'))
})

it('one that waits is given up at once; one that is decoded ends unheard', async () => {
  const { pool, decode, begun } = open()
  const [one, two] = [new AbortController(), new AbortController()]
  const [decoded, waiting] = [decode(seconds(1), one.signal), decode(seconds(1), two.signal)]
  one.abort()
  two.abort()

  await expect(decoded).rejects.toMatchObject({ code: 'cancelled' })
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' })
  expect(pool.waitingSeconds).toBe(0)
  begun[0]?.asked[0]?.resolve(text('late'))
  await tick()
  const next = decode(seconds(1))
  begun[0]?.asked[1]?.resolve(text('next'))
  expect(await next).toEqual(text('next'))
})

it('the first process begins when somebody begins to speak, and one is enough', async () => {
  const { pool, decode, begun, clock } = open({ size: 2 })
  pool.warm()
  pool.warm()
  expect(begun).toHaveLength(1)

  const said = decode(seconds(1))
  begun[0]?.asked[0]?.resolve(text('said'))
  expect(await said).toEqual(text('said'))
  await tick()
  clock.advance(5 * 60_000)
  expect(begun).toMatchObject([{ killed: true }])
  pool.close()
  pool.warm()
  expect(begun).toHaveLength(1)
})

it('a process ends after five idle minutes, and all end when the pool is closed', async () => {
  const { pool, decode, begun, clock } = open()
  const said = decode(seconds(1))
  begun[0]?.asked[0]?.resolve(text('said'))
  await said
  await tick()
  clock.advance(5 * 60_000 - 1)
  expect(begun[0]?.killed).toBe(false)
  clock.advance(1)
  expect(begun[0]?.killed).toBe(true)
  expect(pool.processes).toBe(0)

  const last = decode(seconds(1))
  pool.close()
  expect(begun[1]?.killed).toBe(true)
  await expect(last).rejects.toMatchObject({ code: 'failed' })
  await expect(decode(seconds(1))).rejects.toMatchObject({ code: 'cancelled' })
  expect(clock.waiting).toBe(0)
})
