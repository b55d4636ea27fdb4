import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** PEM. */
export interface CertificateFiles {
  readonly cert: string | Buffer
  readonly key: string | Buffer
}

/** What others see in a certificate. Times in milliseconds since 1970. */
export interface CertificateFacts {
  /** Host names and addresses that it is for, in lower case. */
  readonly names: readonly string[]
  readonly from: number
  readonly until: number
  /** Its own issuer: it convinces only those who were told to trust it. */
  readonly selfSigned: boolean
  /** Whether a server of this name may show it; a wildcard counts. */
  covers(name: string): boolean
}

export type CertificateRead =
  | { readonly kind: 'ok'; readonly facts: CertificateFacts }
  | { readonly kind: 'fault'; readonly file: 'cert' | 'key'; readonly sentence: string }

/** Reads the first certificate, and checks that the key is its own. Dates are told, not judged. */
export function readCertificate({ cert, key }: CertificateFiles): CertificateRead {
  let found: X509Certificate
  let own: KeyObject
  try {
    found = new X509Certificate(cert)
  } catch {
    // OpenSSL's words about the bytes help nobody; that it is no certificate is the whole matter.
    return { kind: 'fault', file: 'cert', sentence: 'holds no certificate (PEM)' }
  }
  try {
    own = createPrivateKey(key)
  } catch (error) {
    const locked = error instanceof Error && 'code' in error && error.code === 'ERR_MISSING_PASSPHRASE'
    return {
      kind: 'fault',
      file: 'key',
      sentence: locked ? 'is locked by a passphrase' : 'holds no private key (PEM)',
    }
  }
  if (!found.checkPrivateKey(own)) return { kind: 'fault', file: 'key', sentence: 'is not the key of the certificate' }
  return {
    kind: 'ok',
    facts: {
      names: namesOf(found),
      from: Date.parse(found.validFrom),
      until: Date.parse(found.validTo),
      selfSigned: found.checkIssued(found),
      covers: (name) => (isIP(name) === 0 ? found.checkHost(name) : found.checkIP(name)) !== undefined,
    },
  }
}

/** Whether there is a certificate in it that others can be checked against. */
export function holdsCertificate(pem: string | Buffer): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false // the answer itself
  }
}

/** RFC 5922 §7.1: the subject's common name counts only where there are no alternative ones. */
function namesOf({ subject, subjectAltName }: X509Certificate): string[] {
  const names = [...(subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)].map(([, name = '']) => name)
  const common = /^CN=(.+)$/m.exec(subject)?.[1]
  return (names.length > 0 || common === undefined ? names : [common]).map((name) => name.toLowerCase())
}
