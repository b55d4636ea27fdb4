import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Scope } from '../../../src/base/scope.ts'
import type { ApiClient } from '../../../src/cli/client.ts'
import { CommandFailed } from '../../../src/cli/output.ts'
import { extensionShape, forwardShape } from '../../../src/cli/shapes.ts'
import { processLives } from '../../../src/store/embedded/folder-lock.ts'
import type { Place } from './place.ts'

export interface Account {
  readonly username: string
  readonly password?: string
}

/** Who plays: made for this run, gone after it. */
export interface Cast {
  readonly owner: Account
  readonly caller: Account
  readonly forward: { readonly id: string; readonly number: string; readonly voicemailNumber: string }
}

/** How long the owner's phone rings before the caller is led to the mailbox. */
export const ringSeconds = 5
/** Of the North American numbers that belong to nobody (NANPA, 555-01XX). */
const outsider = '+12025550143'
const names = /^demo-(?:owner|caller)-([0-9]+)$/

const pageOf = <T extends z.ZodType>(item: T) => z.looseObject({ items: z.array(item), next: z.string().optional() })
const forwards = pageOf(forwardShape.extend({ notify: z.string().nullish() }))
const extensions = pageOf(extensionShape)

/** Makes two numbers that ring the owner; the scope takes everything away again. */
export async function engage(place: Place, scope: Scope): Promise<Cast> {
  const { client } = place
  const pid = process.pid
  await sweep(client, (owner) => owner !== pid && !processLives(owner))
  scope.add('cast', () => sweep(place.lasting, (owner) => owner === pid))
  const account = async (role: 'owner' | 'caller'): Promise<Account> => {
    const made = { username: `demo-${role}-${pid}`, password: randomBytes(12).toString('base64url') }
    await client.post('/v1/extensions', made, extensionShape)
    return made
  }
  const owner = await account('owner')
  const caller = place.trustsUs ? { username: outsider } : await account('caller')
  const { username } = owner
  const forward = await client.post(
    '/v1/forwards',
    { name: 'Ann', targets: [{ to: username, seconds: ringSeconds }], notify: username },
    forwardShape,
  )
  return { owner, caller, forward }
}

/** Removes what demos of these processes made; deleting a forward releases its numbers. */
async function sweep(client: ApiClient, over: (pid: number) => boolean): Promise<void> {
  const ours = (name: string | null | undefined): boolean => {
    const pid = Number(names.exec(name ?? '')?.[1] ?? Number.NaN)
    return Number.isInteger(pid) && over(pid)
  }
  for (const forward of await all(client, '/v1/forwards', forwards))
    if (ours(forward.notify)) await client.delete(`/v1/forwards/${forward.id}`)
  for (const extension of await all(client, '/v1/extensions', extensions))
    if (ours(extension.username)) await client.delete(`/v1/extensions/${extension.id}`)
}

async function all<T>(
  client: ApiClient,
  path: string,
  shape: z.ZodType<{ items: T[]; next?: string | undefined }>,
): Promise<T[]> {
  const found: T[] = []
  let after = ''
  do {
    const page = await client.get(`${path}?limit=200${after}`, shape)
    found.push(...page.items)
    after = page.next === undefined ? '' : `&after=${encodeURIComponent(page.next)}`
  } while (after !== '')
  return found
}

/** Why a phone of the play could not sign in, for people. */
export function signInFailed(status: number, server: string): CommandFailed {
  return new CommandFailed(
    status === 0
      ? `Nothing answers SIP at ${server}. Does the service run with another OFFHOOK_SIP_PORT? Set it for the demo, too.`
      : `The owner's phone could not sign in: the service answered ${status}.`,
  )
}
