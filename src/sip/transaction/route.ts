import type { Flow, SipRequest } from '../message/message.ts'
import { serialize } from '../message/serialize.ts'
import { certificateFault } from '../transport/tls.ts'
import { type Destination, TransportError } from '../transport/transport.ts'
import type { ClientFailure, Target } from './layer.ts'
import type { Ground } from './wire-tap.ts'

/** A flow to try. `instead`: TCP in the place of UDP for a large request. */
export interface Way {
  readonly flow: Flow
  readonly instead?: Destination
}

interface Hop {
  readonly destination: Destination
  readonly instead?: Destination
}

/** §18.1.1: what is larger goes by a transport with congestion control where the path's MTU is not known. */
const largestDatagram = 1300
/** What the Via that is not there yet will take, generously. */
const viaBytes = 160
/** The ways to send one request, in order. */
export class Route {
  readonly #ground: Ground
  readonly #left: ({ readonly flow: Flow } | Hop)[]
  #error: unknown
  #tried: string | undefined

  constructor(ground: Ground, request: SipRequest, to: Target) {
    this.#ground = ground
    this.#left = 'flow' in to ? [to] : spread(ground, request, to.destinations)
  }

  get more(): boolean {
    return this.#left.length > 0
  }

  /** The next flow that can be had; `undefined` when there is none. */
  async next(): Promise<Way | undefined> {
    for (let way = this.#left.shift(); way !== undefined; way = this.#left.shift()) {
      if ('flow' in way) return way
      const { destination, instead } = way
      try {
        const flow = await this.#ground.transports.connect(destination)
        return instead === undefined ? { flow } : { flow, instead }
      } catch (error) {
        this.#ground.log.debug({ err: error, destination }, 'a destination cannot be reached')
        this.#error = error
        const why = error instanceof TransportError ? certificateFault(error.code) : undefined
        const { address, port, transport } = destination
        this.#tried = `${address} port ${port} by ${transport}${why === undefined ? '' : `: ${why}`}`
        if (instead !== undefined) this.#ground.refusals.add(instead)
      }
    }
    return undefined
  }

  /** A way that could be had and did not carry the request. */
  broke({ instead }: Way): void {
    if (instead !== undefined) this.#ground.refusals.add(instead)
  }

  failure(): ClientFailure {
    const sentence = this.#tried === undefined ? 'there is no address to send to' : `cannot reach ${this.#tried}`
    const error = this.#error ?? new TransportError('ENOTARGET', sentence)
    return { kind: 'transport', status: 503, sentence, error }
  }
}

function spread(ground: Ground, request: SipRequest, destinations: readonly Destination[]): Hop[] {
  const large = serialize(request).length + viaBytes > largestDatagram
  return destinations.flatMap((destination) => {
    if (destination.transport !== 'UDP' || !large || ground.refusals.has(destination)) return [{ destination }]
    const stream: Destination = { ...destination, transport: 'TCP' }
    if (!ground.transports.serves(stream)) return [{ destination }]
    return [{ destination: stream, instead: destination }, { destination }]
  })
}
