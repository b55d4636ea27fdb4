import { readFile, stat } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import { StartRefused } from '../base/start-refused.ts'
import type { TlsChoice } from '../settings.ts'
import { type CertificateFacts, holdsCertificate, readCertificate } from '../sip/transport/certificate.ts'
import type { TlsSettings } from '../sip/transport/tls.ts'

/** How often the files are looked at: certificates are renewed by other programs, some every few days. */
const lookMs = 60_000

export interface LoadedTls {
  readonly tls: TlsSettings
  /** Absent where there is no certificate of our own. */
  readonly facts?: CertificateFacts
}

/** Reads what the settings name. @throws StartRefused with a sentence that names the setting and the file */
export async function loadTls({ own, ca, clients }: TlsChoice): Promise<LoadedTls> {
  const authorities = ca === undefined ? undefined : await readOr('OFFHOOK_TLS_CA', ca)
  if (authorities !== undefined && !holdsCertificate(authorities))
    throw new StartRefused(`The file ${ca} (OFFHOOK_TLS_CA) holds no certificate (PEM).`)
  if (own === undefined) return { tls: { ca: authorities, clients } }
  const [cert, key] = [await readOr('OFFHOOK_TLS_CERT', own.cert), await readOr('OFFHOOK_TLS_KEY', own.key)]
  const read = readCertificate({ cert, key })
  if (read.kind === 'ok') return { tls: { cert, key, ca: authorities, clients }, facts: read.facts }
  throw new StartRefused(`The file ${own[read.file]} (OFFHOOK_TLS_${read.file.toUpperCase()}) ${read.sentence}.`)
}

async function readOr(setting: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new StartRefused(`The file ${path} (${setting}) cannot be read: ${(error as Error).message}.`)
  }
}

export interface TlsWatchOptions {
  readonly choice: TlsChoice
  readonly clock: Clock
  readonly scope: Scope
  readonly log: Logger
  /** Given what the files say since they changed. */
  renew(tls: TlsSettings): void
}

/** Has the files read again when they change. What is of no use (half written, or cert and key of different times) is logged once, and the old ones stay. */
export async function watchTls({ choice, clock, scope, log, renew }: TlsWatchOptions): Promise<void> {
  const paths = [choice.own?.cert, choice.own?.key, choice.ca].filter((path) => path !== undefined)
  if (paths.length === 0) return
  let seen = await stateOf(paths)
  const look = async (): Promise<void> => {
    const now = await stateOf(paths)
    if (now === seen) return
    seen = now
    try {
      const { tls, facts } = await loadTls(choice)
      renew(tls)
      log.info(facts === undefined ? {} : { until: new Date(facts.until).toISOString() }, 'the certificate was renewed')
    } catch (error) {
      log.warn({ err: error }, 'the certificate changed and cannot be used; the one before stays in use')
    }
  }
  let timer = clock.after(lookMs, tick)
  function tick(): void {
    look()
      .catch((err: unknown) => log.error({ err }, 'the certificate could not be looked at'))
      .finally(() => {
        if (!over) timer = clock.after(lookMs, tick)
      })
  }
  let over = false
  scope.add('certificate watch', () => {
    over = true
    timer.stop()
  })
}

async function stateOf(paths: readonly string[]): Promise<string> {
  const states = paths.map(async (path) => {
    try {
      const { mtimeMs, size, ino } = await stat(path)
      return `${mtimeMs} ${size} ${ino}`
    } catch {
      return 'gone' // told when it is read
    }
  })
  return (await Promise.all(states)).join('\n')
}
