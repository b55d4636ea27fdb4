import { type ChildProcess, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { hydrateSymlinks } from '../../src/store/embedded/binaries.ts'
import { makeDataFolder, openToAll } from '../../src/store/embedded/data-folder.ts'
import { FolderInUse, folderHolder, lockFolder, processLives } from '../../src/store/embedded/folder-lock.ts'
import { startEmbedded, stopPostmaster } from '../../src/store/embedded/server.ts'
import { keysFrom, loadKeys } from '../../src/store/keys.ts'
import { openStore } from '../../src/store/store.ts'
import { listTokens } from '../../src/store/tokens.ts'

let folder: string
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offhook-embedded-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  const pid = postmaster()
  if (pid !== undefined) await stopPostmaster(pid)
  rmSync(folder, { recursive: true, force: true })
})

function postmaster(): number | undefined {
  const path = join(folder, 'postgres', 'postmaster.pid')
  const pid = existsSync(path) ? Number(readFileSync(path, 'utf8').split('\n')[0]) : undefined
  return pid !== undefined && processLives(pid) ? pid : undefined
}

/** A service's store in another process; `line` waits for one that it says. */
function service() {
  const child = spawn(process.execPath, ['dist/test/kit/store-process.js', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines: string[] = []
  const wanted: { test: (line: string) => boolean; found: (line: string) => void }[] = []
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line)
    for (const { test, found } of wanted) if (test(line)) found(line)
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const line = (test: (line: string) => boolean): Promise<string> => {
    const already = lines.find(test)
    if (already !== undefined) return Promise.resolve(already)
    return new Promise((found, lost) => {
      wanted.push({ test, found })
      void ended.then(() => lost(new Error(`it ended after: ${lines.slice(-3).join(' | ')}`)))
    })
  }
  return { child, lines, line, ended }
}

/** Resolves when this is made in the data folder, as the kernel tells. */
function made(name: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, (_kind, file) => {
      if (file !== name) return
      watcher.close()
      resolve()
    })
  })
}

async function rows(scope: Scope): Promise<Set<string>> {
  const store = await openStore({ dataFolder: folder, databaseUrl: undefined, scope, log: silentLogger })
  const ids = new Set<string>()
  let after: string | undefined
  do {
    const page = await listTokens(store.db, { limit: 200, after })
    for (const row of page.rows) ids.add(row.id)
    after = page.next
  } while (after !== undefined)
  return ids
}

describe('the embedded database', () => {
  it('keeps what a service wrote that was killed, and takes its server over', async () => {
    const killed = service()
    await killed.line((line) => line.startsWith('tok_'))
    killed.child.kill('SIGKILL')
    await killed.ended
    const orphan = postmaster()
    expect(orphan).toBeDefined()

    const scope = new Scope('test')
    const there = await rows(scope)

    expect(postmaster()).toBe(orphan)
    const said = killed.lines.filter((line) => line.startsWith('tok_'))
    expect(said.length).toBeGreaterThan(0)
    expect(said.filter((id) => !there.has(id))).toEqual([])
    await scope.close()
    expect(postmaster()).toBeUndefined()
  })

  it('keeps what was written when service and server were killed together', async () => {
    const killed = service()
    await killed.line((line) => line.startsWith('tok_'))
    process.kill(postmaster()!, 'SIGKILL')
    killed.child.kill('SIGKILL')
    await killed.ended

    const scope = new Scope('test')
    const there = await rows(scope)

    expect(killed.lines.filter((line) => line.startsWith('tok_') && !there.has(line))).toEqual([])
    await scope.close()
  })

  it('is stopped by the service that ends in good order', async () => {
    const running = service()
    await running.line((line) => line === 'ready')

    running.child.kill('SIGTERM')
    await running.line((line) => line === 'closed')
    await running.ended

    expect(postmaster()).toBeUndefined()
    expect(existsSync(join(folder, 'lock'))).toBe(false)
  })

  it('begins anew when the first start was cut short', async () => {
    const begun = made('postgres.new')
    const first = service()
    // initdb runs for most of a second in this folder.
    await begun
    first.child.kill('SIGKILL')
    await first.ended

    const scope = new Scope('test')
    expect((await rows(scope)).size).toBe(0)
    await scope.close()
  })

  it('is not shared by two services', async () => {
    const first = service()
    await first.line((line) => line === 'ready')
    const second = service()

    const failed = await second.line((line) => line.startsWith('failed'))

    expect(failed).toContain(`in use by process ${first.child.pid}`)
    expect(failed).toContain('OFFHOOK_DATA')
  })

  it('listens on loopback alone and keeps its secrets from others', async () => {
    makeDataFolder(folder)
    const server = await startEmbedded({ dataFolder: folder, log: silentLogger })

    expect(new URL(server.url).hostname).toBe('127.0.0.1')
    expect(statSync(join(folder, 'postgres.json')).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'postgres')).mode & 0o777).toBe(0o700)
    expect(existsSync(join(folder, 'postgres.password'))).toBe(false)
    expect(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[5]).toBe('127.0.0.1')
    await server.stop()
  })

  it('is elsewhere for root when its user cannot enter the folders above', async () => {
    const inner = join(folder, 'inner')
    makeDataFolder(inner)
    const server = await startEmbedded({ dataFolder: inner, log: silentLogger })
    const { cluster } = JSON.parse(readFileSync(join(inner, 'postgres.json'), 'utf8')) as { cluster: string }
    await server.stop()

    const again = await startEmbedded({ dataFolder: inner, log: silentLogger })
    await again.stop()

    const asRoot = process.getuid?.() === 0
    expect(cluster.startsWith(asRoot ? '/var/lib/offhook/databases/' : inner)).toBe(true)
    if (asRoot) rmSync(cluster, { recursive: true })
  })

  it('says so when its password is gone', async () => {
    makeDataFolder(folder)
    await (await startEmbedded({ dataFolder: folder, log: silentLogger })).stop()
    rmSync(join(folder, 'postgres.json'))

    await expect(startEmbedded({ dataFolder: folder, log: silentLogger })).rejects.toThrow(/postgres\.json.*is gone/)
  })

  it('says which database it cannot reach', async () => {
    const scope = new Scope('test')
    const opening = openStore({
      dataFolder: folder,
      databaseUrl: 'postgres://u:secret@127.0.0.1:1/x',
      scope,
      log: silentLogger,
    })

    await expect(opening).rejects.toThrow(/127\.0\.0\.1:1\/x \(DATABASE_URL\) cannot be used/)
    await expect(opening).rejects.not.toThrow(/secret/)
    await scope.close()
  })
})

