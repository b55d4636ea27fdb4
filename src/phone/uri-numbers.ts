import { readNumber } from './address.ts'

/** The numbers that the user part of a SIP URI may stand for (RFC 3261 §19.1.6), and its host in lower case. @param country of numbers without a country code, ISO 3166-1 alpha-2 */
export function numbersOfUri(
  uri: string,
  country?: string,
): { readonly numbers: readonly string[]; readonly host: string } {
  const [, , userInfo = '', rest = ''] = /^(sips?):(?:([^@]*)@)?(.*)$/i.exec(uri) ?? []
  const host = (/^(?:\[[^\]]*\]|[^:;?]*)/.exec(rest)?.[0] ?? '').toLowerCase()
  const [user = '', ...params] = unescaped(userInfo).split(';')
  const number = user.replace(/:.*$/, '')
  const context = params.map((param) => /^phone-context=(\+.*)$/i.exec(param)?.[1]).find((found) => found !== undefined)
  const written = [number, `+${number}`, ...(context === undefined ? [] : [`${context}${number}`])]
  const numbers = [...written.map((text) => readNumber(text)), readNumber(number, country)]
  return { numbers: numbers.filter((found) => found !== undefined), host }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A stray percent sign stands for itself.
    return text
  }
}
