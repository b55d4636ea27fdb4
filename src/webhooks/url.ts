import { Problem } from '../phone/problem.ts'
import { badPorts } from './bad-ports.ts'

/** The block API takes 4000; more than 8000 is what some servers refuse (RFC 9110 §4.1). */
const longestUrl = 4096

/** @throws Problem `url_not_allowed` */
export function readUrl(text: string): URL {
  const refuse = (why: string): Problem => new Problem('url_not_allowed', why)
  if (text.length > longestUrl) throw refuse(`A URL takes at most ${longestUrl} characters.`)
  if (!URL.canParse(text)) throw refuse(`${JSON.stringify(text.slice(0, 200))} is not a URL.`)
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refuse(`A URL must begin with http:// or https://, not ${url.protocol}`)
  }
  if (url.port !== '' && badPorts.has(Number(url.port))) {
    throw refuse(`Port ${url.port} belongs to another protocol than HTTP.`)
  }
  return url
}

/** Without the brackets of IPv6. */
export const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

/** For logs and answers: no credentials. */
export function shown(url: URL): string {
  const copy = new URL(url.href)
  copy.username = ''
  copy.password = ''
  copy.hash = ''
  return copy.href
}

export function credentialsOf(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {}
  const text = `${decode(url.username)}:${decode(url.password)}`
  return { authorization: `Basic ${Buffer.from(text).toString('base64')}` }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a lone % is meant as it stands
  }
}
