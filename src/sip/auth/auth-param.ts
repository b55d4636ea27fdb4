/** `Digest name=value, name="value"` of RFC 3261 §25.1; names in lower case, quoted values unescaped. */
export interface AuthHeader {
  /** In lower case, e.g. `digest`. */
  readonly scheme: string
  readonly params: ReadonlyMap<string, string>
}

const param = /[\t ]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[\t ]*=[\t ]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))[\t ]*(?:,|$)/y

/** Reads one challenge or one set of credentials; `undefined` where the text is not of that form. */
export function parseAuthHeader(value: string): AuthHeader | undefined {
  const scheme = /^\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s+/.exec(value)
  if (scheme === null) return undefined
  const params = new Map<string, string>()
  param.lastIndex = scheme[0].length
  while (param.lastIndex < value.length) {
    const found = param.exec(value)
    if (found === null) return undefined
    const name = found[1]!.toLowerCase()
    // A second value for one name is how a header is smuggled past a check that read the first.
    if (params.has(name)) return undefined
    params.set(name, found[2] !== undefined ? found[2].replace(/\\(.)/g, '$1') : found[3]!)
  }
  return params.size === 0 ? undefined : { scheme: scheme[1]!.toLowerCase(), params }
}

/** A quoted-string; text with control characters cannot be written and throws. */
export function quote(text: string): string {
  if (/[\x00-\x1f\x7f]/.test(text)) throw new Error('A quoted value of a SIP header may not have control characters.')
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}
