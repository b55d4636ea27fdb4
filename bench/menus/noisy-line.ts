import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Scope } from '../../src/base/scope.ts'
import { type Line, LineAudio } from './line-audio.ts'

const host = '127.0.0.1'
/** A line that nobody speaks on for so long is taken down. */
const idleMs = 30_000

export interface NoisyLineOptions {
  readonly scope: Scope
  /** SIP port of the service that is called. */
  readonly server: number
  /** By the user part of the called URI. */
  lineTo(user: string): Line | undefined
}

/**
 * What lies between a caller and a company: hands INVITEs, their answers and both ways of audio on, and makes a telephone line of what the
 * company says. Requests within the dialog go past it, by the contacts. Loopback, UDP.
 */
export class NoisyLine {
  readonly port: number
  readonly #options: NoisyLineOptions
  readonly #near: Socket
  readonly #far: Socket
  readonly #calls = new Map<string, CallLine>()
  #caller: RemoteInfo | undefined

  private constructor(options: NoisyLineOptions, near: Socket, far: Socket) {
    this.#options = options
    this.#near = near
    this.#far = far
    this.port = near.address().port
    near.on('message', (bytes, from) => void this.#fromCaller(bytes, from))
    far.on('message', (bytes) => this.#fromServer(bytes))
  }

  static async open(options: NoisyLineOptions): Promise<NoisyLine> {
    const line = new NoisyLine(options, await udp(options.scope), await udp(options.scope))
    const tidy = setInterval(() => line.#tidy(), 5000)
    options.scope.add('tidy', () => clearInterval(tidy))
    return line
  }

  async #fromCaller(bytes: Buffer, from: RemoteInfo): Promise<void> {
    this.#caller = from
    const { server } = this.#options
    let text = bytes.toString('latin1').replace(/^(\S+ \S+@127\.0\.0\.1):\d+/, `$1:${server}`)
    const call = callIdOf(text)
    const user = /^INVITE sip:([^@;]+)@/.exec(text)?.[1]
    if (user !== undefined && call !== undefined) {
      let line = this.#calls.get(call)
      if (line === undefined) {
        line = await CallLine.open(this.#options.lineTo(user))
        this.#calls.set(call, line)
      }
      text = line.offered(text)
    }
    this.#far.send(Buffer.from(text, 'latin1'), server, host)
  }

  #fromServer(bytes: Buffer): void {
    if (this.#caller === undefined) return
    const text = bytes.toString('latin1')
    const line = this.#calls.get(callIdOf(text) ?? '')
    const passed = line === undefined ? text : line.answered(text)
    this.#near.send(Buffer.from(passed, 'latin1'), this.#caller.port, host)
  }

  #tidy(): void {
    for (const [call, line] of this.#calls) {
      if (performance.now() - line.lastAt < idleMs) continue
      line.close()
      this.#calls.delete(call)
    }
  }

  closeCalls(): void {
    for (const line of this.#calls.values()) line.close()
    this.#calls.clear()
  }
}

const callIdOf = (text: string): string | undefined => /^(?:Call-ID|i):\s*(\S+)/im.exec(text)?.[1]

/** The audio of one call: two sockets, one for each side. */
class CallLine {
  lastAt = performance.now()
  readonly #near: Socket
  readonly #far: Socket
  readonly #audio: LineAudio | undefined
  #caller = 0
  #server = 0

  private constructor(near: Socket, far: Socket, line: Line | undefined) {
    this.#near = near
    this.#far = far
    this.#audio = line === undefined ? undefined : new LineAudio(line)
    near.on('message', (packet, { port }) => {
      if (port !== this.#caller || this.#server === 0) return
      this.lastAt = performance.now()
      this.#audio?.toServer(packet)
      far.send(packet, this.#server, host)
    })
    far.on('message', (packet, { port }) => {
      if (port !== this.#server || this.#caller === 0) return
      this.lastAt = performance.now()
      this.#audio?.toCaller(packet)
      near.send(packet, this.#caller, host)
    })
  }

  static async open(line: Line | undefined): Promise<CallLine> {
    return new CallLine(await udp(), await udp(), line)
  }

  offered(text: string): string {
    this.#caller = audioPort(text) ?? this.#caller
    return withAudioPort(text, this.#far.address().port)
  }

  answered(text: string): string {
    const port = audioPort(text)
    if (port !== undefined) {
      this.#server = port
      this.#audio?.described(text)
    }
    return withAudioPort(text, this.#near.address().port)
  }

  close(): void {
    this.#near.close()
    this.#far.close()
  }
}

async function udp(scope?: Scope): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  scope?.add('socket', () => void socket.close())
  return socket
}

function audioPort(text: string): number | undefined {
  const port = Number(/^m=audio (\d+) /m.exec(text)?.[1])
  return port > 0 ? port : undefined
}

/** RTCP beside RTP has no way through: its port is left out. */
function withAudioPort(text: string, port: number): string {
  const at = text.indexOf('\r\n\r\n')
  const body = at < 0 ? '' : text.slice(at + 4)
  if (!/^m=audio /m.test(body)) return text
  const described = body.replace(/^m=audio \d+ /m, `m=audio ${port} `).replace(/^a=rtcp:.*\r\n/gm, '')
  const head = text.slice(0, at).replace(/^(Content-Length|l)(\s*:\s*)\d+/im, `$1$2${described.length}`)
  return `${head}\r\n\r\n${described}`
}
