import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { lockFolder } from '../../src/store/embedded/folder-lock.ts'
import { startProgram } from '../kit/program.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

let scope = new Scope('refusals')
afterEach(async () => {
  await scope.close()
  scope = new Scope('refusals')
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'offhook-refused-'))
  scope.add('folder', () => rmSync(made, { recursive: true, force: true }))
  return made
}

/** What a start that is refused says, and how it ends. */
async function start(env: Readonly<Record<string, string>>, dataFolder = folder()) {
  const program = startProgram(process.execPath, [join(root, 'dist/src/cli/main.js'), 'start'], {
    scope,
    cwd: root,
    env: {
      ...{ PATH: process.env.PATH, HOME: dataFolder, OFFHOOK_DATA: dataFolder, OFFHOOK_BIND: '127.0.0.1' },
      ...{ OFFHOOK_HTTP_PORT: '0', OFFHOOK_SIP_PORT: '0', OFFHOOK_LOG_LEVEL: 'error' },
      ...env,
    },
  })
  const { code } = await program.exited
  return { code, said: program.output() }
}

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('taken ports are named all at once, before anything is made', async () => {
  const [http, sip] = [await takenPort(), await takenPort()]
  const dataFolder = folder()
  const { code, said } = await start({ OFFHOOK_HTTP_PORT: String(http), OFFHOOK_SIP_PORT: String(sip) }, dataFolder)
  const who = `is taken by process ${process.pid} \\([^)]+\\)\\. Stop it, or set`
  expect(said).toMatch(
    new RegExp(
      `^Port ${sip} \\(TCP\\) ${who} OFFHOOK_SIP_PORT to a free port\\.\nPort ${http} \\(TCP\\) ${who} OFFHOOK_HTTP_PORT to a free port\\.\n$`,
    ),
  )
  expect(code).toBe(1)
  expect(existsSync(join(dataFolder, 'postgres'))).toBe(false)
})

test('a folder in use names who has it', async () => {
  const dataFolder = folder()
  lockFolder(dataFolder, scope.child('lock'))
  expect(await start({}, dataFolder)).toEqual({
    code: 1,
    said: `The data folder ${dataFolder} is in use by process ${process.pid}. Stop that one, or set OFFHOOK_DATA to another folder for this one.\n`,
  })
})

test.each([
  ['/proc/foo', 'no folder can be made there'],
  ['/proc/1/foo/bar', 'no folder can be made there'],
  ['/proc', 'no folder can be made there'],
])('a data folder in %s is refused at once', async (dataFolder, reason) => {
  const { code, said } = await start({ OFFHOOK_DATA: dataFolder })
  expect(said).toBe(
    `The data folder ${dataFolder} cannot be used: ${reason}. Set OFFHOOK_DATA to a folder that this user may write to.\n`,
  )
  expect(code).toBe(1)
})

test('a file is no data folder', async () => {
  const file = join(folder(), 'file')
  writeFileSync(file, '')
  for (const path of [file, join(file, 'below')]) {
    expect((await start({ OFFHOOK_DATA: path })).said).toContain('it is, or lies under, a file')
  }
})

test('an address of another machine names the setting that it stands in', async () => {
  const { code, said } = await start({ OFFHOOK_BIND: '203.0.113.77' })
  expect(said).toBe(
    'OFFHOOK_BIND is 203.0.113.77, which is no address of this machine. Set it to one that is, or to 0.0.0.0 for all.\n',
  )
  expect(code).toBe(1)
  expect((await start({ OFFHOOK_HTTP_BIND: '203.0.113.77' })).said).toMatch(/^OFFHOOK_HTTP_BIND is 203/)
})

test('a database that does not answer is a sentence without its password', async () => {
  const { code, said } = await start({ DATABASE_URL: 'postgres://ann:secret@127.0.0.1:9/phone' })
  expect(said).toMatch(/^The database at 127\.0\.0\.1:9\/phone \(DATABASE_URL\) cannot be used: .*\. Start it, .*\n$/)
  expect(said).not.toContain('secret')
  expect(code).toBe(1)
})
