import type { Command } from 'commander'
import { type Context, kept } from '../context.ts'
import { CommandFailed, plain, writeJson, writeLine } from '../output.ts'

export function addToken(program: Command, { settings, terminal }: Context): void {
  program
    .command('token')
    .description('print the admin token of the service on this machine, for use by other programs')
    .option('--json', 'print JSON')
    .action(({ json }: { json?: boolean }) => {
      const { token: given, dataFolder } = settings()
      const token = given ?? kept({ dataFolder })
      if (token === undefined) {
        throw new CommandFailed(`No token is kept in ${plain(dataFolder)} yet; the first npm start makes one.`)
      }
      if (json === true) writeJson(terminal.out, { token })
      else writeLine(terminal.out, token)
    })
}
