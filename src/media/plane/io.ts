/** Largest packet sent: what fits an Ethernet frame. Larger ones are not forwarded. */
export const MAX_PACKET = 1472

/** What came in since the last call. Valid until the next one. */
export interface ReceiveBatch {
  count: number
  readonly handle: number[]
  readonly data: Uint8Array[]
  readonly at: number[]
  readonly length: number[]
  readonly address: string[]
  readonly port: number[]
  /** When it was read from the socket, milliseconds of `performance.now`. */
  readonly time: number[]
}

export const newReceiveBatch = (): ReceiveBatch => ({
  count: 0,
  handle: [],
  data: [],
  at: [],
  length: [],
  address: [],
  port: [],
  time: [],
})

/** What goes out at the end of a tick. Slots are made once and used again. */
export class SendBatch {
  count = 0
  readonly handle: number[] = []
  readonly packet: Uint8Array[] = []
  readonly length: number[] = []
  readonly address: string[] = []
  readonly port: number[] = []
  /** When it should have gone out; 0 for packets that are not paced (forwarded ones, RTCP). */
  readonly due: number[] = []
  /** Filled in by `send`. */
  readonly sentAt: number[] = []

  /** A slot of MAX_PACKET octets; it is sent when `commit` follows. */
  slot(): Uint8Array {
    let packet = this.packet[this.count]
    if (!packet) {
      packet = new Uint8Array(MAX_PACKET)
      this.packet[this.count] = packet
    }
    return packet
  }

  commit(handle: number, length: number, address: string, port: number, due: number): void {
    const i = this.count++
    this.handle[i] = handle
    this.length[i] = length
    this.address[i] = address
    this.port[i] = port
    this.due[i] = due
    this.sentAt[i] = 0
  }
}

/** The only door to the network. One implementation is chosen per thread; a batch addon may stand beside `dgram` later. */
export interface MediaIo {
  /** @param handle chosen by the caller, free again after `close`. Rejects with the system's error, e.g. EADDRINUSE. */
  open(handle: number, bind: string, port: number): Promise<void>
  /** What comes from now on is received; what came before is dropped. */
  hear(handle: number): void
  close(handle: number): void
  receive(): ReceiveBatch
  /** Sends all of it, in order, and empties the batch. A packet that cannot be sent is counted and dropped. */
  send(batch: SendBatch): void
  sleepUntil(ms: number): Promise<void>
  readonly sendErrors: number
}
