import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  Application,
  Call,
  CallFile,
  Context,
  FileExistsError,
  InvalidTimeError,
  isValid,
  NoSpoolPermissionError,
  NoUserError,
  NoUserPermissionError,
  readCallFile,
  ValidationError,
} from '../../../src/callfile/index.ts'

let folder: string
let spoolDir: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offhook-callfile-'))
  spoolDir = join(folder, 'outgoing')
  mkdirSync(spoolDir)
})
afterEach(() => {
  chmodSync(spoolDir, 0o700)
  rmSync(folder, { recursive: true })
})

const hello = new Application('Playback', 'hello-world')

describe('what is written', () => {
  it('has every setting, in an order of its own', () => {
    const call = new Call('PJSIP/flowroute/15550100', {
      callerId: '"Test User" <5550101>',
      variables: [
        ['greeting', 'tt-monkeys'],
        ['CDR(userfield)', 'a=b;c'],
        ['greeting', 'again'],
      ],
      account: 'randall',
      waitTime: 10,
      retryTime: 60,
      maxRetries: 0,
      codecs: ['ulaw', 'alaw'],
      earlyMedia: true,
    })
    const file = new CallFile(call, new Context('survey', 's', '1'), { archive: true, alwaysDelete: false })
    expect(file.contents.split('\n')).toEqual([
      'Channel: PJSIP/flowroute/15550100',
      'CallerID: "Test User" <5550101>',
      'Set: greeting=tt-monkeys',
      'Set: CDR(userfield)=a=b\\;c',
      'Set: greeting=again',
      'Account: randall',
      'WaitTime: 10',
      'RetryTime: 60',
      'MaxRetries: 0',
      'Codecs: ulaw,alaw',
      'Early_Media: yes',
      'Context: survey',
      'Extension: s',
      'Priority: 1',
      'Archive: yes',
      'AlwaysDelete: no',
      '',
    ])
  })

  it('says `Archive: no` in words', () => {
    const lines = new CallFile(new Call('Local/1@here'), hello, { archive: false }).contents.split('\n')
    expect(lines).toContain('Archive: no')
  })

  it('is read back as it was meant', () => {
    const call = new Call('Local/1@here', { variables: { b: '2', a: '#1' }, callerId: 'Ann; <1>', maxRetries: 3 })
    const read = readCallFile(new CallFile(call, hello, { archive: false }).contents)
    expect(isValid(read)).toBe(true)
    expect(read).toMatchObject({
      channel: { technology: 'Local', destination: '1@here' },
      callerId: 'Ann; <1>',
      variables: [
        ['b', '2'],
        ['a', '#1'],
      ],
      maxRetries: 3,
      waitTime: 45,
      archive: false,
      action: { kind: 'application', application: 'Playback', data: 'hello-world' },
      warnings: [],
    })
  })

  it.each<[string, () => CallFile]>([
    ['call.channel', () => new CallFile(new Call('1001'), hello)],
    ['call.channel', () => new CallFile(new Call('PJSIP/'), hello)],
    ['call.channel', () => new CallFile(new Call('PJSIP/1&PJSIP/2'), hello)],
    ['call.channel', () => new CallFile(new Call('PJSIP/1\nApplication: System\nData: rm'), hello)],
    ['call.callerId', () => new CallFile(new Call('PJSIP/1', { callerId: `${'n'.repeat(80)} <1>` }), hello)],
    ['call.variables["a=b"]', () => new CallFile(new Call('PJSIP/1', { variables: { 'a=b': 'c' } }), hello)],
    ['call.variables["a"]', () => new CallFile(new Call('PJSIP/1', { variables: { a: 'c\nSet: d=e' } }), hello)],
    ['call.waitTime', () => new CallFile(new Call('PJSIP/1', { waitTime: 0 }), hello)],
    ['call.retryTime', () => new CallFile(new Call('PJSIP/1', { retryTime: 1.5 }), hello)],
    ['call.maxRetries', () => new CallFile(new Call('PJSIP/1', { maxRetries: -1 }), hello)],
    ['call.codecs', () => new CallFile(new Call('PJSIP/1', { codecs: ['ulaw,slin'] }), hello)],
    ['call.account', () => new CallFile(new Call('PJSIP/1', { account: 'a #b' }), hello)],
    ['action.application', () => new CallFile(new Call('PJSIP/1'), new Application('Play back'))],
    ['action.data', () => new CallFile(new Call('PJSIP/1'), new Application('Playback', 'x'.repeat(260)))],
    ['action.priority', () => new CallFile(new Call('PJSIP/1'), new Context('a', 's', 'start'))],
    ['action.extension', () => new CallFile(new Call('PJSIP/1'), new Context('a', ''))],
  ])('%s is refused by name', (field, make) => {
    expect(() => make().contents).toThrow(ValidationError)
    expect(() => make().contents).toThrow(`${field}: `)
  })
})

