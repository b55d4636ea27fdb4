import type { TransportName } from '../message/message.ts'
import { TransportError } from './transport.ts'

/** Why a port could not be opened, in a sentence that names it. */
export function bindError(transport: TransportName, address: string, port: number, error: Error): TransportError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'EBIND'
  return new TransportError(code, `${transport} port ${port} on ${address} ${reason(code)}`, error, transport)
}

function reason(code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'is taken by another program'
    case 'EACCES':
      return 'may not be opened by this user'
    case 'EADDRNOTAVAIL':
      return 'cannot be opened: this machine does not have that address'
    default:
      return `cannot be opened (${code})`
  }
}
