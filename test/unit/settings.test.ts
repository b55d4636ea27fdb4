import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadSettings, readSettings, SettingsError } from '../../src/settings.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'offhook-settings-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const faultsOf = (env: NodeJS.Dict<string>): readonly { name: string; sentence: string }[] => {
  try {
    readSettings(env, folder)
  } catch (error) {
    if (error instanceof SettingsError) return error.faults
    throw error
  }
  return []
}

describe('settings', () => {
  it('stand without any', () => {
    expect(readSettings({}, folder)).toMatchObject({
      httpPort: 8080,
      httpBind: '127.0.0.1',
      sipPort: 5060,
      bind: '0.0.0.0',
      localNumbers: [{ first: '+15550100', last: '+15550199' }],
      trusted: ['127.0.0.0/8', '::1'],
      databaseUrl: undefined,
      webhookAllow: [],
      sipAllow: [],
      callerIds: [],
      apology: expect.stringContaining('sorry'),
      recogniser: { kind: 'offline' },
    })
  })

  it('bind HTTP where SIP is bound when that was chosen, and apart when both were', () => {
    expect(readSettings({ OFFHOOK_BIND: '192.0.2.4' }, folder)).toMatchObject({
      bind: '192.0.2.4',
      httpBind: '192.0.2.4',
    })
    expect(readSettings({ OFFHOOK_BIND: '192.0.2.4', OFFHOOK_HTTP_BIND: '::1' }, folder)).toMatchObject({
      httpBind: '::1',
    })
  })

  it('take an empty list of trusted networks and of numbers, and an empty apology, as none', () => {
    expect(
      readSettings({ OFFHOOK_TRUSTED: '', OFFHOOK_LOCAL_NUMBERS: ' ', OFFHOOK_APOLOGY: '' }, folder),
    ).toMatchObject({
      apology: undefined,
      trusted: [],
      localNumbers: [],
    })
  })

  it('say whom SIP URIs may reach, and whom programs may call as', () => {
    const given = { OFFHOOK_SIP_ALLOW: '10.0.0.0/8, Public', OFFHOOK_CALLER_IDS: '+12025550142,+12025550143' }
    expect(readSettings(given, folder)).toMatchObject({
      sipAllow: ['10.0.0.0/8', 'public'],
      callerIds: ['+12025550142', '+12025550143'],
    })
    expect(readSettings({ OFFHOOK_CALLER_IDS: 'Any' }, folder)).toMatchObject({ callerIds: 'any' })
  })

  it('take an empty value of any other as left out', () => {
    expect(readSettings({ OFFHOOK_HTTP_PORT: '', DATABASE_URL: '' }, folder)).toMatchObject({ httpPort: 8080 })
  })

  it('take beginnings of numbers, of extensions and of SIP URIs as what may be scanned, and what not', () => {
    const given = { OFFHOOK_SCAN_ALLOW: '+1212, 10', OFFHOOK_SCAN_DENY: '+12125550142,sip:desk@' }

    expect(readSettings(given, folder)).toMatchObject({
      scans: { allow: ['+1212', '10'], deny: ['+12125550142', 'sip:desk@'] },
    })
  })

  it.each([
    ['OFFHOOK_HTTP_PORT', '65536'],
    ['OFFHOOK_HTTP_PORT', '80a'],
    ['OFFHOOK_WEBHOOK_ALLOW', '10.0.0.0/33'],
    ['OFFHOOK_SIP_ALLOW', 'public,lan'],
    ['OFFHOOK_CALLER_IDS', '15550100'],
    ['OFFHOOK_CALLER_IDS', 'any,+15550100'],
    ['OFFHOOK_SCAN_ALLOW', 'hello'],
    ['OFFHOOK_SCAN_DENY', '+15550142,+1-555-0143'],
    ['OFFHOOK_SIP_PORT', '-1'],
    ['OFFHOOK_BIND', 'localhost'],
    ['OFFHOOK_TLS_PORT', 'x'],
    ['OFFHOOK_TLS_CA', '/nowhere/ca.pem'],
    ['OFFHOOK_TLS_CLIENTS', 'some'],
    ['OFFHOOK_TLS_NAME', '-x.test'],
    ['OFFHOOK_TLS_NAME', '127.0.0.1'],
    ['OFFHOOK_TOKEN', 'short'],
    ['OFFHOOK_TOKEN', 'with a space in its middle'],
    ['OFFHOOK_LOCAL_NUMBERS', '+15550199-+15550100'],
    ['OFFHOOK_LOCAL_NUMBERS', '+15550100-+155501000'],
    ['OFFHOOK_LOCAL_NUMBERS', '+10000000-+19999999'],
    ['OFFHOOK_LOCAL_NUMBERS', '5550100'],
    ['OFFHOOK_TRUSTED', '10.0.0.0/33'],
    ['OFFHOOK_TRUSTED', '10.0.0.0/8/8'],
    ['OFFHOOK_ADDRESS', 'phone.example.com'],
    ['OFFHOOK_RTP_PORTS', '20000'],
    ['OFFHOOK_RTP_PORTS', '30000-20000'],
    ['OFFHOOK_RTP_PORTS', '80-90'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['OFFHOOK_COUNTRY', 'Kenya'],
    ['OFFHOOK_PUBLIC_URL', 'phone.example.com'],
    ['OFFHOOK_PUBLIC_URL', 'https://x.example/?a=1'],
    ['OFFHOOK_LOG_LEVEL', 'loud'],
    ['OFFHOOK_LINK_DAYS', '0'],
    ['OFFHOOK_APOLOGY', 'x'.repeat(1001)],
    ['OFFHOOK_RECOGNISER', 'sphinx'],
    ['OFFHOOK_RECOGNISER_URL', 'ftp://x'],
    ['OFFHOOK_RECOGNISER_MODEL', 'a b'],
    ['OFFHOOK_DIGEST', 'SHA-1'],
    ['OFFHOOK_DIGEST', 'MD5,MD5'],
  ])('%s cannot be %s', (name, value) => {
    const [fault, ...others] = faultsOf({ [name]: value })

    expect(others).toEqual([])
    expect(fault?.name).toBe(name)
    expect(fault?.sentence).toMatch(new RegExp(`^${name} cannot be .+: it wants .+\\.$`))
  })

  it.each([
    [{ OFFHOOK_TLS_CERT: 'FILE' }, 'OFFHOOK_TLS_CERT is set and OFFHOOK_TLS_KEY is not: '],
    [{ OFFHOOK_TLS_KEY: 'FILE' }, 'OFFHOOK_TLS_KEY is set and OFFHOOK_TLS_CERT is not: '],
    [{ OFFHOOK_TLS_PORT: '5061' }, 'OFFHOOK_TLS_PORT is set and OFFHOOK_TLS_CERT is not: '],
    [{ OFFHOOK_SMTP_URL: 'smtp://mail.example.com' }, 'OFFHOOK_SMTP_URL is set and OFFHOOK_MAIL_FROM is not: '],
    [{ OFFHOOK_MAIL_FROM: 'a@example.com' }, 'OFFHOOK_MAIL_FROM is set and OFFHOOK_SMTP_URL is not: '],
    [{ OFFHOOK_TLS_CLIENTS: 'required' }, 'OFFHOOK_TLS_CLIENTS is set and OFFHOOK_TLS_CA is not: '],
  ] as const)('say that %j lacks another one', (env, sentence) => {
    const file = join(folder, 'some.pem')
    writeFileSync(file, '')
    const given = Object.entries(env).map(([name, value]) => [name, value === 'FILE' ? file : value])

    const faults = faultsOf(Object.fromEntries(given) as NodeJS.Dict<string>)

    expect(faults).toHaveLength(1)
    expect(faults[0]?.sentence).toContain(sentence)
  })

  it.each([
    [{ OFFHOOK_RECOGNISER: 'vosk' }, 'OFFHOOK_RECOGNISER_URL must be set for the recogniser vosk.'],
    [{ OFFHOOK_RECOGNISER: 'deepgram' }, 'OFFHOOK_RECOGNISER_KEY must be set for the recogniser deepgram.'],
    [{ OFFHOOK_RECOGNISER_KEY: 'x' }, 'OFFHOOK_RECOGNISER_KEY means nothing to the recogniser offline.'],
    [
      { OFFHOOK_RECOGNISER: 'vosk', OFFHOOK_RECOGNISER_URL: 'http://localhost:2700' },
      'OFFHOOK_RECOGNISER_URL must begin with wss:// or ws:// for vosk.',
    ],
  ] as const)('say of %j what does not fit the recogniser', (env, sentence) => {
    expect(faultsOf(env).map((fault) => fault.sentence)).toEqual([sentence])
  })

  it('name every fault at once', () => {
    const faults = faultsOf({ OFFHOOK_HTTP_PORT: 'x', OFFHOOK_RTP_PORTS: 'y', OFFHOOK_SIPPORT: '5060' })

    expect(faults.map((fault) => fault.name)).toEqual(['OFFHOOK_HTTP_PORT', 'OFFHOOK_RTP_PORTS', 'OFFHOOK_SIPPORT'])
  })

  it('say what an unknown name was meant to be', () => {
    expect(faultsOf({ OFFHOOK_HTTP_PROT: '1' })[0]?.sentence).toContain('Did you mean OFFHOOK_HTTP_PORT?')
    expect(faultsOf({ OFFHOOK_SOMETHING_ELSE: '1' })[0]?.sentence).toContain('Known are')
  })

  it('never show a secret', () => {
    const faults = faultsOf({ OFFHOOK_TOKEN: 'hunter2', DATABASE_URL: 'hunter2' })

    expect(faults).toHaveLength(2)
    expect(JSON.stringify(faults)).not.toContain('hunter2')
  })

  it('come from .env, and from the environment before it', () => {
    writeFileSync(join(folder, '.env'), 'OFFHOOK_HTTP_PORT=1234\nOFFHOOK_SIP_PORT="5070" # ours\n')

    expect(loadSettings({ OFFHOOK_HTTP_PORT: '4321' }, folder)).toMatchObject({ httpPort: 4321, sipPort: 5070 })
  })

  it('say where an Asterisk is', () => {
    const given = { OFFHOOK_ASTERISK_URL: 'http://127.0.0.1:8088/ari/', OFFHOOK_ASTERISK_PASSWORD: 'secret' }

    expect(readSettings(given, folder).asterisk).toEqual({
      ...{ url: 'http://127.0.0.1:8088/ari', username: 'offhook', password: 'secret', app: 'offhook' },
    })
    expect(readSettings({}, folder).asterisk).toBeUndefined()
  })

  it('say where a FreeSWITCH is', () => {
    const given = { OFFHOOK_FREESWITCH_HOST: '127.0.0.1', OFFHOOK_FREESWITCH_PASSWORD: 'secret' }

    expect(readSettings(given, folder).freeswitch).toEqual({
      ...{ host: '127.0.0.1', eslPort: 8021, password: 'secret', app: 'offhook', profile: 'internal', port: 8084 },
    })
    expect(readSettings({}, folder).freeswitch).toBeUndefined()
  })

  it('want the host and the password of an event socket, and repeat none', () => {
    expect(faultsOf({ OFFHOOK_FREESWITCH_HOST: '127.0.0.1' }).map(({ name }) => name)).toEqual([
      'OFFHOOK_FREESWITCH_HOST',
    ])
    expect(faultsOf({ OFFHOOK_FREESWITCH_PORT: '8084' }).map(({ name }) => name)).toEqual(['OFFHOOK_FREESWITCH_PORT'])
    const faults = faultsOf({ OFFHOOK_FREESWITCH_HOST: 'a:1', OFFHOOK_FREESWITCH_PASSWORD: 'hunter 2' })
    expect(faults.map(({ name }) => name)).toEqual(['OFFHOOK_FREESWITCH_HOST', 'OFFHOOK_FREESWITCH_PASSWORD'])
    expect(JSON.stringify(faults)).not.toContain('hunter')
  })

  it('want the password of ARI, and repeat none', () => {
    const url = { OFFHOOK_ASTERISK_URL: 'http://127.0.0.1:8088/ari' }

    expect(faultsOf(url).map((fault) => fault.name)).toEqual(['OFFHOOK_ASTERISK_URL'])
    const faults = faultsOf({ ...url, OFFHOOK_ASTERISK_PASSWORD: 'hunter 2' })
    expect(faults.map((fault) => fault.name)).toEqual(['OFFHOOK_ASTERISK_PASSWORD'])
    expect(JSON.stringify(faults)).not.toContain('hunter')
  })
})
