import type { SipMessage } from './message.ts'
import { formatUri } from './uri.ts'

const lineBreak = /[\r\n\0]/

/** The bytes of a message. Content-Length is always written, and always right. */
export function serialize(message: SipMessage): Buffer {
  let head = startLine(message)
  for (const [name, value] of message.headers.entries())
    if (name !== 'Content-Length') head += value === '' ? `${name}:\r\n` : `${name}: ${value}\r\n`
  head += `Content-Length: ${message.body.length}\r\n\r\n`
  const bytes = Buffer.from(head, 'utf8')
  return message.body.length === 0 ? bytes : Buffer.concat([bytes, message.body])
}

function startLine(message: SipMessage): string {
  switch (message.kind) {
    case 'request':
      return `${message.method} ${formatUri(message.uri)} SIP/2.0\r\n`
    case 'response':
      if (lineBreak.test(message.reason)) throw new TypeError('the reason phrase holds a line break or NUL')
      return `SIP/2.0 ${message.status} ${message.reason}\r\n`
  }
}
