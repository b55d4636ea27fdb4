import { createHmac } from 'node:crypto'

/** One of several values of the same name is one pair among others. */
export type Pairs = readonly (readonly [name: string, value: string])[]

const mac = (token: string, text: string): string => createHmac('sha256', token).update(text).digest('base64')

/** Scheme, host, port where it is not the default, path; no query. */
const baseOf = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`

/** `X-Plivo-Signature-V2` of a request to this URL. */
export const signatureV2 = (token: string, url: string, nonce: string): string =>
  mac(token, `${baseOf(new URL(url))}${nonce}`)

/** What `X-Plivo-Signature-V3` is made of; values decoded. */
export function signedTextV3(method: 'GET' | 'POST', url: string, body: Pairs, nonce: string): string {
  const parsed = new URL(url)
  const base = baseOf(parsed)
  const query: Pairs = [...parsed.searchParams]
  const joined = (pairs: Pairs): string =>
    sorted(pairs)
      .map((pair) => pair.join('='))
      .join('&')
  if (method === 'GET') {
    const all = [...query, ...body]
    return `${base}${all.length === 0 ? '' : `?${joined(all)}`}.${nonce}`
  }
  // With parameters in the body the question mark stands even where there is no query, the dot only where there is one.
  if (body.length === 0) return `${base}${query.length === 0 ? '' : `?${joined(query)}`}.${nonce}`
  const params = sorted(body).flat().join('')
  return `${base}?${joined(query)}${query.length === 0 ? '' : '.'}${params}.${nonce}`
}

export const signatureV3 = (token: string, method: 'GET' | 'POST', url: string, body: Pairs, nonce: string): string =>
  mac(token, signedTextV3(method, url, body, nonce))

/** By name, then by value, as code units order them. */
const sorted = (pairs: Pairs): Pairs =>
  [...pairs].sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : Number(x > y)) : a < b ? -1 : 1))

export interface PlivoSigned {
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** Parameters of the body (POST), or those that a GET adds to its URL and which are not in `url`. */
  readonly params: Pairs
  /** Up to 20 digits or letters, another for each request. */
  readonly nonce: string
}

/** All headers of both versions. `mainToken` is that of the main account where the account is a subaccount. */
export function signPlivo(
  { method, url, params, nonce }: PlivoSigned,
  token: string,
  mainToken: string = token,
): Record<string, string> {
  return {
    'X-Plivo-Signature-V2': signatureV2(token, url, nonce),
    'X-Plivo-Signature-Ma-V2': signatureV2(mainToken, url, nonce),
    'X-Plivo-Signature-V2-Nonce': nonce,
    'X-Plivo-Signature-V3': signatureV3(token, method, url, params, nonce),
    'X-Plivo-Signature-Ma-V3': signatureV3(mainToken, method, url, params, nonce),
    'X-Plivo-Signature-V3-Nonce': nonce,
  }
}
