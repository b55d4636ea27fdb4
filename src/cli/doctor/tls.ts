import { systemClock } from '../../base/clock.ts'
import { StartRefused } from '../../base/start-refused.ts'
import { loadTls } from '../../main/tls-files.ts'
import type { TlsChoice } from '../../settings.ts'
import type { CertificateFacts } from '../../sip/transport/certificate.ts'
import type { Finding } from './finding.ts'

const dayMs = 86_400_000
/** Renewed by programs a month before its end, as certificates usually are, it never comes so near. */
const warnDays = 21

/** What phones are shown by TLS, and how long they will take it. */
export async function checkTls(choice: TlsChoice, wall = systemClock.wall()): Promise<Finding[]> {
  try {
    const { facts } = await loadTls(choice)
    if (facts !== undefined) return judgeCertificate(facts, choice.name, wall)
    const sentence =
      'SIP over TLS is not listened on, as OFFHOOK_TLS_CERT is not set; trunks can be reached by it all the same.'
    return [{ topic: 'tls', level: 'ok', sentence }]
  } catch (error) {
    if (!(error instanceof StartRefused)) throw error
    const advice = 'Give it PEM files that this user may read; the key without a passphrase.'
    return [{ topic: 'tls', level: 'fault', sentence: error.message, advice }]
  }
}

/** @param name what we call ourselves towards peers by TLS, where that is set */
export function judgeCertificate(facts: CertificateFacts, name: string | undefined, wall: number): Finding[] {
  const { names, from, until, selfSigned } = facts
  const who = names.length === 0 ? 'nobody by name' : names.slice(0, 5).join(', ')
  const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
  const findings: Finding[] = []
  const days = Math.floor((until - wall) / dayMs)
  if (wall < from) {
    findings.push({
      topic: 'tls',
      level: 'fault',
      sentence: `The certificate for ${who} is valid from ${date(from)} on only: no phone takes it before.`,
      advice: "Set this machine's clock, or wait.",
    })
  } else if (wall >= until) {
    findings.push({
      topic: 'tls',
      level: 'fault',
      sentence: `The certificate for ${who} ended on ${date(until)}: phones refuse to connect.`,
      advice: 'Renew it; the service takes a new file up within a minute, without a restart.',
    })
  } else if (days < warnDays) {
    findings.push({
      topic: 'tls',
      level: 'warning',
      sentence: `The certificate for ${who} ends on ${date(until)}, in ${days === 1 ? 'a day' : `${days} days`}.`,
      advice: 'Renew it; the service takes a new file up within a minute, without a restart.',
    })
  } else {
    findings.push({ topic: 'tls', level: 'ok', sentence: `The certificate for ${who} is valid until ${date(until)}.` })
  }
  if (name !== undefined && !facts.covers(name)) {
    findings.push({
      topic: 'tls',
      level: 'warning',
      sentence: `Peers are told the name ${name}, which the certificate is not for: new connections from them will fail.`,
      advice: 'Set OFFHOOK_TLS_NAME to a name in the certificate, or get one for it.',
    })
  }
  if (selfSigned) {
    findings.push({
      topic: 'tls',
      level: 'ok',
      sentence: 'The certificate vouches for itself: each phone must be told to trust it.',
    })
  }
  return findings
}
