import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'

const scripts = fileURLToPath(new URL('../../scripts/', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'offhook-scripts-'))
afterAll(() => rm(home, { recursive: true, force: true }))

/** Runs a few lines against the scripts, in a process of their own as they always are. */
function runLines(lines: string): Promise<{ stdout: string }> {
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', lines])
}

describe('build', () => {
  let root: string
  const write = (file: string, text: string) => writeFileSync(join(root, file), text)
  const build = () =>
    runLines(`
      const { build } = await import(${JSON.stringify(join(scripts, 'lib/build.mjs'))})
      await build(${JSON.stringify(root)}).catch((error) => { console.log(error.name + ': ' + error.message) })
    `)
  const dist = (file: string) => join(root, 'dist', file)

  beforeEach(() => {
    root = mkdtempSync(join(home, 'build-'))
    mkdirSync(join(root, 'src/cli'), { recursive: true })
    symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(root, 'node_modules'))
    write('package.json', '{"type":"module"}')
    const compilerOptions = {
      outDir: 'dist',
      rootDir: '.',
      incremental: true,
      tsBuildInfoFile: 'dist/.tsbuildinfo',
      types: [],
    }
    write('tsconfig.build.json', JSON.stringify({ compilerOptions, include: ['src'] }))
    write('src/cli/main.ts', 'export const answer: number = 42\n')
    write('src/page.html', '<p>hello</p>')
  })

  test('compiles, copies what is no TypeScript, and makes the command executable', async () => {
    await build()
    expect(readFileSync(dist('src/cli/main.js'), 'utf8')).toContain('answer = 42')
    expect(readFileSync(dist('src/page.html'), 'utf8')).toBe('<p>hello</p>')
  })

  test('does nothing when nothing changed, and takes away what has no source any more', async () => {
    write('src/gone.ts', 'export const gone = 1\n')
    await build()
    writeFileSync(dist('src/cli/main.js'), 'untouched')
    await build()
    expect(readFileSync(dist('src/cli/main.js'), 'utf8')).toBe('untouched')

    await rm(join(root, 'src/gone.ts'))
    await build()
    expect(existsSync(dist('src/gone.js'))).toBe(false)
  })

  test('after an interrupted build everything is made anew', async () => {
    await build()
    await rm(dist('.built'))
    await rm(dist('src/cli/main.js'))
    await build()
    expect(existsSync(dist('src/cli/main.js'))).toBe(true)
  })

  test('a fault in the sources stops with what the compiler said, and is tried again', async () => {
    write('src/cli/main.ts', 'export const answer: number = "x"\n')
    expect((await build()).stdout).toMatch(/^Stop: The build failed:\n.*main\.ts\(1,14\)/m)
    expect(existsSync(dist('.built'))).toBe(false)
    write('src/cli/main.ts', 'export const answer: number = 7\n')
    await build()
    expect(readFileSync(dist('src/cli/main.js'), 'utf8')).toContain('answer = 7')
  })
})

describe('the lock of the set-up', () => {
  const held = (root: string, work: string) => `
    const { withSetupLock } = await import(${JSON.stringify(join(scripts, 'lib/setup-lock.mjs'))})
    const { run } = await import(${JSON.stringify(join(scripts, 'lib/step.mjs'))})
    await withSetupLock(${JSON.stringify(root)}, async () => { ${work} })
  `
  const start = (lines: string): ChildProcess =>
    spawn(process.execPath, ['--input-type=module', '-e', lines], { stdio: ['ignore', 'pipe', 'inherit'] })

  test('the second waits until the first is done, and says for whom', async () => {
    const root = mkdtempSync(join(home, 'lock-'))
    const first = start(
      held(
        root,
        `const alive = setInterval(() => {}, 1000); console.log('in'); await new Promise((done) => process.once('SIGUSR2', done)); clearInterval(alive)`,
      ),
    )
    await once(first.stdout!, 'data')
    const second = start(held(root, `console.log('second')`))
    const [waiting] = await once(second.stdout!, 'data')
    expect(String(waiting)).toBe(`Waiting for the set-up that process ${first.pid} is doing in this folder …\n`)
    first.kill('SIGUSR2')
    const [done] = await once(second.stdout!, 'data')
    expect(String(done)).toBe('second\n')
    await once(second, 'exit')
    expect(existsSync(join(root, '.cache/setup.lock'))).toBe(false)
  })

  test('one that was killed is passed over, once the program that it had started is gone, too', async () => {
    const root = mkdtempSync(join(home, 'lock-'))
    const child = `process.stdout.write(String(process.pid)); setInterval(() => {}, 1000)`
    const first = start(held(root, `await run(process.execPath, ['-e', ${JSON.stringify(child)}], { inherit: true })`))
    const [pid] = await once(first.stdout!, 'data')
    first.kill('SIGKILL')
    await once(first, 'exit')
    const second = start(held(root, `console.log('second')`))
    const [waiting] = await once(second.stdout!, 'data')
    expect(String(waiting)).toContain(`process ${String(pid)} `)
    process.kill(Number(String(pid)), 'SIGKILL')
    const [done] = await once(second.stdout!, 'data')
    expect(String(done)).toBe('second\n')
  })
})
