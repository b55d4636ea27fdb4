import { createServer, type Socket } from 'node:net'
import type { Scope } from '../../../src/base/scope.ts'

/** One command as a client sent it. */
export interface EslCommand {
  /** `bgapi`, `sendmsg`, … */
  readonly verb: string
  readonly rest: string
  /** Further lines, by their names in lower case. */
  readonly more: ReadonlyMap<string, string>
}

export type EslAnswer =
  | { readonly kind: 'reply'; readonly text: string; readonly more?: readonly string[] }
  | { readonly kind: 'api'; readonly text: string }

/** The server's side of one connection: commands in, answers in their order out. */
export class EslPeer {
  readonly socket: Socket
  #text = ''
  #answers: Promise<void> = Promise.resolve()

  constructor(socket: Socket, onCommand: (command: EslCommand) => EslAnswer | Promise<EslAnswer>) {
    this.socket = socket
    socket.setEncoding('utf8')
    // `close` follows.
    socket.on('error', () => {})
    socket.on('data', (chunk: string) => {
      this.#text += chunk
      for (let end = this.#text.indexOf('\n\n'); end >= 0; end = this.#text.indexOf('\n\n')) {
        const [first = '', ...lines] = this.#text.slice(0, end).split('\n')
        this.#text = this.#text.slice(end + 2)
        const [verb = '', ...rest] = first.trim().split(' ')
        const more = new Map(
          lines.map((line) => [line.split(':', 1).join('').toLowerCase(), line.replace(/^[^:]*: */, '')]),
        )
        this.#answers = this.#answers.then(async () =>
          this.#answer(await onCommand({ verb, rest: rest.join(' '), more })),
        )
      }
    })
  }

  /** Fields go out with their values as they are. */
  send(fields: readonly string[], body?: string): void {
    const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
    if (this.socket.writable) this.socket.write(`${[...fields, ...length].join('\n')}\n\n${body ?? ''}`)
  }

  /** An event of type plain: its values are URL-encoded, and its own body, where it has one, has a length of its own. */
  event(fields: Readonly<Record<string, string>>, body?: string): void {
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${encodeURIComponent(value)}`)
    const own = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\n`
    this.send(['Content-Type: text/event-plain'], `${lines.join('\n')}\n${own}\n${body ?? ''}`)
  }

  #answer(answer: EslAnswer): void {
    if (answer.kind === 'api') this.send(['Content-Type: api/response'], answer.text)
    else this.send(['Content-Type: command/reply', `Reply-Text: ${answer.text}`, ...(answer.more ?? [])])
  }
}

/** Listens on loopback; every connection is greeted, and asked for the password. @returns its port */
export async function openEslServer(o: {
  readonly scope: Scope
  readonly password: string
  readonly onPeer: (peer: EslPeer) => void
  readonly onGone: (peer: EslPeer) => void
  readonly onCommand: (peer: EslPeer, command: EslCommand) => EslAnswer | Promise<EslAnswer>
}): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let known = false
    const peer: EslPeer = new EslPeer(socket, (command) => {
      if (known) return o.onCommand(peer, command)
      known = command.verb === 'auth' && command.rest === o.password
      if (known) o.onPeer(peer)
      // Its answer goes out before.
      else setImmediate(() => socket.end())
      return { kind: 'reply', text: known ? '+OK accepted' : '-ERR invalid' }
    })
    socket.on('close', () => {
      sockets.delete(socket)
      o.onGone(peer)
    })
    peer.send(['Content-Type: auth/request'])
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  o.scope.add('event socket', () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the event socket has no port')
  return address.port
}
