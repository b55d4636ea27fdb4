import { isIPv6 } from 'node:net'

export interface HostPort {
  /** Lower case, IPv6 without brackets. */
  readonly host: string
  readonly port?: number
}

const name = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?$/
const digits = /^\d{1,5}$/

/** A host name, an IPv4 address or an IPv6 address in brackets, and a port of 1–65535. */
export function parseHostPort(text: string): HostPort | undefined {
  let end = text.length
  let host: string
  if (text.startsWith('[')) {
    const close = text.indexOf(']')
    if (close < 0) return undefined
    host = text.slice(1, close).toLowerCase()
    if (!isIPv6(host)) return undefined
    end = close + 1
  } else {
    const colon = text.indexOf(':')
    if (colon >= 0) end = colon
    host = text.slice(0, end).toLowerCase()
    if (host.length > 255 || !name.test(host)) return undefined
  }
  if (end === text.length) return { host }
  const port = text.slice(end + 1)
  if (text[end] !== ':' || !digits.test(port)) return undefined
  const number = Number(port)
  return number >= 1 && number <= 65535 ? { host, port: number } : undefined
}

export function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

export function formatHostPort({ host, port }: HostPort): string {
  return port === undefined ? formatHost(host) : `${formatHost(host)}:${port}`
}
