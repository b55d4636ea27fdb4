import type { Keys } from '../store/keys.ts'

/** What a delivery or a webhook must know and nobody may read: sealed in its row. */
export interface Secrets {
  /** Whole URLs, where they have a user and password. */
  readonly url?: string
  readonly fallbackUrl?: string
  /** `whsec_…`; the first signs, the second is one that it replaced. */
  readonly standard?: readonly string[]
  readonly plivo?: { readonly token: string; readonly mainToken?: string }
}

export function sealSecrets(keys: Keys, secrets: Secrets, id: string): Buffer | null {
  return Object.keys(secrets).length === 0 ? null : keys.seal(JSON.stringify(secrets), `webhook ${id}`)
}

export function openSecrets(keys: Keys, sealed: Buffer | null, id: string): Secrets {
  return sealed === null ? {} : (JSON.parse(keys.open(sealed, `webhook ${id}`)) as Secrets)
}

/** A URL as rows and answers show it, and the whole of it where it has credentials. */
export function partUrl(text: string): { readonly shown: string; readonly whole?: string } {
  const url = new URL(text)
  if (url.username === '' && url.password === '') return { shown: text }
  url.username = ''
  url.password = ''
  return { shown: url.href, whole: text }
}
