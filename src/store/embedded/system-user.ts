import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { StartRefused } from '../../base/start-refused.ts'

const run = promisify(execFile)

/** Whom the database's processes run as; `{}` is ourselves. */
export type ProcessUser = { readonly uid: number; readonly gid: number } | Record<string, never>

const own = 'offhook'

/**
 * PostgreSQL refuses to run as root. As root: the system user `offhook`, made when absent; where none can be made,
 * Debian's `postgres`. Otherwise ourselves.
 */
export async function databaseUser(): Promise<ProcessUser> {
  if (process.getuid?.() !== 0) return {}
  const there = await lookUp(own)
  if (there !== undefined) return there
  const failures: string[] = []
  for (const [command, args] of [
    ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', own]],
    ['adduser', ['-S', '-D', '-H', '-s', '/sbin/nologin', own]], // BusyBox
  ] as const) {
    try {
      await run(command, args)
    } catch (error) {
      failures.push(`${command}: ${(error as Error).message.split('\n')[0]}`)
    }
    // Asked again in any case: another process may have made it meanwhile.
    const made = await lookUp(own)
    if (made !== undefined) return made
  }
  const debian = await lookUp('postgres')
  if (debian !== undefined) return debian
  throw new StartRefused(
    `PostgreSQL cannot run as root and no system user for it could be made (${failures.join('; ')}). Make a user named ${own}, run the service as another user than root, or set DATABASE_URL.`,
  )
}

async function lookUp(name: string): Promise<{ uid: number; gid: number } | undefined> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n')
  const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':')
  const uid = Number(fields?.[2])
  const gid = Number(fields?.[3])
  return fields !== undefined && Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined
}
