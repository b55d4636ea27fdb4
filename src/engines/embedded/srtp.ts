import { randomBytes } from 'node:crypto'
import type { CallSource } from '../../phone/call.ts'
import type { SrtpPolicy } from '../../phone/srtp.ts'
import { suites } from '../../sip/sdp/crypto.ts'
import type { LocalSrtp } from '../../sip/sdp/media.ts'
import type { Directory } from './directory.ts'

/** 16 octets of key and 14 of salt (RFC 4568 §6.2). */
const keyOctets = 30

/**
 * What a leg offers and takes, with keys of its own.
 * @param confidential whether its signalling is encrypted: on the way a key that is not would be read with the audio
 */
export function srtpOf(policy: SrtpPolicy, confidential: boolean): LocalSrtp | undefined {
  if (policy === 'off') return undefined
  const mode = policy === 'required' ? 'require' : confidential ? 'offer' : 'take'
  return { mode, keys: suites.map((suite) => ({ suite, keySalt: randomBytes(keyOctets).toString('base64') })) }
}

/** For who sent us a call. Trusted hosts have no setting. */
export async function policyOf(source: CallSource, directory: Directory): Promise<SrtpPolicy> {
  switch (source.kind) {
    case 'extension':
      return directory.srtpOf(source.username)
    case 'trunk':
      return (await directory.trunks()).find(({ id }) => id === source.id)?.srtp ?? 'allowed'
    case 'trusted':
    case 'service':
    case 'call':
      return 'allowed'
  }
}
