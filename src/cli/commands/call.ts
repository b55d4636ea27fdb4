import type { Command } from 'commander'
import { answers, type Context } from '../context.ts'
import { commandName, plain } from '../output.ts'
import { placedShape } from '../shapes.ts'

export function addCall(program: Command, context: Context): void {
  const call = program
    .command('call')
    .description('ring FROM, and when it answers ring TO and join the two')
    .argument('<from>', 'extension, number or SIP URI')
    .argument('<to>', 'extension, number or SIP URI')
  answers(
    call,
    context,
    (client, from, to) => client.post('/v1/calls', { from, to }, placedShape),
    ({ id }) => `Calling: ${plain(id)}. Watch it with: ${commandName} logs ${plain(id)}`,
    (field) => ({ '/from': 'FROM', '/to': 'TO' })[field],
  )
}