describe('what a program in JavaScript hands over', () => {
  const call = new Call('PJSIP/1001')
  it.each<[string, () => CallFile]>([
    ['call', () => new CallFile('PJSIP/1001' as never, hello)],
    ['action', () => new CallFile(call, { kind: 'application' } as never)],
    ['action.data', () => new CallFile(call, new Application('Playback', 7 as never))],
    ['action.application', () => new CallFile(call, new Application(null as never))],
    ['action.extension', () => new CallFile(call, new Context('survey', 7 as never))],
    ['call.codecs', () => new CallFile(new Call('PJSIP/1001', { codecs: 'ulaw' as never }), hello)],
    ['call.account', () => new CallFile(new Call('PJSIP/1001', { account: {} as never }), hello)],
  ])('%s of another kind is refused by its name', (field, file) => {
    expect(() => file().contents).toThrow(expect.objectContaining({ name: 'ValidationError', field }))
  })
})

describe('spooling', () => {
  it('puts the whole file there, and nothing else stays behind', async () => {
    const file = new CallFile(new Call('PJSIP/1001'), hello, { spoolDir })
    const { path, filename } = await file.spool()
    expect(readFileSync(path, 'utf8')).toBe(file.contents)
    expect(statSync(path).mode & 0o777).toBe(0o644)
    expect(filename).toMatch(/^offhook-[0-9a-f]{18}\.call$/)
    expect(readdirSync(folder)).toEqual(['outgoing'])
    await file.spool()
    expect(readdirSync(spoolDir)).toHaveLength(2)
  })

  it('at a time sets the time of the file, rounded up so that it is never early', async () => {
    const file = new CallFile(new Call('PJSIP/1001'), hello, { spoolDir, mode: 0o600 })
    const { path, due } = await file.spool(new Date('2030-12-01T01:00:00.001Z'))
    expect(due.toISOString()).toBe('2030-12-01T01:00:01.000Z')
    expect(statSync(path).mtimeMs).toBe(due.getTime())
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['2030-06-01T01:00:00Z', '2030-06-01T01:00:00.000Z'],
    ['2030-06-01T01:00+02:00', '2030-05-31T23:00:00.000Z'],
    [{ local: '2030-12-01T01:00', timeZone: 'America/New_York' }, '2030-12-01T06:00:00.000Z'],
    [{ local: '2030-06-01T01:00', timeZone: 'Asia/Kolkata' }, '2030-05-31T19:30:00.000Z'],
    [{ local: '2030-06-01T01:00', timeZone: 'Pacific/Kiritimati' }, '2030-05-31T11:00:00.000Z'],
    [{ local: '2030-11-03T01:30', timeZone: 'America/New_York' }, '2030-11-03T05:30:00.000Z'],
    [{ local: '2030-11-03T01:30', timeZone: 'America/New_York', fold: 'second' as const }, '2030-11-03T06:30:00.000Z'],
  ])('takes %j', async (when, at) => {
    const { due } = await new CallFile(new Call('PJSIP/1001'), hello, { spoolDir }).spool(when)
    expect(due.toISOString()).toBe(at)
  })

  it.each([
    [new Date(Number.NaN), 'invalid'],
    ['tomorrow', 'no time in ISO 8601'],
    ['2030-06-01T01:00', 'says no time zone'],
    ['2030-02-30T01:00Z', 'does not exist'],
    ['2040-01-01T00:00Z', '2038'],
    [{ local: '2030-03-10T02:30', timeZone: 'America/New_York' }, 'clocks are put forward'],
    [{ local: '2030-03-10T02:30', timeZone: 'America/Nowhere' }, 'no time zone'],
    [{ local: '10.3.2030' }, 'no local time'],
    [666 as unknown as string, '666 is no time'],
  ])('refuses %j', async (when, why) => {
    const spooling = new CallFile(new Call('PJSIP/1001'), hello, { spoolDir }).spool(when)
    await expect(spooling).rejects.toThrow(InvalidTimeError)
    await expect(spooling).rejects.toThrow(why)
    expect(readdirSync(spoolDir)).toEqual([])
  })

  it('does not write over a call that waits', async () => {
    const file = new CallFile(new Call('PJSIP/1001'), hello, { spoolDir, filename: 'test.call' })
    await file.spool('2030-06-01T01:00:00Z')
    await expect(file.spool()).rejects.toThrow(FileExistsError)
    expect(readdirSync(spoolDir)).toEqual(['test.call'])
    expect(readdirSync(folder)).toEqual(['outgoing'])
  })

  it('refuses a name that leaves the spool, and a spool that is none', async () => {
    const call = new Call('PJSIP/1001')
    await expect(new CallFile(call, hello, { spoolDir, filename: '../x' }).spool()).rejects.toThrow(/^filename: /)
    await expect(new CallFile(call, hello, { spoolDir: join(folder, 'no') }).spool()).rejects.toThrow(/^spoolDir: /)
    writeFileSync(join(folder, 'file'), '')
    await expect(new CallFile(call, hello, { spoolDir: join(folder, 'file') }).spool()).rejects.toThrow('no folder')
  })

  it('refuses to prepare the file where moving it would be copying it', async () => {
    const file = new CallFile(new Call('PJSIP/1001'), hello, { spoolDir, tempDir: '/proc' })
    await expect(file.spool()).rejects.toThrow(/^tempDir: .* another file system/)
  })

  it('gives the file to a user; one that is none is told', async () => {
    const { username } = userInfo()
    const { path } = await new CallFile(new Call('PJSIP/1001'), hello, { spoolDir, user: username }).spool()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    for (const user of ['nobody-of-this-name', 'x:y', '--help', ''])
      await expect(new CallFile(new Call('PJSIP/1001'), hello, { spoolDir, user }).spool()).rejects.toThrow(NoUserError)
    expect(readdirSync(spoolDir)).toHaveLength(1)
  })

  it('gives the file to nobody whom this process may give none to, and leaves nothing behind', async () => {
    const spooling = asNobody(() => new CallFile(new Call('PJSIP/1001'), hello, { spoolDir, user: 'root' }).spool())
    await expect(spooling).rejects.toThrow(NoUserPermissionError)
    await expect(spooling).rejects.toMatchObject({ code: 'no_user_permission', user: 'root' })
    expect(readdirSync(spoolDir)).toEqual([])
  })

  it('belongs to the user whom it was given to, another one where this process may', async () => {
    const { uid: own, username } = userInfo()
    const user = own === 0 ? 'nobody' : username
    const { path } = await new CallFile(new Call('PJSIP/1001'), hello, { spoolDir, user }).spool()
    const ids = execFileSync('id', ['-u', user], { encoding: 'utf8' }).trim()
    expect(String(statSync(path).uid)).toBe(ids)
  })

  it('a spool that may not be written is told', async () => {
    // Not even root may make a file there.
    const spooling = new CallFile(new Call('PJSIP/1001'), hello, { spoolDir: '/proc/sys' }).spool()
    await expect(spooling).rejects.toThrow(NoSpoolPermissionError)
  })
})

/** Root may give files to anybody; so it is somebody else meanwhile. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work()
  chownSync(folder, 65534, 65534)
  chownSync(spoolDir, 65534, 65534)
  process.seteuid?.(65534)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}
