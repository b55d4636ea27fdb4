import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../src/cli/program.ts'
import { addCallEvents, endCall } from '../../src/store/calls.ts'
import { keepToken } from '../../src/store/token-file.ts'
import { putAdminToken } from '../../src/store/tokens.ts'
import { type TestApi, testApi } from '../kit/api.ts'

const home = mkdtempSync(join(tmpdir(), 'offhook-cli-service-'))
let api: TestApi
let port: number

beforeAll(async () => {
  api = await testApi()
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  port = (api.app.server.address() as AddressInfo).port
})
afterAll(async () => {
  await api.close()
  await rm(home, { recursive: true, force: true })
})

/** As typed on the machine of the service: the port from its settings, the token from its data folder. */
async function offhook(args: string[], env: NodeJS.Dict<string> = {}) {
  let [out, err] = ['', '']
  const hear = (to: (text: string) => void) => ({
    write(text: string) {
      to(text)
      return true
    },
  })
  const code = await run(args, {
    out: hear((text) => {
      out += text
    }),
    err: hear((text) => {
      err += text
    }),
    env: { OFFHOOK_DATA: home, OFFHOOK_HTTP_PORT: String(port), ...env },
    signal: new AbortController().signal,
  })
  return { code, out, err }
}

test('the token of the data folder opens the service; without one it says what to set', async () => {
  expect(await offhook(['calls'])).toMatchObject({ code: 1, err: expect.stringContaining('Set OFFHOOK_TOKEN') })
  const token = keepToken(home)
  expect(keepToken(home)).toBe(token)
  await putAdminToken(api.database.store.db, 'tok_cli', token, new Date(api.clock.wall()))
  expect(await offhook(['calls'])).toEqual({ code: 0, out: 'No calls yet.\n', err: '' })
})

test('an extension, a number and a forward are made as they are typed', async () => {
  const extension = await offhook(['extension', 'add', '1001', '--password', 'change-me-1001'])
  expect(extension).toMatchObject({ code: 0, out: expect.stringContaining('user name 1001, password change-me-1001') })

  const number = await offhook(['number', 'rent', '+15550107', '--json'])
  expect(JSON.parse(number.out)).toMatchObject({ number: '+15550107', carrier: 'local' })
  expect(await offhook(['number', 'rent', '+15550107'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('+15550107'),
  })

  const words = ['forward', 'add', 'Ann', '--to', '1001/10', '--to', '+15550142', '--seconds', '7', '--notify', '1001']
  const forward = await offhook([...words, '--json'])
  expect(forward).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(forward.out)).toMatchObject({
    name: 'Ann',
    targets: [
      { to: '1001', seconds: 10 },
      { to: '+15550142', seconds: 7 },
    ],
    notify: '1001',
  })
})

test('every bad field is named once, as it was typed', async () => {
  const words = ['--to', '1001/99999', '--to', '1001', '--seconds', '0', '--notify', 'nobody']
  expect(await offhook(['forward', 'add', '', ...words])).toEqual({
    code: 1,
    out: '',
    err: [
      'NAME: must not be empty',
      '--to 1001/99999, seconds: takes a number of at most 120',
      '--seconds: takes a number of at least 1',
      '',
    ].join('\n'),
  })
  const unknown = await offhook(['forward', 'add', 'Bob', '--to', '1999/5', '--notify', 'nobody'])
  expect(unknown.err).toBe(
    '--to 1999/5: names no extension: there is no 1999\n--notify: names no extension: there is no nobody\n',
  )
})

