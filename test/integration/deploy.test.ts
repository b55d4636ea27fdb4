import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { Scope } from '../../src/base/scope.ts'
import { loadSettings, settingNames } from '../../src/settings.ts'
import { hasAsterisk } from '../kit/asterisk/root.ts'
import { type Built, buildStage, runIn } from '../kit/container/build.ts'
import { composePath, hasCompose } from '../kit/container/compose.ts'
import { readDockerfile } from '../kit/container/dockerfile.ts'
import { emptyDatabase } from '../kit/database.ts'
import { freePort } from '../kit/ports.ts'
import { startProgram } from '../kit/program.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (name: string): string => readFileSync(join(root, name), 'utf8')
const scope = new Scope('deploy')
afterAll(() => scope.close())

interface ComposeService {
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly env_file?: readonly { readonly path: string; readonly required: boolean }[]
  readonly environment: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
}
const compose = parse(read('deploy/compose.yaml')) as {
  readonly services: Readonly<Record<'offhook' | 'database', ComposeService>>
  readonly volumes: Readonly<Record<string, unknown>>
}
const stages = readDockerfile(read('deploy/Dockerfile'))
const last = stages.at(-1)!
const given = (name: string): string => last.instructions.find((one) => one.name === name)?.text ?? ''

/** As Compose fills variables in. */
const filled = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{(\w+)(:[-?])?([^}]*)\}/g, (_, name: string, kind: string | undefined, rest: string) => {
    const value = env[name] ?? ''
    if (value !== '') return value
    if (kind === ':?') throw new Error(`${name} is missing: ${rest}`)
    return rest
  })

describe('deploy/compose.yaml', () => {
  const env = { POSTGRES_PASSWORD: 'secret1', OFFHOOK_ADDRESS: '192.0.2.10' }
  const { offhook, database } = compose.services
  const ours = (): Record<string, string> =>
    Object.fromEntries(Object.entries(offhook.environment).map(([name, text]) => [name, filled(text, env)]))

  it('names settings that the service knows and takes', () => {
    expect(
      Object.keys(offhook.environment).filter((name) => !(settingNames as readonly string[]).includes(name)),
    ).toEqual([])
    expect(loadSettings(ours(), tmpdir())).toMatchObject({
      databaseUrl: 'postgres://offhook:secret1@database:5432/offhook',
      rtpPorts: { first: 20000, last: 20199 },
    })
  })

  it('hands the service all settings of deploy/.env, where there is one', () => {
    expect(offhook.env_file).toEqual([{ path: '.env', required: false }])
    // As Compose has it: what is named in the file itself goes first.
    const file = { OFFHOOK_AFRICASTALKING_USERNAME: 'sandbox', OFFHOOK_AFRICASTALKING_KEY: 'at-key' }
    const settings = loadSettings({ ...file, POSTGRES_PASSWORD: 'secret1', ...ours() }, tmpdir())
    expect(settings.carriers.africasTalking).toMatchObject({ username: 'sandbox', apiKey: 'at-key' })
    for (const name of ['OFFHOOK_AFRICASTALKING_USERNAME', 'OFFHOOK_AFRICASTALKING_KEY'])
      expect(Object.keys(offhook.environment)).not.toContain(name)
  })

  it.each(['POSTGRES_PASSWORD', 'OFFHOOK_ADDRESS'])('says that %s is missing', (name) => {
    const text = Object.values(offhook.environment).find((value) => value.includes(`\${${name}:?`)) ?? ''
    expect(() => filled(text, {})).toThrow(`${name} is missing: set it to`)
  })

  it('publishes what the image exposes, and HTTP to this machine alone', () => {
    expect(offhook.ports).toEqual([
      ...['127.0.0.1:8080:8080/tcp', '5060:5060/udp', '5060:5060/tcp', '20000-20199:20000-20199/udp'],
    ])
    const exposed = given('EXPOSE').split(' ')
    for (const port of offhook.ports ?? []) expect(exposed).toContain(port.split(':').at(-1))
  })

  it('waits for a database of the same name, user and password, and keeps what both write', () => {
    expect(offhook.depends_on).toEqual({ database: { condition: 'service_healthy' } })
    expect(database.healthcheck?.test.join(' ')).toContain('pg_isready --username=offhook --dbname=offhook')
    expect(filled(database.environment.POSTGRES_PASSWORD ?? '', env)).toBe('secret1')
    expect(offhook.volumes).toEqual(['data:/var/lib/offhook'])
    expect(given('VOLUME')).toBe('/var/lib/offhook')
    expect(Object.keys(compose.volumes)).toEqual(['data', 'database'])
    expect(offhook.build).toEqual({ context: '..', dockerfile: 'deploy/Dockerfile' })
  })
})

