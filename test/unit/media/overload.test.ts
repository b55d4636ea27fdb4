import { describe, expect, it } from 'vitest'
import { type MediaIo, newReceiveBatch, type ReceiveBatch, type SendBatch } from '../../../src/media/plane/io.ts'
import { Loop } from '../../../src/media/plane/loop.ts'

/** A network that takes every packet 15 ms late, for ever or until a time. */
class SlowIo implements MediaIo {
  sendErrors = 0
  readonly #until: number
  constructor(until: number) {
    this.#until = until
  }
  readonly #nothing = newReceiveBatch()
  async open(): Promise<void> {}
  hear(): void {}
  close(): void {}
  receive(): ReceiveBatch {
    return this.#nothing
  }
  send(batch: SendBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const now = performance.now()
      batch.sentAt[i] = now < this.#until ? now + 15 : batch.due[i]!
    }
    batch.count = 0
  }
  sleepUntil(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }
}

async function overloadedWith(
  streams: number,
  lateUntil = Number.POSITIVE_INFINITY,
): Promise<{ loop: Loop; told: boolean[]; next: () => Promise<void> }> {
  const told: boolean[] = []
  let wake = (): void => {}
  const loop = new Loop(new SlowIo(lateUntil), 20, (report) => {
    if (report.kind !== 'load') return
    told.push(report.overloaded)
    wake()
  })
  void loop.run()
  for (let stream = 1; stream <= streams; stream++) {
    loop.command({ kind: 'begin', stream })
  }
  await new Promise((resolve) => setImmediate(resolve))
  for (let stream = 1; stream <= streams; stream++) {
    const remote = {
      address: '127.0.0.1',
      port: 9,
      codec: 'PCMU',
      payloadType: 0,
      direction: 'sendrecv',
      rtcpMux: true,
    } as const
    loop.command({ kind: 'connect', stream, remote })
  }
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
    })
  return { loop, told, next }
}

describe('a thread that sends too late', () => {
  it('is overloaded after three late seconds, and no longer when its streams are gone', async () => {
    const { loop, told, next } = await overloadedWith(50)
    if (told.length === 0) await next()
    expect(told).toEqual([true])

    const over = next()
    for (let stream = 1; stream <= 50; stream++) loop.command({ kind: 'close', ask: 100 + stream, stream })
    await over
    expect(told).toEqual([true, false])
  })

  it('is not overloaded by one late moment', async () => {
    const { loop, told } = await overloadedWith(50, performance.now() + 900)
    const waited = performance.now() + 4200
    while (performance.now() < waited) await new Promise((resolve) => setImmediate(resolve))

    expect(loop.stats().lateness.maxMs).toBeGreaterThan(5)
    expect(told).toEqual([])
  })
})
