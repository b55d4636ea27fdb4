/**
 * RFC 3398 §7.2.4.1, and for causes that it leaves out what Asterisk itself answers by PJSIP. Causes that stand here for no status of
 * their own are a failure of the network.
 */
const statuses: Readonly<Record<number, number>> = {
  1: 404,
  2: 404,
  3: 404,
  17: 486,
  18: 408,
  19: 480,
  20: 480,
  21: 403,
  22: 410,
  26: 487,
  27: 502,
  28: 484,
  29: 501,
  31: 480,
  34: 503,
  38: 503,
  41: 503,
  42: 503,
  47: 503,
  55: 403,
  57: 403,
  58: 488,
  65: 488,
  70: 488,
  79: 501,
  87: 403,
  88: 488,
  102: 504,
  127: 500,
}

/**
 * The final status for a call that was not taken.
 * @param cause Q.850
 * @param tech what the far end said, where it spoke SIP; 0 and other values are none
 */
export function statusOf(cause: number, tech = 0): number {
  return tech >= 300 && tech <= 699 ? tech : (statuses[cause] ?? 500)
}

/** The cause that Asterisk answers with this status, or the one nearest to it: it has none for 603. */
const causes: Readonly<Record<number, number>> = {
  401: 21,
  403: 21,
  404: 1,
  407: 21,
  408: 18,
  410: 22,
  480: 19,
  481: 16,
  484: 28,
  486: 17,
  487: 16,
  488: 58,
  500: 38,
  501: 29,
  502: 27,
  503: 34,
  504: 102,
  600: 17,
  603: 21,
  606: 58,
}

/** Q.850 cause that refuses a call with this status. */
export const causeOf = (status: number): number => causes[status] ?? (status < 500 ? 21 : 38)
