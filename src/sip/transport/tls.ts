import { createSecureContext, rootCertificates, type SecureContext, type TLSSocket, type TlsOptions } from 'node:tls'

/** What is asked of those who connect: nothing; a certificate that is checked where they have one; always one. */
export type ClientCertificates = 'none' | 'optional' | 'required'

/** PEM. */
export interface TlsSettings {
  /** Absent together with `cert`: nothing is listened on, connections are made only. */
  readonly key?: string | Buffer | undefined
  /** With the chain up to an authority that the other side trusts. */
  readonly cert?: string | Buffer | undefined
  /** Vouches for servers that we connect to, beside the authorities that Node.js brings, and alone for clients. */
  readonly ca?: string | Buffer | undefined
  /** `none` unless given; the others need `ca`. */
  readonly clients?: ClientCertificates | undefined
}

/** A peer that connects and never finishes its handshake. */
const handshakeMs = 10_000

// RFC 8996 forbids 1.0 and 1.1.
const minVersion = 'TLSv1.2'

const ownPair = ({ key, cert }: TlsSettings) => (key === undefined || cert === undefined ? {} : { key, cert })

/** For the listening side; also what `Server.setSecureContext` takes when the certificate is renewed. */
export function serverOptions(tls: TlsSettings): TlsOptions {
  const { ca, clients = 'none' } = tls
  return {
    ...ownPair(tls),
    // A certificate of a public authority says nothing about who may call here.
    ...(ca === undefined ? {} : { ca }),
    minVersion,
    handshakeTimeout: handshakeMs,
    requestCert: clients !== 'none',
    rejectUnauthorized: clients === 'required',
  }
}

/** For connections that we make: we show our own certificate where the server asks. Some 150 authorities are read, so it is made once. */
export function clientContext(tls: TlsSettings): SecureContext {
  const { ca } = tls
  return createSecureContext({
    ...ownPair(tls),
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    minVersion,
  })
}

/** Whether a client may stay: it showed nothing where it may, or what it showed is vouched for. */
export function acceptable(socket: TLSSocket, clients: ClientCertificates = 'none'): boolean {
  if (clients === 'none' || socket.authorized) return true
  return clients === 'optional' && Object.keys(socket.getPeerCertificate()).length === 0
}

const faults: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is vouched for by itself alone',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is from an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes without those that vouch for it',
}

/** What a code of OpenSSL or Node.js says about the server's certificate; `undefined` where it is about something else. */
export const certificateFault = (code: string): string | undefined => faults[code]
