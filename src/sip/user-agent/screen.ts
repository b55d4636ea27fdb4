import type { SipRequest } from '../message/message.ts'
import type { Reply } from './options.ts'

/** Extensions that a request may require of us; `replaces` joins them where somebody takes such calls. */
export const extensions: readonly string[] = ['timer', '100rel']

/** Methods that are answered in some way; Allow lists them. SUBSCRIBE joins it later. */
export const baseMethods = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'PRACK', 'OPTIONS', 'INFO', 'UPDATE', 'REFER', 'NOTIFY']

/** What is wrong with a request before anybody asks what it wants (RFC 3261 §8.2.1 to §8.2.3); `undefined` where nothing is. */
export function screen(
  request: SipRequest,
  merged: boolean,
  methods: readonly string[],
  supported: readonly string[],
): { readonly status: number; readonly parts: Reply } | undefined {
  const { method } = request
  if (!methods.includes(method)) return { status: 405, parts: { headers: [['Allow', methods.join(', ')]] } }
  if (request.uri.scheme === 'other') return { status: 416, parts: {} }
  if (merged) return { status: 482, parts: {} }
  // OPTIONS with 0 is how a trace of the path asks each hop (§11); for all else this hop is one too many.
  if (method !== 'OPTIONS' && /^0+$/.test(request.headers.get('Max-Forwards') ?? '')) return { status: 483, parts: {} }
  const unknown = request.headers.all('Require').filter((tag) => tag !== '' && !supported.includes(tag.toLowerCase()))
  if (unknown.length > 0) return { status: 420, parts: { headers: [['Unsupported', unknown.join(', ')]] } }
  return undefined
}
