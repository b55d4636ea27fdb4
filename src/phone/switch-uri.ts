/** Switches that a trunk may go by in place of SIP, with what stands behind the colon of its URI. */
export const switchUris = {
  /** A dial string of Asterisk; what would ring several at once, or give options, is none. */
  asterisk: { pattern: /^[A-Za-z0-9]+\/[\w+.@/{}-]+$/, example: 'asterisk:PJSIP/{number}@carrier' },
  /** The same of FreeSWITCH; a colon stands before a port only, as `:_:` would begin a second call. */
  freeswitch: {
    pattern: /^[A-Za-z0-9]+\/(?:[\w+.@/{}-]|:(?=[0-9]{1,5}$))+$/,
    example: 'freeswitch:sofia/gateway/carrier/{number}',
  },
  /** Companies that keep the audio of calls: they are told by documents what to do with them. */
  africastalking: { pattern: /^\{(?:number|digits)\}$/, example: 'africastalking:{number}' },
  plivo: { pattern: /^\{(?:number|digits)\}$/, example: 'plivo:{number}' },
} as const satisfies Record<string, { readonly pattern: RegExp; readonly example: string }>

export type SwitchScheme = keyof typeof switchUris

/** The switch that the URI of a trunk leads to; none for SIP. */
export function switchOf(uri: string): SwitchScheme | undefined {
  const scheme = /^([a-z]+):/i.exec(uri)?.[1]?.toLowerCase()
  return scheme !== undefined && Object.hasOwn(switchUris, scheme) ? (scheme as SwitchScheme) : undefined
}

/** What carries the calls of a trunk; `embedded` is our own SIP. */
export type TrunkEngine = 'embedded' | SwitchScheme
export const trunkEngines = [
  'embedded',
  'asterisk',
  'freeswitch',
  'africastalking',
  'plivo',
] as const satisfies readonly TrunkEngine[]

export const engineOf = (uri: string): TrunkEngine => switchOf(uri) ?? 'embedded'

/** Whether calls by this URI have their audio elsewhere, so that nobody here can be put through to them. */
export const isHosted = (uri: string): boolean => /^(?:africastalking|plivo):/i.test(uri)

/** What is wrong with the URI of a trunk that goes by a switch: it names a place for the number and nothing else that varies. */
export function switchUriFault(uri: string, scheme: SwitchScheme): string | undefined {
  const { pattern, example } = switchUris[scheme]
  const target = uri.slice(scheme.length + 1)
  const places = target.match(/\{[^}]*\}?/g) ?? []
  const fits = pattern.test(target) && !target.replaceAll(/\{(?:number|digits)\}/g, '').match(/[{}]/)
  return fits && places.length === 1
    ? undefined
    : `takes for ${scheme} one such as ${example}, with {number} (E.164) or {digits} (the same without +) once`
}

/** With the number in its place. @param e164 `+` and digits */
export const switchTarget = (uri: string, e164: string): string =>
  uri.replaceAll('{number}', e164).replaceAll('{digits}', e164.replace(/^\+/, ''))
