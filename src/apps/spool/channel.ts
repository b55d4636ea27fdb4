/** Who a channel of a call file or of Dial names. */
export type Callee =
  /** An extension or a number of the site, or a number outside. */
  | { readonly kind: 'name'; readonly name: string }
  /** `beyond`: the trunk that is to carry it, or else a host. */
  | { readonly kind: 'number'; readonly number: string; readonly beyond: string }
  /** A place of the dialplan. */
  | { readonly kind: 'place'; readonly extension: string; readonly context: string }
  | { readonly kind: 'none'; readonly sentence: string }

/** Technologies whose channels are reached by SIP here, whatever carried them elsewhere. */
const carried = new Set(['pjsip', 'sip', 'iax2', 'dahdi'])

/** `Technology/destination`, e.g. `PJSIP/1001`, `PJSIP/15550100@pstn`, `SIP/pstn/15550100`, `Local/1001@internal`. */
export function readChannel(technology: string, destination: string): Callee {
  const kind = technology.toLowerCase()
  if (kind === 'local') return readLocal(destination)
  if (!carried.has(kind))
    return none(`there are no channels of ${technology} here: PJSIP, SIP, IAX2, DAHDI and Local are`)
  if (destination.includes('&')) return none(`${technology}/${destination} names several channels; one is called`)
  const slash = destination.indexOf('/')
  if (slash !== -1) {
    const beyond = destination.slice(0, slash)
    // PJSIP/pstn/sip:15550100@host: the host is that of the trunk.
    const number = destination.slice(slash + 1).replace(/^sips?:([^@]+)(?:@.*)?$/i, '$1')
    return number === '' || beyond === ''
      ? none(`${technology}/${destination} names no number`)
      : { kind: 'number', number, beyond }
  }
  const [name = '', beyond, ...rest] = destination.split('@')
  if (name === '' || rest.length > 0) return none(`${technology}/${destination} names nobody`)
  return beyond === undefined || beyond === '' ? { kind: 'name', name } : { kind: 'number', number: name, beyond }
}

/** `extension@context`, with options after a slash that mean nothing here. */
function readLocal(destination: string): Callee {
  const [place = ''] = destination.split('/')
  const [extension = '', context = 'default', ...rest] = place.split('@')
  if (extension === '' || context === '' || rest.length > 0) return none(`Local/${destination} names no place`)
  return { kind: 'place', extension, context }
}

const none = (sentence: string): Callee => ({ kind: 'none', sentence })

export interface CallerId {
  readonly name: string | undefined
  readonly number: string | undefined
}

/** `"Name" <number>`, `Name <number>`, `<number>`, a number alone, or a name alone. */
export function readCallerId(text: string): CallerId {
  const [, before = '', inside] = /^(.*?)<([^<>]*)>\s*$/.exec(text) ?? []
  if (inside === undefined) {
    const bare = text.trim()
    return /^[+\d().\s-]+$/.test(bare) ? { name: undefined, number: bare } : { name: unquoted(bare), number: undefined }
  }
  return { name: unquoted(before.trim()), number: inside.trim() === '' ? undefined : inside.trim() }
}

function unquoted(text: string): string | undefined {
  const [, inside] = /^"(.*)"$/.exec(text) ?? []
  const name = (inside ?? text).replaceAll('\\"', '"').trim()
  return name === '' ? undefined : name
}
