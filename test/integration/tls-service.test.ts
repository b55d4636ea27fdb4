import { execFileSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { loadTls, watchTls } from '../../src/main/tls-files.ts'
import type { TlsChoice } from '../../src/settings.ts'
import type { TlsSettings } from '../../src/sip/transport/tls.ts'
import { openTransports } from '../../src/sip/transport/transports.ts'
import { Authority } from '../kit/authority.ts'
import { FakeClock } from '../kit/fake-clock.ts'
import { House, type ShownCall } from '../kit/house.ts'
import { describeWith } from '../setup/tools.ts'

interface ShownTrunk {
  readonly id: string
  readonly registration: { readonly state: string; readonly sentence: string }
}

describeWith(['openssl'], 'a trunk by TLS', () => {
  let scope: Scope
  let carrier: House
  let site: House
  beforeAll(async () => {
    scope = new Scope('test')
    const authority = Authority.make(scope)
    carrier = await House.open({ scope, tls: authority })
    // No certificate of its own, as at a site that only calls out.
    site = await House.open({ scope, env: { OFFHOOK_TLS_CA: authority.ca } })
  })
  afterAll(async () => {
    await scope.close()
  })

  const trunk = (uri: string, o: Readonly<Record<string, unknown>>): Promise<ShownTrunk> =>
    site.service.api('POST', '/v1/trunks', { name: `Trunk ${uri}`, uri, ...o })

  it.each(['sip:HOST;transport=tls', 'sips:HOST'])('signs in at %s, is called there, and calls out', async (form) => {
    const account = await carrier.extension()
    const uri = form.replace('HOST', `127.0.0.1:${carrier.service.tlsPort}`)
    const login = { username: account, password: `${account}-secret`, register: true, default: true }
    const { id } = await trunk(uri, login)
    const state = `/v1/trunks/${id}`
    await site.service.until<ShownTrunk>(state, ({ registration }) => registration.state === 'registered')

    await site.service.api('POST', '/v1/extensions', {
      ...{ username: account, password: `${account}-secret` },
      outbound: { rule: 'international', maxCalls: 1 },
    })
    const ours = await site.signedIn({ username: account })
    const theirs = await carrier.signedIn({ transport: 'tls' })
    const call = theirs.call(account)
    const arrived = await ours.nextCall()
    await arrived.answer()
    await call.answered
    call.hangup()
    await arrived.ended
    type Calls = { readonly items: readonly ShownCall[] }
    const rung = ({ items }: Calls): boolean =>
      items.some(({ to, state }) => to.address === account && state === 'ended')
    await site.service.until<Calls>('/v1/calls', rung)

    await ours.call('+15550300').ended
    expect((await carrier.endedCall(account)).to.address).toBe('+15550300')
    await site.service.api('DELETE', state)
  })

  it('says what is wrong with the certificate of its server', async () => {
    const strange = Authority.make(scope)
    const other = await House.open({ scope, tls: strange })
    const uri = `sip:127.0.0.1:${other.service.tlsPort};transport=tls`
    const { id } = await trunk(uri, { username: 'ann', password: 'secret', register: true })

    const failed = ({ registration }: ShownTrunk): boolean => registration.state === 'failed'
    const { registration } = await site.service.until<ShownTrunk>(`/v1/trunks/${id}`, failed)

    expect(registration.sentence).toMatch(/by TLS: its certificate (?:is from an authority|comes without)/)
    await site.service.api('DELETE', `/v1/trunks/${id}`)
  })
})

describeWith(['openssl'], 'the certificate of the service', () => {
  let scope: Scope
  let authority: Authority
  beforeEach(() => {
    scope = new Scope('test')
    authority = Authority.make(scope)
  })
  afterEach(() => scope.close())

  const choice = (o: Partial<TlsChoice>): TlsChoice => ({
    ...{ port: 0, own: authority.issue(), ca: undefined, clients: 'none', name: undefined },
    ...o,
  })

  it.each([
    ['a key of another certificate', () => ({ ...authority.issue(), key: authority.issue().key }), /TLS_KEY\) is not/],
    [
      'a key where the certificate is wanted',
      () => ({ ...authority.issue(), cert: authority.issue().key }),
      /TLS_CERT/,
    ],
    ['a certificate where the key is', () => ({ ...authority.issue(), key: authority.ca }), /no private key/],
    [
      'no file',
      () => ({ ...authority.issue(), key: '/nowhere.key' }),
      /nowhere\.key \(OFFHOOK_TLS_KEY\) cannot be read/,
    ],
  ])('is refused with %s', async (_, own, sentence) => {
    await expect(loadTls(choice({ own: own() }))).rejects.toThrow(sentence)
  })

  it('is taken up anew when its files change', async () => {
    const clock = new FakeClock()
    const [own, next] = [authority.issue('DNS:old.test'), authority.issue('DNS:new.test')]
    const { tls } = await loadTls(choice({ own }))
    const common = { clock, scope, log: silentLogger }
    const transports = await openTransports({ ...common, address: '127.0.0.1', port: 0, tls: { ...tls, port: 0 } })
    const renewed = new Promise<void>((resolve) => {
      void watchTls({
        ...{ ...common, choice: choice({ own }) },
        renew: (settings) => {
          transports.renewTls(settings)
          resolve()
        },
      }).then(() => {
        copyFileSync(next.cert, own.cert)
        copyFileSync(next.key, own.key)
        clock.advance(60_000)
      })
    })
    await renewed

    expect(await nameShown(transports.tlsPort!)).toBe('DNS:new.test')
  })

  it.each([
    ['required', 'none', false],
    ['required', 'ours', true],
    ['required', 'strange', false],
    ['optional', 'none', true],
    ['optional', 'ours', true],
    ['optional', 'strange', false],
    ['none', 'strange', true],
  ] as const)('with client certificates %s, one with %s is let in: %s', async (clients, shown, taken) => {
    const { tls } = await loadTls(choice({ ca: authority.ca, clients }))
    const common = { clock: new FakeClock(), scope, log: silentLogger }
    const { tlsPort } = await openTransports({ ...common, address: '127.0.0.1', port: 0, tls: { ...tls, port: 0 } })
    const issuer = shown === 'strange' ? Authority.make(scope) : authority
    const own = shown === 'none' ? undefined : issuer.issue()
    const peer = await loadTls(choice({ ca: authority.ca, own }))

    // TLS 1.3 tells a client nothing of a refusal before it reads; a keep-alive is answered by whoever took the connection.
    const answer = await new Promise<string>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: tlsPort!, ...shownBy(peer.tls) })
      socket.on('secureConnect', () => socket.write('\r\n\r\n'))
      socket.on('data', (bytes) => {
        resolve(bytes.toString())
        socket.destroy()
      })
      socket.on('error', () => resolve('refused'))
      socket.on('close', () => resolve('refused'))
    })

    expect(answer).toBe(taken ? '\r\n' : 'refused')
  })

  it('is looked at by the doctor', () => {
    const command = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
    const env = { PATH: process.env.PATH, OFFHOOK_DATA: join('/tmp', 'offhook-none'), ...authority.settings() }
    const out = execFileSync(process.execPath, [command, 'doctor'], { env: { ...env, OFFHOOK_TLS_NAME: 'far.test' } })

    expect(out.toString()).toMatch(
      /WARNING +tls +The certificate for 127\.0\.0\.1, localhost ends on [\d-]+, in a day\./,
    )
    expect(out.toString()).toMatch(/Peers are told the name far\.test, which the certificate is not for/)
  })
})

const shownBy = ({ key, cert, ca }: TlsSettings) => ({
  ...(key === undefined ? {} : { key }),
  ...(cert === undefined ? {} : { cert }),
  ...(ca === undefined ? {} : { ca }),
})

async function nameShown(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const { subjectaltname = '' } = socket.getPeerCertificate()
  socket.destroy()
  return subjectaltname
}
