/** One request of a gateway. `text`: all that was typed in the session, joined by stars; '' for the first screen. */
export interface UssdRequest {
  readonly session: string
  /** `*384*303#` */
  readonly code: string
  /** E.164, or as the gateway writes it. */
  readonly phone: string
  readonly text: string
  readonly network?: string
}

export interface UssdReply {
  readonly text: string
  readonly ends: boolean
}

/** `*384*303#`; `undefined` for what is no service code. Some gateways leave the pound key out. */
export function readServiceCode(text: string): string | undefined {
  const bare = text.trim().replace(/#+$/, '')
  return /^[*#]{1,2}[0-9]{1,10}(?:\*[0-9]{1,15}){0,8}$/.test(bare) ? `${bare}#` : undefined
}

/** What a phone is told: `CON` goes on, `END` is the last. */
export const gatewayText = ({ text, ends }: UssdReply): string => `${ends ? 'END' : 'CON'} ${text}`

/**
 * What was typed since the request before.
 * @returns `undefined` where the text does not go on from there
 */
export function typedSince(before: string, text: string): string | undefined {
  if (before === '') return text
  return text.startsWith(`${before}*`) ? text.slice(before.length + 1) : undefined
}
