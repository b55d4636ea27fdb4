import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { debianMirror } from './debian-mirror.mjs'
import { run, step } from './step.mjs'

/** Which of Debian's has an Asterisk that we stand for, 20 or newer: sid alone. An older one must not judge in its place. */
const suites = ['sid']
const packages = 'asterisk,asterisk-modules,asterisk-core-sounds-en-wav'

/** Outside of the checkout, as it is half a gigabyte and the same for all; test/kit/asterisk/root.ts finds it. */
const asteriskRoot = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'offhook', 'asterisk-root')

/**
 * Debian 12 has no Asterisk, so a system of another suite is laid into a folder of its own. Resolves with a sentence where that is not
 * possible, and then the tests that need it are skipped.
 */
export async function prepareAsterisk() {
  const root = asteriskRoot()
  if (existsSync(root)) return undefined
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'Tests against a real Asterisk are skipped: laying its system into a folder needs Linux and root.'
  const mirror = await debianMirror()
  if (mirror === undefined) return 'Tests against a real Asterisk are skipped: apt names no mirror of Debian.'
  mkdirSync(dirname(root), { recursive: true })
  let said = ''
  for (const suite of suites) {
    const draft = `${root}.${suite}.${process.pid}`
    const result = await step(`Bringing Asterisk of Debian ${suite}`, () =>
      run('debootstrap', ['--variant=minbase', `--include=${packages}`, suite, draft, mirror]),
    )
    if (result.code === 0) {
      // A look-up of a name that cannot be answered stalls every call for seconds.
      writeFileSync(join(draft, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files\n')
      writeFileSync(join(draft, 'etc/hosts'), `127.0.0.1 localhost ${hostname()} A.ROOT-SERVERS.NET\n`)
      renameSync(draft, root)
      return undefined
    }
    said = result.output.trim().split('\n').slice(-12).join('\n')
    rmSync(draft, { recursive: true, force: true })
  }
  return `Tests against a real Asterisk are skipped: it could not be brought:\n${said}`
}
