export type WebMethod = 'GET' | 'POST'

/** Which failures are tried again. */
export type RetryCause = '4xx' | '5xx' | 'ct' | 'rt'

/** How patient a request is; written as the URL's fragment, `#ct=2000&rt=3000&rc=3&rp=ct,rt`. */
export interface WebTuning {
  readonly connectMs: number
  readonly readMs: number
  readonly totalMs: number
  /** Tries after the first. */
  readonly retries: number
  readonly retryOn: readonly RetryCause[]
}

/** A place on the web that is asked, or told, about a call. */
export interface WebTarget {
  /** Absolute, http or https, without the fragment. */
  readonly url: string
  readonly method: WebMethod
  readonly tuning: WebTuning
}

export const defaultTuning: WebTuning = {
  connectMs: 2000,
  readMs: 40_000,
  totalMs: 55_000,
  retries: 1,
  retryOn: ['ct', 'rt'],
}

const retryCauses: readonly RetryCause[] = ['4xx', '5xx', 'ct', 'rt']

const takesUrl = 'an absolute http or https URL'

/** @returns the target, or what would be accepted, as words to follow "takes" */
export function readWebTarget(text: string, method: WebMethod): WebTarget | string {
  const written = text.trim()
  if (written.length > 2048) return `${takesUrl} of at most 2048 characters`
  let url: URL
  try {
    url = new URL(written)
  } catch {
    // What is no URL at all is refused in the same words as one of another scheme.
    return takesUrl
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return takesUrl
  if (url.username !== '' && !/^[\x21-\x7e]*$/.test(url.username)) return takesUrl
  const tuning = readTuning(url.hash.slice(1))
  if (typeof tuning === 'string') return tuning
  url.hash = ''
  return { url: url.href, method, tuning }
}

const numbers = {
  ct: { field: 'connectMs', min: 100, max: 10_000 },
  rt: { field: 'readMs', min: 100, max: 40_000 },
  tt: { field: 'totalMs', min: 100, max: 55_000 },
  rc: { field: 'retries', min: 0, max: 5 },
} as const

/** A fragment that tunes nothing is an anchor, which a request never carries anyway. */
function readTuning(fragment: string): WebTuning | string {
  let tuning = defaultTuning
  for (const [name, value] of new URLSearchParams(fragment)) {
    if (name === 'ct' || name === 'rt' || name === 'tt' || name === 'rc') {
      const { field, min, max } = numbers[name]
      const number = Number(value)
      if (!/^\d+$/.test(value) || number < min || number > max) return `a URL whose #${name} is from ${min} to ${max}`
      tuning = { ...tuning, [field]: number }
    }
    if (name === 'rp') {
      const causes = value.split(',')
      if (causes.includes('all')) tuning = { ...tuning, retryOn: retryCauses }
      else {
        const known = retryCauses.filter((cause) => causes.includes(cause))
        if (known.length !== causes.length) return 'a URL whose #rp lists 4xx, 5xx, ct, rt or all'
        tuning = { ...tuning, retryOn: known }
      }
    }
  }
  return tuning
}
