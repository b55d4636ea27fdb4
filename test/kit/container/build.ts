import { cpSync, mkdirSync, readFileSync, readlinkSync, realpathSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Scope } from '../../../src/base/scope.ts'
import { asteriskRoot } from '../asterisk/root.ts'
import { lastWords, type Program, startProgram } from '../program.ts'
import type { Stage } from './dockerfile.ts'

const npmCache = process.env.npm_config_cache ?? join(homedir(), '.npm')
const sources = fileURLToPath(new URL('../../../', import.meta.url))

/** A file system that the steps of a stage made. */
export interface Built {
  readonly folder: string
  readonly workdir: string
  readonly user: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * Carries a stage out in a folder, as root, without a container engine: the programs are those of the Debian that was laid there for
 * Asterisk, Node.js is the one that runs this, packages come from npm's cache where it has them.
 */
export async function buildStage(
  stage: Stage,
  folder: string,
  scope: Scope,
  before: ReadonlyMap<string, string>,
): Promise<Built> {
  makeRoot(folder)
  let built: Built = { folder, workdir: '/', user: 'root', env: {} }
  for (const { name, text, json } of stage.instructions) {
    switch (name) {
      case 'WORKDIR':
        mkdirSync(join(folder, text), { recursive: true })
        built = { ...built, workdir: text }
        break
      case 'COPY':
        copy(json ?? text.split(/\s+/), built, before)
        break
      case 'ENV':
        built = { ...built, env: { ...built.env, ...variables(text) } }
        break
      case 'USER':
        built = { ...built, user: text }
        break
      case 'RUN': {
        const program = runIn(built, ['sh', '-c', text], scope)
        const { code } = await program.exited
        if (code !== 0) throw new Error(`RUN ${text} ended with ${code}:\n${lastWords(program.output())}`)
        break
      }
    }
  }
  return built
}

/** A program in that file system, as its user; it has a mount namespace of its own and our network. */
export function runIn(
  { folder, workdir, user, env }: Built,
  command: readonly string[],
  scope: Scope,
  more: Readonly<Record<string, string>> = {},
): Program {
  const node = dirname(dirname(realpathSync(process.execPath)))
  // What is mounted here is gone with the last process of the namespace.
  const script = `
    root=$1 debian=$2 node=$3 npm=$4 cache=$5 workdir=$6 user=$7; shift 7
    mount --bind "$debian/usr" "$root/usr"
    mount -t tmpfs tmpfs "$root/usr/local" && mkdir "$root/usr/local/bin" "$root/usr/local/lib" "$root/usr/local/npm"
    cp "$node" "$root/usr/local/bin/node"
    mount --bind "$npm" "$root/usr/local/npm"
    if [ -d "$cache" ]; then mount --bind "$cache" "$root/npm-cache"; fi
    ln -s ../npm/bin/npm-cli.js "$root/usr/local/bin/npm"
    mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/tmp"
    chmod 1777 "$root/tmp" && cd / &&
    exec chroot --userspec="$(awk -F: -v u="$user" '$1 == u { print $3 ":" $4 }' "$root/etc/passwd")" "$root" sh -c 'cd "$0" && exec "$@"' "$workdir" "$@"`
  const npm = join(node, 'lib/node_modules/npm')
  const args = ['sh', folder, asteriskRoot(), realpathSync(process.execPath), npm, npmCache, workdir, user, ...command]
  return startProgram('unshare', ['--mount', 'sh', '-ec', script, ...args], {
    scope,
    env: {
      ...{ PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', HOME: '/tmp' },
      ...{ npm_config_prefer_offline: 'true', npm_config_cache: '/npm-cache', npm_config_update_notifier: 'false' },
      ...env,
      ...more,
    },
    graceMs: 20_000,
  })
}

function makeRoot(folder: string): void {
  const debian = asteriskRoot()
  for (const name of ['usr', 'proc', 'dev', 'tmp', 'var/lib', 'opt', 'npm-cache'])
    mkdirSync(join(folder, name), { recursive: true })
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(readlinkSync(join(debian, name)), join(folder, name))
  cpSync(join(debian, 'etc'), join(folder, 'etc'), { recursive: true, verbatimSymlinks: true })
}

/** `--from=STAGE` copies out of what a stage before made, else it is out of the sources, less what `.dockerignore` names. */
function copy(words: readonly string[], { folder, workdir }: Built, before: ReadonlyMap<string, string>): void {
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
  const paths = words.filter((word) => !word.startsWith('--'))
  const to = paths.at(-1) ?? ''
  const root = from === undefined ? sources : before.get(from)
  if (root === undefined) throw new Error(`COPY names the stage ${from}, which is not there.`)
  const ignored = from === undefined ? ignoredNames() : new Set<string>()
  for (const path of paths.slice(0, -1)) {
    if (ignored.has(path)) throw new Error(`COPY names ${path}, which .dockerignore leaves out.`)
    const target = to.endsWith('/') ? join(to, basename(path)) : to
    cpSync(join(root, path), join(folder, workdir, target), { recursive: true, verbatimSymlinks: true })
  }
}

const ignoredNames = (): ReadonlySet<string> =>
  new Set(
    readFileSync(join(sources, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
  )

const variables = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/([A-Z_]+)=(\S*)/g)].map(([, name = '', value = '']) => [name, value]))
