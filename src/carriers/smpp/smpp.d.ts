// The package has no types of its own; these are of what is used here and in tests.
declare module 'smpp' {
  import type { EventEmitter } from 'node:events'
  import type { Server as NetServer, Socket } from 'node:net'

  /** Fields by the names of SMPP 3.4; a text is bytes where it was sent as bytes. */
  export interface Pdu {
    readonly command: string
    readonly command_status: number
    readonly sequence_number: number
    readonly [field: string]: unknown
    isResponse(): boolean
    response(fields?: object): Pdu
  }
  export class PDU {
    constructor(command: string, fields?: object)
  }
  export class Session extends EventEmitter {
    readonly socket: Socket
    /** False where the connection takes nothing more. */
    send(pdu: Pdu | PDU, answered?: (pdu: Pdu) => void): boolean
    close(closed?: () => void): void
    destroy(closed?: () => void): void
    pause(): void
    resume(): void
  }
  export class Server extends NetServer {
    readonly sessions: readonly Session[]
  }
  interface Smpp {
    connect(options: {
      host: string
      port: number
      tls: boolean
      servername?: string
      ca?: readonly (string | Buffer)[]
    }): Session
    createServer(taken: (session: Session) => void): Server
    createServer(options: { key?: Buffer; cert?: Buffer }, taken: (session: Session) => void): Server
    readonly PDU: typeof PDU
    readonly errors: Readonly<Record<string, number>>
  }
  const smpp: Smpp
  export default smpp
}
