import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { debianMirror } from './debian-mirror.mjs'
import { run, step } from './step.mjs'

/** The Compose of Debian 12 is of before the Compose Specification; that of 13 needs nothing of 13 but its C library, which is no newer. */
const suite = 'trixie'
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** One program of 60 MB, which reads files without a container engine; test/kit/container/compose.ts finds it. */
const composePath = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'offhook', 'compose', 'docker-compose')

/** Brings Docker Compose, and installs nothing. Resolves with a sentence where that is not possible, and then the tests that need it are skipped. */
export async function prepareCompose() {
  const path = composePath()
  if (existsSync(path)) return undefined
  const without = 'Tests with a real Docker Compose are skipped:'
  const mirror = process.platform === 'linux' && existsSync(keyring) ? await debianMirror() : undefined
  if (mirror === undefined) return `${without} there is no apt of Debian that names a mirror.`
  const draft = `${dirname(path)}.${process.pid}`
  const [state, cache] = [join(draft, 'state'), join(draft, 'cache')]
  for (const folder of [join(state, 'lists', 'partial'), join(cache, 'archives', 'partial')])
    mkdirSync(folder, { recursive: true })
  writeFileSync(join(state, 'status'), '')
  writeFileSync(join(draft, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`)
  // Lists of its own: those of the machine stay as they are.
  const own = { 'Dir::State': state, 'Dir::State::status': join(state, 'status'), 'Dir::Cache': cache }
  const sources = { 'Dir::Etc::sourcelist': join(draft, 'sources.list'), 'Dir::Etc::sourceparts': '/dev/null' }
  const options = Object.entries({ ...own, ...sources, 'APT::Sandbox::User': 'root' }).flatMap(([name, value]) => [
    '-o',
    `${name}=${value}`,
  ])
  try {
    const said = await step(`Bringing Docker Compose of Debian ${suite}`, async () => {
      for (const args of [['update'], ['download', 'docker-compose']]) {
        const { code, output } = await run('apt-get', [...options, ...args], { cwd: draft })
        if (code !== 0) return output
      }
      const file = readdirSync(draft).find((name) => name.endsWith('.deb'))
      const { code, output } = await run('dpkg-deb', ['-x', join(draft, file), join(draft, 'files')])
      return code === 0 ? undefined : output
    })
    if (said !== undefined)
      return `${without} it could not be brought:\n${said.trim().split('\n').slice(-12).join('\n')}`
    mkdirSync(dirname(path), { recursive: true })
    // Put there in one go: whoever looks for it finds all of it.
    const whole = join(draft, 'docker-compose')
    copyFileSync(join(draft, 'files/usr/libexec/docker/cli-plugins/docker-compose'), whole)
    chmodSync(whole, 0o755)
    renameSync(whole, path)
    return undefined
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}
