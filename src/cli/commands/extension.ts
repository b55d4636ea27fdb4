import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { answers, type Context } from '../context.ts'
import { plain } from '../output.ts'
import { extensionShape } from '../shapes.ts'

export function addExtension(program: Command, context: Context): void {
  const extension = program.command('extension').description('phones that register with a user name and a password')
  const add = extension
    .command('add')
    .description('make an extension; without --password one is made up and shown once')
    .argument('<username>', 'letters, digits and . _ -, e.g. 1001')
    .option('--password <password>', 'what the phone logs in with')
  answers(
    add,
    context,
    async (client, username = '') => {
      // 120 bits in letters that a phone's keypad can type.
      const password = add.opts<{ password?: string }>().password ?? randomBytes(15).toString('hex')
      const made = await client.post('/v1/extensions', { username, password }, extensionShape)
      return { ...made, password }
    },
    ({ username, password }) =>
      `Extension ${plain(username)} is ready.\nIn the phone: user name ${plain(username)}, password ${plain(password)}, and this machine's address as domain or registrar.`,
  )
}
