import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { answers, type Context } from '../context.ts'
import { plain, table } from '../output.ts'
import { extensionShape, type ShownExtension } from '../shapes.ts'

export function addExtension(program: Command, context: Context): void {
  const extension = program.command('extension').description('phones that register with a user name and a password')
  const add = extension
    .command('add')
    .description('make an extension; without --password one is made up and shown once')
    .argument('<username>', 'letters, digits and . _ -, e.g. 1001')
    .option('--password <password>', 'what the phone logs in with, 8 to 128 characters')
    .option('--srtp <policy>', 'encrypted audio: off, allowed (unless given) or required')
  answers(
    add,
    context,
    async (client, username = '') => {
      // 120 bits in letters that a phone's keypad can type.
      const { password = randomBytes(15).toString('hex'), srtp } = add.opts<{ password?: string; srtp?: string }>()
      const made = await client.post('/v1/extensions', { username, password, srtp }, extensionShape)
      return { ...made, password }
    },
    ({ username, password }) =>
      `Extension ${plain(username)} is ready.\nIn the phone: user name ${plain(username)}, password ${plain(password)}, and this machine's address as domain or registrar.`,
    (field) => ({ '/username': 'USERNAME', '/password': '--password', '/srtp': '--srtp' })[field],
  )
  answers(
    extension.command('list').description('every extension, and the phones that are registered for it'),
    context,
    (client) => client.list('/v1/extensions', extensionShape),
    (extensions) => (extensions.length === 0 ? 'No extensions yet.' : table(extensions.flatMap(rows))),
  )
  answers(
    extension.command('remove').description('delete an extension').argument('<username>', 'or its id'),
    context,
    async (client, username = '') => {
      await client.delete(`/v1/extensions/${encodeURIComponent(username)}`)
      return { removed: username }
    },
    ({ removed }) => `Extension ${plain(removed)} is gone.`,
  )
}

/** A line per phone; one that says so where there is none. */
function rows({ username, name = '', contacts = [] }: ShownExtension): string[][] {
  if (contacts.length === 0) return [[username, name, 'not registered']]
  return contacts.map(({ flow, userAgent }, i) => [
    ...(i === 0 ? [username, name] : ['', '']),
    `registered from ${flow}${userAgent === undefined ? '' : ` (${userAgent})`}`,
  ])
}
