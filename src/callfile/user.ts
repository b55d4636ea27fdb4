import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { NoUserError } from './errors.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** `/etc/passwd` first, then what else the machine asks (LDAP and the like), by `getent`. @throws NoUserError */
export async function ownerOf(user: string): Promise<Owner> {
  // What useradd takes; so the name is safe as an argument and in a file of lines and colons.
  if (!/^[a-z_][a-z0-9_.-]{0,31}\$?$/i.test(user)) throw new NoUserError(user)
  const local = find(await readFile('/etc/passwd', 'utf8'), user)
  if (local !== undefined) return local
  const { stdout } = await promisify(execFile)('getent', ['passwd', user], { timeout: 5000 }).catch(
    (error: unknown) => {
      throw new NoUserError(user, { cause: error })
    },
  )
  const found = find(stdout, user)
  if (found === undefined) throw new NoUserError(user)
  return found
}

function find(passwd: string, user: string): Owner | undefined {
  for (const line of passwd.split('\n')) {
    const [name, , uid, gid] = line.split(':')
    if (name === user && uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  return undefined
}