describe.runIf(hasCompose())('deploy/compose.yaml, as Docker Compose reads it', () => {
  interface Read {
    readonly services: Readonly<
      Record<'offhook' | 'database', { readonly environment: Readonly<Record<string, string>> }>
    >
  }
  /** `docker compose config`, in a folder of its own, with what stands in `deploy/.env` there. */
  async function config(env: Readonly<Record<string, string>>, dotEnv: readonly string[] = []) {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-compose-'))
    scope.add('compose', () => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, 'deploy'))
    copyFileSync(join(root, 'deploy/compose.yaml'), join(folder, 'deploy/compose.yaml'))
    if (dotEnv.length > 0) writeFileSync(join(folder, 'deploy/.env'), `${dotEnv.join('\n')}\n`)
    const args = ['-f', 'deploy/compose.yaml', 'config', '--format', 'json']
    const program = startProgram(composePath(), args, { scope, cwd: folder, env: { ...env, HOME: folder } })
    const { code } = await program.exited
    return { code, said: program.output() }
  }
  const read = ({ said }: { readonly said: string }): Read => JSON.parse(said) as Read
  const env = { POSTGRES_PASSWORD: 'secret1', OFFHOOK_ADDRESS: '192.0.2.10' }

  it('is right, and is what it says', async () => {
    const answer = await config(env)
    expect(answer).toMatchObject({ code: 0 })
    expect(read(answer)).toMatchObject({
      name: 'offhook',
      services: {
        offhook: {
          build: { dockerfile: 'deploy/Dockerfile' },
          depends_on: { database: { condition: 'service_healthy', required: true } },
          environment: { DATABASE_URL: 'postgres://offhook:secret1@database:5432/offhook' },
          ...{ read_only: true, cap_drop: ['ALL'], ulimits: { nofile: 65536, rtprio: 1 } },
          volumes: [{ type: 'volume', source: 'data', target: '/var/lib/offhook' }],
        },
        database: { image: 'postgres:17-alpine', environment: { POSTGRES_PASSWORD: 'secret1' } },
      },
      volumes: { data: {}, database: {} },
    })
  })

  it('hands a container the accounts of deploy/.env, and the service takes them', async () => {
    const dotEnv = [
      ...['POSTGRES_PASSWORD=secret2', 'OFFHOOK_ADDRESS=192.0.2.11', 'OFFHOOK_TOKEN=0123456789abcdef'],
      ...['OFFHOOK_AFRICASTALKING_USERNAME=sandbox', 'OFFHOOK_AFRICASTALKING_KEY=at-key'],
      ...['OFFHOOK_SMPP_URL=smpps://smsc.example.com:3550', 'OFFHOOK_SMPP_SYSTEM_ID=offhook'],
    ]
    const { environment } = read(await config({}, dotEnv)).services.offhook
    expect(environment).toMatchObject({ OFFHOOK_TOKEN: '0123456789abcdef', OFFHOOK_ADDRESS: '192.0.2.11' })
    expect(loadSettings(environment, tmpdir())).toMatchObject({
      databaseUrl: 'postgres://offhook:secret2@database:5432/offhook',
      carriers: { africasTalking: { username: 'sandbox', apiKey: 'at-key' }, smpp: { tls: true, port: 3550 } },
    })
  })

  it.each(['POSTGRES_PASSWORD', 'OFFHOOK_ADDRESS'])('is refused where %s is missing', async (name) => {
    const { code, said } = await config(Object.fromEntries(Object.entries(env).filter(([one]) => one !== name)))
    expect(code).not.toBe(0)
    expect(said).toContain(`required variable ${name} is missing a value: set it to`)
  })
})

