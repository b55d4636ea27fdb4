import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from '../../src/base/scope.ts'
import { toolPath } from '../setup/tools.ts'

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  /** Both in one file, as baresip wants them. */
  readonly both: string
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** A certificate authority of a test, in a folder that goes with its scope. Needs openssl. */
export class Authority {
  /** Its own certificate: whoever trusts this trusts what it issues. */
  readonly ca: string
  readonly #folder: string
  #issued = 0

  private constructor(folder: string) {
    this.#folder = folder
    this.ca = join(folder, 'ca.crt')
  }

  static make(scope: Scope): Authority {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-authority-'))
    scope.add('authority', () => rmSync(folder, { recursive: true, force: true }))
    const authority = new Authority(folder)
    const made = ['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Offhook Test Authority']
    const files = ['-keyout', join(folder, 'ca.key'), '-out', authority.ca]
    openssl([...made, '-addext', 'basicConstraints=critical,CA:TRUE', ...files])
    return authority
  }

  /** @param names e.g. `IP:127.0.0.1,DNS:phone.test`. @param days negative: one that has ended */
  issue(names = 'IP:127.0.0.1,DNS:localhost', days = 2): Certificate {
    const base = join(this.#folder, `issued-${++this.#issued}`)
    const [cert, key, both, ask, terms] = ['crt', 'key', 'pem', 'csr', 'ext'].map((end) => `${base}.${end}`) as [
      string,
      string,
      string,
      string,
      string,
    ]
    writeFileSync(terms, `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`)
    openssl(['req', ...newKey, '-subj', `/CN=issued ${this.#issued}`, '-keyout', key, '-out', ask])
    const by = ['-CA', this.ca, '-CAkey', join(this.#folder, 'ca.key'), '-CAcreateserial']
    openssl(['x509', '-req', '-in', ask, ...by, '-days', String(days), '-extfile', terms, '-out', cert])
    writeFileSync(both, Buffer.concat([readFileSync(cert), readFileSync(key)]))
    return { cert, key, both }
  }

  /** Settings with which the service listens by TLS, on any port that is free, and trusts this authority. */
  settings(own: Certificate = this.issue()): Record<string, string> {
    return { OFFHOOK_TLS_CERT: own.cert, OFFHOOK_TLS_KEY: own.key, OFFHOOK_TLS_CA: this.ca }
  }
}

function openssl(args: readonly string[]): void {
  execFileSync(toolPath('openssl') ?? 'openssl', args, { stdio: 'pipe' })
}