describe('the lock of the data folder', () => {
  it('is held once, and free after', async () => {
    const scope = new Scope('first')
    lockFolder(folder, scope)

    expect(() => lockFolder(folder, new Scope('second'))).toThrow(FolderInUse)
    expect(folderHolder(folder)).toBe(process.pid)
    await scope.close()

    expect(folderHolder(folder)).toBeUndefined()
    const again = new Scope('third')
    lockFolder(folder, again)
    await again.close()
  })

  it.each([
    ['a process that is gone', { pid: 2 ** 22 + 1, started: '1', nonce: 'x' }],
    ['a process whose pid another has now', { pid: process.pid, started: '1', nonce: 'x' }],
  ])('of %s is taken over', async (_name, holder) => {
    writeFileSync(join(folder, 'lock'), JSON.stringify(holder))
    const scope = new Scope('test')

    lockFolder(folder, scope)

    expect(folderHolder(folder)).toBe(process.pid)
    await scope.close()
  })

  it('is taken over when it was cut short', async () => {
    writeFileSync(join(folder, 'lock'), '')
    const scope = new Scope('test')

    lockFolder(folder, scope)

    await scope.close()
  })
})

describe('the folder of the binaries', () => {
  it('gets the links that npm could not pack', () => {
    const native = join(folder, 'native')
    mkdirSync(join(native, 'lib'), { recursive: true })
    writeFileSync(join(native, 'lib', 'libx.so.1.2'), 'x')
    const links = [{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }]
    writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links))

    hydrateSymlinks(native)
    hydrateSymlinks(native)

    expect(readFileSync(join(native, 'lib', 'libx.so.1'), 'utf8')).toBe('x')
    unlinkSync(join(native, 'lib', 'libx.so.1'))
    symlinkSync('nowhere', join(native, 'lib', 'libx.so.1'))
    hydrateSymlinks(native)
    expect(readFileSync(join(native, 'lib', 'libx.so.1'), 'utf8')).toBe('x')
  })

  it('is known to be closed to others when a folder above it is', () => {
    const inner = join(folder, 'a')
    mkdirSync(inner, { mode: 0o755 })

    // mkdtemp makes folders of mode 0700.
    expect(openToAll(inner)).toBe(false)
  })
})

describe('keys', () => {
  it('are made once and kept', () => {
    const sealed = loadKeys(folder).seal('secret', 'trk_1')

    expect(loadKeys(folder).open(sealed, 'trk_1')).toBe('secret')
    expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o600)
  })

  it('open only what they sealed, for what they sealed it', () => {
    const keys = keysFrom(Buffer.alloc(32, 1))
    const sealed = keys.seal('secret', 'trk_1')
    const changed = Buffer.from(sealed)
    changed[changed.length - 1]! ^= 1

    expect(() => keys.open(sealed, 'trk_2')).toThrow(/The secret of trk_2 cannot be read/)
    expect(() => keys.open(changed, 'trk_1')).toThrow(/cannot be read/)
    expect(() => keysFrom(Buffer.alloc(32, 2)).open(sealed, 'trk_1')).toThrow(/key file/)
    expect(keys.verify('text', keys.sign('text'))).toBe(true)
    expect(keys.verify('other', keys.sign('text'))).toBe(false)
    expect(keys.verify('text', '')).toBe(false)
  })
})
