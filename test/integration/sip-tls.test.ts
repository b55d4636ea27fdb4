import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { openTransports } from '../../src/sip/transport/transports.ts'
import { startUserAgent } from '../../src/sip/user-agent/start.ts'
import { describeWith, toolPath } from '../setup/tools.ts'
import { address, Ear, media } from './sip-kit.ts'

describeWith(['openssl'], 'calls by TLS', () => {
  let scope: Scope
  let folder: string
  beforeEach(() => {
    scope = new Scope('test')
    folder = mkdtempSync(join(tmpdir(), 'offhook-tls-'))
  })
  afterEach(async () => {
    await scope.close()
    rmSync(folder, { recursive: true, force: true })
    expect(scope.open()).toEqual([])
  })

  /** A key and a certificate that vouches for itself. */
  function certificate(name: string, alternative: string): { key: Buffer; cert: Buffer } {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)]
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const named = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternative}`]
    execFileSync(toolPath('openssl')!, [...made, ...named, '-keyout', key, '-out', cert], { stdio: 'pipe' })
    return { key: readFileSync(key), cert: readFileSync(cert) }
  }

  async function agent(tls: { key: Buffer; cert: Buffer; ca?: Buffer }, ear?: Ear) {
    const common = { clock: systemClock, scope, log: silentLogger }
    const transports = await openTransports({ ...common, address: '127.0.0.1', port: 0, tls: { ...tls, port: 0 } })
    const portOf = (name: string): number => transports.all.find((one) => one.name === name)!.localPort
    const ua = startUserAgent({
      ...common,
      transports,
      name: 'Offhook/test',
      advertise: ({ transport }) => ({ host: '127.0.0.1', port: portOf(transport) }),
      handlers: {
        invite(session) {
          if (ear !== undefined) session.handlers = ear
          session.accept(media(5000))
        },
      },
    })
    return { ua, port: portOf('TLS') }
  }

  it('are set up and ended on one connection', async () => {
    const own = certificate('a', 'IP:127.0.0.1')
    const [caller, callee] = [new Ear(), new Ear()]
    const a = await agent({ ...own, ca: own.cert })
    const b = await agent({ ...own, ca: own.cert }, callee)

    const uri = `sips:bob@127.0.0.1:${b.port}`
    const session = a.ua.invite({ uri, from: address('ann'), media: media(4000), handlers: caller })
    await caller.next('accepted')
    await callee.next('media')
    expect(session.flow).toMatchObject({ transport: 'TLS', remotePort: b.port })
    session.hangup()

    expect((await callee.next('ended')).end).toMatchObject({ by: 'remote', how: 'bye' })
  })

  it.each([
    ['an authority that nobody trusts', 'IP:127.0.0.1', false],
    ['another name', 'DNS:other.example', true],
  ])('do not go out to a server with a certificate of %s', async (_, alternative, trusted) => {
    const [own, theirs] = [certificate('a', 'IP:127.0.0.1'), certificate('b', alternative)]
    const ear = new Ear()
    const a = await agent({ ...own, ca: trusted ? theirs.cert : own.cert })
    const b = await agent(theirs)

    const uri = `sip:bob@127.0.0.1:${b.port};transport=tls`
    a.ua.invite({ uri, from: address('ann'), media: media(4000), handlers: ear })

    const { end } = await ear.next('ended')
    expect(end).toMatchObject({ by: 'network', how: 'transport', status: 503 })
    expect(end.text).toContain('by TLS')
  })

  it('are refused to TLS 1.1', async () => {
    const own = certificate('a', 'IP:127.0.0.1')
    const { port } = await agent(own)
    const socket = tlsConnect({ host: '127.0.0.1', port, ca: own.cert, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })

    const [error] = await once(socket, 'error')

    expect(String(error)).toMatch(/alert|protocol/i)
  })
})
