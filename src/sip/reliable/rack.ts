import type { SipRequest, SipResponse } from '../message/message.ts'

/** What a PRACK acknowledges (RFC 3262 §7.2). */
export interface RAck {
  readonly rseq: number
  readonly cseq: number
  readonly method: string
}

/** RSeq and CSeq are below 2^32 and 2^31; more digits are no number of either. */
const digits = /^\d{1,10}$/

/** Of a provisional answer that is to be acknowledged: `Require: 100rel` and a number (§4); `undefined` for all others. */
export function readRSeq(response: SipResponse): number | undefined {
  if (response.status <= 100 || response.status >= 200) return undefined
  const required = response.headers.all('Require').some((tag) => tag.toLowerCase() === '100rel')
  const text = response.headers.get('RSeq')?.trim() ?? ''
  return required && digits.test(text) ? Number(text) : undefined
}

export const formatRAck = ({ rseq, cseq, method }: RAck): string => `${rseq} ${cseq} ${method}`

/** Of a PRACK; `undefined` where it is missing or malformed. */
export function readRAck(request: SipRequest): RAck | undefined {
  const [rseq = '', cseq = '', method = '', ...rest] = (request.headers.get('RAck') ?? '').trim().split(/\s+/)
  if (!digits.test(rseq) || !digits.test(cseq) || method === '' || rest.length > 0) return undefined
  return { rseq: Number(rseq), cseq: Number(cseq), method }
}

/** Whether the side that sent this takes provisional answers that are acknowledged, and whether it insists. */
export function reliability(request: SipRequest): 'required' | 'supported' | 'none' {
  const has = (name: string): boolean => request.headers.all(name).some((tag) => tag.toLowerCase() === '100rel')
  if (has('Require')) return 'required'
  return has('Supported') ? 'supported' : 'none'
}
