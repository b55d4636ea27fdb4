import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { DgramIo } from '../../../src/media/plane/dgram-io.ts'
import { freePort } from '../../kit/ports.ts'

const host = '127.0.0.1'

it('keeps nothing of what comes to a socket before it is to be heard', async () => {
  const io = new DgramIo()
  const early = await freePort(2)
  const heard = early + 1
  await io.open(0, host, early)
  await io.open(2, host, heard)
  io.hear(2)
  const stranger = createSocket('udp4').bind(0, host)
  await once(stranger, 'listening')
  const send = (text: string, port: number) =>
    new Promise<void>((resolve) => stranger.send(text, port, host, () => resolve()))
  const received: string[] = []
  const until = async (text: string): Promise<void> => {
    while (!received.includes(text)) {
      await io.sleepUntil(performance.now() + 1)
      const batch = io.receive()
      for (let i = 0; i < batch.count; i++) received.push(Buffer.from(batch.data[i]!).toString())
    }
  }

  for (let i = 0; i < 10; i++) await send('too early', early)
  await send('a mark', heard)
  await until('a mark')
  io.hear(0)
  await send('in time', early)
  await until('in time')

  expect(received).toEqual(['a mark', 'in time'])
  for (const handle of [0, 2]) io.close(handle)
  stranger.close()
})
