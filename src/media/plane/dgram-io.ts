import { createSocket, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import { type MediaIo, newReceiveBatch, type ReceiveBatch, type SendBatch } from './io.ts'

/** More than this between two ticks is a flood: the rest is dropped, so that memory stays bounded. */
const MAX_BATCH = 20_000

type LookupDone = (error: Error | null, address: string, family: number) => void

/** `node:dgram` in the worker's own event loop: works wherever Node works. */
export class DgramIo implements MediaIo {
  sendErrors = 0
  readonly #sockets = new Map<number, Socket>()
  #filling = newReceiveBatch()
  #given = newReceiveBatch()
  /** A view of each slot as long as its packet: most packets are as long as the one before, so it is seldom made anew. */
  readonly #views: Uint8Array[] = []

  open(handle: number, bind: string, port: number): Promise<void> {
    const family = isIP(bind)
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Addresses only, never names: without this every send would go through a look-up on the next tick of the loop.
      lookup: (address: string, _options: unknown, done: LookupDone) => done(null, address, family),
    })
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close()
        reject(error)
      })
      socket.bind(port, bind, () => {
        socket.removeAllListeners('error')
        // ICMP errors and refused sends; the packet is gone either way.
        socket.on('error', () => {
          this.sendErrors++
        })
        socket.on('message', (data, from) => this.#add(handle, data, from.address, from.port))
        this.#sockets.set(handle, socket)
        resolve()
      })
    })
  }

  close(handle: number): void {
    const socket = this.#sockets.get(handle)
    if (!socket) return
    this.#sockets.delete(handle)
    socket.removeAllListeners('message')
    socket.close()
  }

  receive(): ReceiveBatch {
    const full = this.#filling
    this.#filling = this.#given
    this.#filling.count = 0
    this.#given = full
    return full
  }

  send(batch: SendBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const socket = this.#sockets.get(batch.handle[i]!)
      if (!socket) continue
      const packet = batch.packet[i]!
      const length = batch.length[i]!
      let view = this.#views[i]
      if (!view || view.length !== length || view.buffer !== packet.buffer) {
        view = packet.subarray(0, length)
        this.#views[i] = view
      }
      socket.send(view, batch.port[i]!, batch.address[i]!)
      batch.sentAt[i] = performance.now()
    }
    batch.count = 0
  }

  /**
   * Timers of the loop have a grain of 1 ms and fire after it, never before: asking for the whole milliseconds left
   * wakes up to 1 ms late. What is left below that is turned round by setImmediate, which also reads the sockets.
   */
  sleepUntil(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const left = ms - performance.now()
      if (left < 0.3) setImmediate(resolve)
      else setTimeout(resolve, Math.max(1, Math.floor(left)))
    })
  }

  #add(handle: number, data: Uint8Array, address: string, port: number): void {
    const batch = this.#filling
    if (batch.count >= MAX_BATCH) return
    const i = batch.count++
    batch.handle[i] = handle
    batch.data[i] = data
    batch.at[i] = 0
    batch.length[i] = data.length
    batch.address[i] = address
    batch.port[i] = port
    batch.time[i] = performance.now()
  }
}