test('what was made is listed, given away and taken back', async () => {
  expect((await offhook(['extension', 'list'])).out).toBe('1001    not registered\n')
  expect((await offhook(['number', 'assign', '+15550107', '1001'])).out).toBe('+15550107: rings 1001.\n')
  expect((await offhook(['number', 'assign', '+15550107', '1999'])).err).toMatch(/^EXTENSION: /)
  expect((await offhook(['number', 'assign', '+15550107'])).code).toBe(2)
  expect((await offhook(['number', 'list'])).out).toContain('+15550107  local  rings 1001\n')
  expect((await offhook(['number', 'assign', '+15550107', '--none'])).out).toContain('nothing is assigned to it')
  expect((await offhook(['number', 'release', '+15550107'])).out).toBe('+15550107 is released.\n')
  expect((await offhook(['number', 'list'])).out).not.toContain('+15550107')

  const added = await offhook(['forward', 'add', 'Bob', '--to', '1001/5'])
  const id = /fwd_\w+/.exec(added.out)?.[0] ?? ''
  expect((await offhook(['forward', 'list'])).out).toMatch(new RegExp(`${id}  Bob .* mailbox \\+\\d+  rings 1001/5`))
  expect((await offhook(['forward', 'remove', id])).out).toBe(`Forward ${id} is gone.\n`)
  expect((await offhook(['forward', 'list', '--json'])).out).not.toContain(id)

  const trunk = await offhook(['trunk', 'add', 'pstn', 'sip:127.0.0.1:5080;transport=udp', '--default', '--json'])
  expect(trunk.err).toBe('')
  const made = JSON.parse(trunk.out) as { id: string; default: boolean }
  expect(made.default).toBe(true)
  expect((await offhook(['trunk', 'list'])).out).toContain(
    `${made.id}  pstn  sip:127.0.0.1:5080;transport=udp  default`,
  )
  expect((await offhook(['trunk', 'remove', made.id])).out).toBe(`Trunk ${made.id} is gone.\n`)
  expect((await offhook(['trunk', 'add', 'x', 'nonsense'])).err).toMatch(/^URI: /)

  expect((await offhook(['extension', 'add', '1002', '--password', 'short'])).err).toMatch(/^--password: /)
  expect((await offhook(['extension', 'remove', '1999'])).code).toBe(1)
})

test('a wrong token in OFFHOOK_TOKEN is named as the cause', async () => {
  const { code, err } = await offhook(['calls'], { OFFHOOK_TOKEN: 'another-token-altogether' })
  expect(err).toBe(
    `This token is unknown, revoked or expired. npm start prints the admin token.\nOFFHOOK_TOKEN is set to another one. Put it right, or unset it to use the one kept in ${home}.\n`,
  )
  expect(code).toBe(1)
})

test('texts and voicemails are listed, and the token is shown', async () => {
  expect((await offhook(['voicemails'])).out).toBe('No voicemails yet.\n')
  expect((await offhook(['messages', '--json', '-n', '5'])).out).toBe('[]\n')
  expect((await offhook(['messages', '-n', '0'])).code).toBe(2)
  expect((await offhook(['token'])).out).toBe(`${keepToken(home)}\n`)
})

test('a call is placed, listed, and its story told with the ladder', async () => {
  const placed = await offhook(['call', '1001', '+15550142', '--json'])
  const { id } = JSON.parse(placed.out) as { id: string }
  const at = api.clock.wall()
  const data = { sipCallId: 'a', peer: '127.0.0.1:5070', transport: 'udp', cseq: '1 INVITE' }
  const { db } = api.database.store
  await addCallEvents(db, id, [
    { at, kind: 'sip_out', text: 'INVITE sip:1001@127.0.0.1', data },
    { at: at + 20, kind: 'sip_in', text: '486 Busy Here', data },
  ])
  const busy = { at: at + 20, by: 'callee', code: 'busy', q850: 17, sip: 486, sentence: '1001 is busy.' } as const
  await endCall(db, id, { ...busy, chain: [busy] })

  const list = await offhook(['calls'])
  expect(list.out).toMatch(new RegExp(`${id}  1001  →  \\+15550142  busy +1001 is busy\\.\n$`))
  const logs = await offhook(['logs', id])
  expect(logs.out).toContain('Ended by callee (busy): 1001 is busy.')
  expect(logs.out).toContain('│────────── INVITE ──────────▶│')
  expect(logs.out).toContain('│◀────── 486 Busy Here ───────│')
})

test('a call that there is not', async () => {
  const { code, err } = await offhook(['logs', 'call_01hzzzzzzzzzzzzzzzzzzzzz'])
  expect(code).toBe(1)
  expect(err.split('\n')[0]).toMatch(/\.$/)
})
