import { createSocket, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import { type MediaIo, newReceiveBatch, type ReceiveBatch, type SendBatch } from './io.ts'

/** More than this between two ticks is a flood: the rest is dropped, so that memory stays bounded. */
const MAX_BATCH = 20_000

/** How much later than it came a packet may be read, and a command be heard. */
const READ_EVERY_MS = 1
/** Nobody ever wakes who waits for this. */
const never = new Int32Array(new SharedArrayBuffer(4))

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
        this.#sockets.set(handle, socket)
        resolve()
      })
    })
  }

  hear(handle: number): void {
    this.#sockets.get(handle)?.on('message', (data, from) => this.#add(handle, data, from.address, from.port))
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
   * Sleeps outside of the event loop, and lets it read the sockets and commands once a millisecond. In it, every packet and every command would
   * wake the thread by itself (8,000 times a second at 200 calls), a command while the thread that sent it still holds the lock of the queue:
   * ours, which goes first, then waits until that one has its turn again, up to 20 ms where others keep the cores busy. Nor do its timers
   * know less than whole milliseconds.
   */
  sleepUntil(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const left = Math.min(ms - performance.now(), READ_EVERY_MS)
      if (left > 0) Atomics.wait(never, 0, 0, left)
      setImmediate(resolve)
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
