import { WebSocket } from 'ws'
import type { Clock, Timer } from '../../base/clock.ts'
import type { AriAccess } from './rest.ts'

const handshakeMs = 10_000
/** A connection that a firewall forgot is silent for ever. */
const pingMs = 10_000

export interface SocketOptions {
  readonly access: AriAccess
  readonly app: string
  readonly clock: Clock
  onMessage(text: string): void
  /** Once: it could not be opened, or broke. */
  onClosed(why: string): void
  onOpen(): void
}

/** The WebSocket that events come by. The application exists at Asterisk while one is open. */
export function openSocket(o: SocketOptions): { close(): void } {
  const url = new URL(`${o.access.url}/events`)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.searchParams.set('app', o.app)
  const authorization = `Basic ${Buffer.from(`${o.access.username}:${o.access.password}`).toString('base64')}`
  const socket = new WebSocket(url, { headers: { authorization }, handshakeTimeout: handshakeMs })
  let timer: Timer | undefined
  let why = 'the connection was closed'
  let over = false
  const closed = (): void => {
    timer?.stop()
    if (over) return
    over = true
    o.onClosed(why)
  }
  const ping = (): void => {
    let answered = false
    socket.once('pong', () => {
      answered = true
    })
    socket.ping()
    timer = o.clock.after(pingMs, () => {
      if (answered) return ping()
      why = `nothing came back for ${pingMs / 1000} s`
      socket.terminate()
    })
  }
  socket.on('open', () => {
    ping()
    o.onOpen()
  })
  socket.on('message', (data) => o.onMessage(data.toString()))
  socket.on('unexpected-response', (_request, response) => {
    why = response.statusCode === 401 ? 'it does not accept the user and password' : `HTTP ${response.statusCode}`
    socket.terminate()
  })
  // `close` follows.
  socket.on('error', (error) => {
    if (!over && why === 'the connection was closed') why = error.message
  })
  socket.on('close', closed)
  return {
    close() {
      over = true
      timer?.stop()
      socket.terminate()
    },
  }
}
