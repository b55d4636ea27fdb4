import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { processLives } from './folder-lock.ts'

const leaveSeconds = 15

/**
 * The pid of the live postmaster of this very cluster. A `postmaster.pid` that names no such process is removed: the
 * server would take any living process of its user, or a dead one that nobody has reaped, for the holder and refuse.
 */
export async function findPostmaster(cluster: string): Promise<number | undefined> {
  const path = join(cluster, 'postmaster.pid')
  const pid = await readPid(path)
  if (pid === undefined) return undefined
  // Elsewhere the server's own check of the file has to do.
  if (process.platform !== 'linux') return processLives(pid) ? pid : undefined
  const folder = await realpath(cluster)
  for (const until = Date.now() + leaveSeconds * 1000; ; ) {
    const there = await processesIn(folder, cluster)
    if (there.includes(pid)) return pid
    if (there.length === 0) break
    // Backends whose postmaster was killed; they notice, and must be gone before the files are touched.
    if (Date.now() > until) {
      throw new Error(
        `Processes ${there.join(', ')} of a killed database server still use ${cluster}. End them, then start again.`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  // A pid that is free is the server's own matter: it also looks whether the shared memory named there is in use.
  if (processLives(pid)) await rm(path, { force: true })
  return undefined
}

async function readPid(path: string): Promise<number | undefined> {
  try {
    const pid = Number((await readFile(path, 'utf8')).split('\n')[0])
    return Number.isInteger(pid) && pid > 1 ? pid : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * All processes of a server work in its data folder; those that died and were not reaped have no such link. Root without
 * CAP_SYS_PTRACE, as in most containers, may not read it for another user, but may read the arguments.
 */
async function processesIn(folder: string, cluster: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue
    const there = await readlink(`/proc/${name}/cwd`).then(
      (cwd) => cwd === folder,
      (error: NodeJS.ErrnoException) => error.code === 'EACCES' && argumentsName(name, cluster),
    )
    if (there) found.push(Number(name))
  }
  return found
}

async function argumentsName(pid: string, cluster: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').includes(cluster)
  } catch {
    return false // gone meanwhile
  }
}
