import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Pairs, signedTextV3 } from './plivo.ts'

export interface PlivoPosted {
  /** As Plivo was told it, with its query. */
  readonly url: string
  /** As the header has it; several joined by commas while a token is changed. */
  readonly signature: string | undefined
  readonly nonce: string | undefined
  /** Decoded. */
  readonly params: Pairs
}

/**
 * Whether `X-Plivo-Signature-V3` of a POST was made with the token. Its description has a dot between URL and parameters always, its
 * official clients only where there is a query and a question mark where there is none; what the service sends is one of the two.
 */
export function isPlivoSigned({ url, signature, nonce, params }: PlivoPosted, token: string): boolean {
  if (signature === undefined || nonce === undefined || nonce === '') return false
  const given = signature.split(',').map((one) => Buffer.from(one.trim(), 'base64'))
  const asClients = signedTextV3('POST', url, params, nonce)
  const texts = [asClients, ...(new URL(url).search === '' ? [asClients.replace('?', '.')] : [])]
  return texts.some((text) => {
    const right = createHmac('sha256', token).update(text).digest()
    return given.some((one) => one.length === right.length && timingSafeEqual(one, right))
  })
}
