interface ProblemFacts {
  readonly status: number
  /** The SIP status for the same refusal, where one fits. */
  readonly sip?: number
  readonly title: string
}

/**
 * The one table of errors. Codes are stable; each stands in `docs/reference/errors.md` under an anchor of its own name.
 * RFC 9457: `type` is that anchor, `title` is from here, `detail` is the sentence of the case at hand.
 */
export const problems = {
  invalid_request: { status: 400, title: 'The request has fields that cannot be accepted.' },
  invalid_json: { status: 400, title: 'The body is not JSON.' },
  unauthorized: { status: 401, sip: 401, title: 'A valid token is needed.' },
  forbidden: { status: 403, sip: 403, title: 'This token may not do that.' },
  not_found: { status: 404, sip: 404, title: 'There is no such thing.' },
  link_expired: { status: 410, title: 'This link has expired or was revoked.' },
  method_not_allowed: { status: 405, title: 'This path does not take that method.' },
  conflict: { status: 409, title: 'This exists already.' },
  in_use: { status: 409, title: 'Something still uses this.' },
  idempotency_mismatch: { status: 422, title: 'This Idempotency-Key was used for another request.' },
  number_taken: { status: 409, title: 'That number is rented already.' },
  no_number_available: { status: 409, title: 'The carrier has no free number.' },
  number_not_offered: { status: 404, title: 'That number is not in the range of any carrier.' },
  opted_out: { status: 409, title: 'The receiver wants no texts from this sender.' },
  carrier_failed: { status: 502, title: 'The carrier did not do it.' },
  call_ended: { status: 409, sip: 481, title: 'The call has ended.' },
  call_ringing: { status: 409, title: 'The call was not answered yet.' },
  block_running: { status: 409, title: 'The call is busy with another block.' },
  on_hold: { status: 409, title: 'The call is on hold.' },
  not_on_hold: { status: 409, title: 'The call is not on hold.' },
  call_not_driven: { status: 409, title: 'The call is not driven by the API.' },
  not_supported: { status: 501, sip: 501, title: 'This engine cannot do that.' },
  not_reachable: { status: 409, sip: 480, title: 'Nobody can be reached there now.' },
  destination_not_allowed: { status: 403, sip: 403, title: 'Calls to this destination are not allowed.' },
  too_many_calls: { status: 429, sip: 486, title: 'Too many calls at once.' },
  url_not_allowed: { status: 422, title: 'This URL may not be fetched.' },
  fetch_failed: { status: 422, title: 'What this URL leads to cannot be used.' },
  range_not_satisfiable: { status: 416, title: 'The file has no such part.' },
  payload_too_large: { status: 413, sip: 413, title: 'The body is too large.' },
  unsupported_media_type: { status: 415, sip: 415, title: 'The body must be application/json.' },
  rate_limited: { status: 429, title: 'Too many requests.' },
  overloaded: { status: 503, sip: 503, title: 'The service is at its limit; try again shortly.' },
  database_busy: { status: 503, title: 'The database has too much to do; try again shortly.' },
  starting: { status: 503, sip: 503, title: 'The service is starting; try again in a moment.' },
  shutting_down: { status: 503, sip: 503, title: 'The service is stopping.' },
  internal: { status: 500, sip: 500, title: 'Something went wrong here; it was logged.' },
} as const satisfies Record<string, ProblemFacts>

export type ProblemCode = keyof typeof problems

export interface FieldFault {
  /** JSON pointer of the field, e.g. `/targets/0/seconds`; '' for the body as a whole. */
  readonly field: string
  readonly sentence: string
}

/** A refusal that a user can do something about. Everything else that is thrown is a fault of ours and becomes `internal`. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly fields: readonly FieldFault[]
  /** @param detail a sentence about this very case: names the thing, says what would be accepted */
  constructor(code: ProblemCode, detail: string, fields: readonly FieldFault[] = []) {
    super(detail)
    this.code = code
    this.fields = fields
  }

  get status(): number {
    return problems[this.code].status
  }
}
