import { Problem } from '../../phone/problem.ts'
import type { HeaderEntries } from '../../sip/message/headers.ts'

/** Fields of the caller's own, of any name that no RFC will take. @throws Problem naming the first that cannot be sent */
export function checkHeaders(headers: Readonly<Record<string, string>> = {}): HeaderEntries {
  return Object.entries(headers).map(([name, value]): [string, string] => {
    const field = `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const refuse = (sentence: string): never => {
      throw new Problem('invalid_request', `The header ${JSON.stringify(name)} ${sentence}.`, [{ field, sentence }])
    }
    if (!/^X-[A-Za-z0-9-]{1,62}$/i.test(name)) refuse('takes a name of letters, digits and hyphens that begins with X-')
    if (!/^[^\p{Cc}\p{Cs}]{0,256}$/u.test(value)) refuse('takes a value of at most 256 characters without line breaks')
    return [name, value]
  })
}
