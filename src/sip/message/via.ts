import { formatHostPort, parseHostPort } from './host.ts'
import type { Via } from './message.ts'
import { formatParams, parseParams } from './params.ts'

// `SIP / 2.0 / UDP host : port ;params`, white space allowed around every separator (RFC 3261 §20.42, §25.1).
const via = /^SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z0-9\-.!%*_+`'~]+)\s+(\[[^\]]*\]|[^\s:;,]+)(?:\s*:\s*(\d+))?\s*(;|$)/i

/** One value of Via; `undefined` when malformed. */
export function parseVia(text: string): Via | undefined {
  const match = via.exec(text)
  if (match === null) return undefined
  const [whole, transport = '', host = '', port, end] = match
  const sentBy = parseHostPort(port === undefined ? host : `${host}:${port}`)
  const params = parseParams(text, end === ';' ? whole.length - 1 : text.length)
  if (sentBy === undefined || params === undefined) return undefined
  const branch = params.get('branch')
  const value: { -readonly [K in keyof Via]: Via[K] } = {
    transport: transport.toUpperCase(),
    host: sentBy.host,
    params,
  }
  if (sentBy.port !== undefined) value.port = sentBy.port
  if (branch !== undefined && branch !== '') value.branch = branch
  return value
}

/** `params` is written whole; `branch` is in it. */
export function formatVia(value: Via): string {
  return `SIP/2.0/${value.transport} ${formatHostPort(value)}${formatParams(value.params)}`
}