describe('deploy/offhook.service', () => {
  it('is sound to systemd, and locked down', async () => {
    const unit = join(root, 'deploy/offhook.service')
    const verify = startProgram('systemd-analyze', ['verify', '--man=no', unit], { scope })
    expect(await verify.exited).toMatchObject({ code: 0 })
    expect(
      verify
        .output()
        .split('\n')
        .filter((line) => line.includes('offhook')),
    ).toEqual([])
    const security = startProgram('systemd-analyze', ['security', '--offline=true', '--threshold=25', unit], { scope })
    expect(await security.exited).toMatchObject({ code: 0 })
  })
})

describe('deploy/Dockerfile', () => {
  it('ends as a user of its own, looks after its health and hands signals on', () => {
    expect(given('USER')).toBe('offhook')
    expect(given('HEALTHCHECK')).toContain('/readyz')
    expect(last.instructions.filter(({ name }) => name === 'ENTRYPOINT' || name === 'CMD')).toEqual([
      { name: 'ENTRYPOINT', text: '["node", "dist/src/cli/main.js"]', json: ['node', 'dist/src/cli/main.js'] },
      { name: 'CMD', text: '["start"]', json: ['start'] },
    ])
  })

  it.runIf(hasAsterisk())(
    'builds a service that starts with an empty database, is healthy, and ends',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'offhook-image-'))
      scope.add('image', () => rmSync(folder, { recursive: true, force: true }))
      const before = new Map<string, string>()
      let built: Built | undefined
      for (const [i, stage] of stages.entries()) {
        const at = join(folder, String(i))
        mkdirSync(at)
        built = await buildStage(stage, at, scope, before)
        if (stage.as !== undefined) before.set(stage.as, at)
      }
      const database = await emptyDatabase()
      scope.add('database', () => database.close())
      const http = await freePort()
      const env = {
        ...{ DATABASE_URL: database.url, OFFHOOK_ADDRESS: '127.0.0.1', OFFHOOK_BIND: '127.0.0.1' },
        ...{ OFFHOOK_HTTP_PORT: String(http), OFFHOOK_SIP_PORT: String(await freePort()) },
        OFFHOOK_HTTP_BIND: '127.0.0.1',
      }
      const command = ['ENTRYPOINT', 'CMD'].flatMap(
        (name) => last.instructions.find((one) => one.name === name)?.json ?? [],
      )
      const service = runIn(built!, command, scope, env)
      await service.wrote(/the service is ready/, 120_000)
      const health = last.instructions.find(({ name }) => name === 'HEALTHCHECK')?.json ?? []
      const check = health.map((word) => word.replace('127.0.0.1:8080', `127.0.0.1:${http}`))
      expect(await runIn(built!, check, scope).exited).toMatchObject({ code: 0 })
      const who = runIn(built!, ['sh', '-c', 'id -un; ls -ld /var/lib/offhook/key; touch /opt/offhook/x'], scope)
      await who.exited
      expect(who.output()).toMatch(/^offhook\n-rw------- 1 offhook offhook .*\n.*(?:denied|cannot touch)/)
      expect(await service.end()).toMatchObject({ code: 0 })
      const unhealthy = await runIn(built!, check, scope).exited
      expect(unhealthy.code).toBe(1)
    },
    600_000,
  )
})
