import { createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { Scope } from '../../base/scope.ts'
import type { Fields } from './fields.ts'
import { Line } from './line.ts'

/** A channel that the dialplan's `socket` handed to us. */
export interface ArrivedChannel {
  readonly id: string
  /** What it says of itself, decoded. */
  readonly fields: Fields
  /** Ends our part in it; `resume`: the dialplan goes on. The first call counts. */
  release(how: 'resume' | 'over'): void
}

export interface ArrivalsOptions {
  /** Numeric. */
  readonly bind: string
  /** TCP; 0 lets the kernel choose. */
  readonly port: number
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  /** Whether that is where FreeSWITCH is: whoever else connects is sent away. */
  knows(address: string): boolean
  onChannel(channel: ArrivedChannel): void
}

/** Takes the connections that FreeSWITCH makes for calls that come in (its outbound mode). */
export class Arrivals {
  readonly #options: ArrivalsOptions
  readonly #server: Server
  readonly #lines = new Set<Line>()

  private constructor(options: ArrivalsOptions) {
    this.#options = options
    this.#server = createServer((socket) => this.#come(socket))
    options.scope.add('connections of FreeSWITCH', () => this.#stop())
  }

  /** Rejects where the port is taken. */
  static async open(options: ArrivalsOptions): Promise<Arrivals> {
    const arrivals = new Arrivals(options)
    const server = arrivals.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port: options.port, host: options.bind }, () => {
        server.off('error', reject)
        server.on('error', (error) => options.log.error({ err: error }, 'the port for calls of FreeSWITCH failed'))
        resolve()
      })
    })
    return arrivals
  }

  get port(): number {
    const address = this.#server.address()
    return address === null || typeof address === 'string' ? 0 : address.port
  }

  get size(): number {
    return this.#lines.size
  }

  #stop(): Promise<void> {
    for (const line of this.#lines) line.close()
    this.#lines.clear()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  #come(socket: Socket): void {
    const { clock, log, knows } = this.#options
    const from = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    if (!knows(from)) {
      log.warn({ address: from }, 'a connection for calls of FreeSWITCH came from elsewhere and was closed')
      socket.destroy()
      return
    }
    const line = new Line({
      ...{ socket, clock },
      // Events are heard by the connection of ours: one order for all.
      onFrame() {},
      onClosed: () => this.#lines.delete(line),
    })
    this.#lines.add(line)
    this.#receive(line).catch((error: unknown) => {
      log.warn({ err: error, address: from }, 'a call of FreeSWITCH could not be taken')
      this.#drop(line)
    })
  }

  async #receive(line: Line): Promise<void> {
    const { fields } = await line.ask('connect')
    const said = fields.decoded()
    const id = said.get('Unique-ID') ?? said.get('Channel-Unique-ID')
    if (id === undefined) throw new Error('it does not say which channel it is')
    let released = false
    this.#options.onChannel({
      id,
      fields: said,
      release: (how) => {
        if (released) return
        released = true
        if (how === 'over' || !this.#lines.has(line)) this.#drop(line)
        else
          line
            .ask('resume')
            .catch((error: unknown) =>
              this.#options.log.warn({ err: error, channel: id }, 'the dialplan could not be told to go on'),
            )
            .finally(() => this.#drop(line))
      },
    })
  }

  #drop(line: Line): void {
    this.#lines.delete(line)
    line.close()
  }
}
