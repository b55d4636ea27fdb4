import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  Application,
  Call,
  CallFile,
  type CallFileProgress,
  CallRunningError,
  NoSpoolPermissionError,
  NoSuchFileError,
  Spool,
  ValidationError,
} from '../../../src/callfile/index.ts'

let folder: string
let spool: Spool
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offhook-spool-'))
  spool = new Spool({ spoolDir: join(folder, 'outgoing') })
  mkdirSync(spool.spoolDir)
})
afterEach(() => rmSync(folder, { recursive: true }))

const put = async (filename: string, at?: string, archive?: boolean): Promise<string> => {
  const options = { spoolDir: spool.spoolDir, filename, ...(archive === undefined ? {} : { archive }) }
  const { path } = await new CallFile(new Call('PJSIP/1001'), new Application('Echo'), options).spool(at)
  return path
}

describe('a spool', () => {
  it.each(['../other.call', 'a/b.call', '', '..'])('refuses the name %j, which leads out of it', async (name) => {
    expect(() => spool.follow(name)).toThrow(ValidationError)
    await expect(spool.find(name)).rejects.toThrow(ValidationError)
    await expect(spool.cancel(name)).rejects.toThrow(ValidationError)
  })

  it('lists its calls by the time at which they are due', async () => {
    await put('late.call', '2035-01-01T00:00:00Z')
    await put('early.call', '2034-01-01T00:00:00Z')
    await put('now.call')
    const retrying = await put('retrying.call')
    appendFileSync(retrying, '\nStartRetry: 9 1 (1)\n\nEndRetry: 9 1 (1)\n')
    utimesSync(retrying, 2_051_222_400, 2_051_222_400)
    appendFileSync(await put('running.call'), '\nStartRetry: 9 1 (1)\n')
    mkdirSync(join(spool.spoolDir, 'folder'))
    const listed = new Map((await spool.list()).map(({ filename, state }) => [filename, state]))
    expect(Object.fromEntries(listed)).toEqual({
      'now.call': 'due',
      'running.call': 'running',
      'early.call': 'scheduled',
      'late.call': 'scheduled',
      'retrying.call': 'retrying',
    })
    expect([...listed.keys()].slice(2)).toEqual(['early.call', 'late.call', 'retrying.call'])
  })

  it('that is not there is told', async () => {
    await expect(new Spool({ spoolDir: join(folder, 'no') }).list()).rejects.toThrow(NoSpoolPermissionError)
  })

  it('gives a scheduled call back, but none that runs or is over', async () => {
    await put('later.call', '2035-01-01T00:00:00Z')
    expect(await spool.cancel('later.call')).toMatchObject({ state: 'scheduled' })
    expect(await spool.list()).toEqual([])
    await expect(spool.cancel('later.call')).rejects.toThrow(NoSuchFileError)
    appendFileSync(await put('running.call'), '\nStartRetry: 9 1 (1)\n')
    await expect(spool.cancel('running.call')).rejects.toThrow(CallRunningError)
  })
})

describe('following a call', () => {
  async function told(
    filename: string,
    steps: readonly (() => void)[],
    signal?: AbortSignal,
  ): Promise<CallFileProgress[]> {
    const seen: CallFileProgress[] = []
    const left = [...steps]
    const following = spool.follow(filename, signal === undefined ? {} : { signal })
    left.shift()?.()
    for await (const progress of following) {
      seen.push(progress)
      left.shift()?.()
    }
    return seen
  }

  it('tells its attempts and what was archived, though an older call of that name is in the archive', async () => {
    const path = await put('a.call', undefined, true)
    mkdirSync(spool.doneDir)
    const done = join(spool.doneDir, 'a.call')
    writeFileSync(done, 'Status: Expired\n')
    const seen = await told('a.call', [
      () => appendFileSync(path, '\nStartRetry: 9 1 (1)\n'),
      () => appendFileSync(path, '\nEndRetry: 9 1 (2)\n'),
      () => {
        appendFileSync(path, '\nStartRetry: 9 2 (3)\n')
        renameSync(path, done)
        appendFileSync(done, 'Status: Completed\n')
      },
    ])
    expect(seen).toMatchObject([
      { kind: 'note', note: { kind: 'StartRetry', attempt: 1 } },
      { kind: 'note', note: { kind: 'EndRetry', attempt: 1 } },
      { kind: 'note', note: { kind: 'StartRetry', attempt: 2 } },
      { kind: 'ended', status: 'Completed', file: { attempts: { used: 1 } } },
    ])
  })

  it('says so where the file is gone and was not to be archived', async () => {
    const path = await put('a.call')
    const seen = await told('a.call', [() => appendFileSync(path, '\nStartRetry: 9 1 (1)\n'), () => unlinkSync(path)])
    expect(seen).toMatchObject([{ kind: 'note' }, { kind: 'removed' }])
  })

  it('of nothing is told, and ends when it is given up', async () => {
    await expect(told('no.call', [])).rejects.toThrow(NoSuchFileError)
    await put('a.call')
    const giveUp = new AbortController()
    const following = told('a.call', [], giveUp.signal)
    giveUp.abort(new Error('enough'))
    await expect(following).rejects.toThrow('enough')
  })
})
