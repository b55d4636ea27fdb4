import type { Command } from 'commander'
import { answers, type Context } from '../context.ts'
import { commandName, plain } from '../output.ts'
import { placedShape } from '../shapes.ts'

export function addCall(program: Command, context: Context): void {
  const call = program
    .command('call')
    .description('ring FROM, and when it answers ring TO and join the two; with --flow ring TO alone and run the flow')
    .argument('<from>', 'extension, number or SIP URI')
    .argument('<to>', 'extension, number or SIP URI')
    .option('--flow <id>', 'what happens once TO has answered; FROM is what TO sees as its caller')
  answers(
    call,
    context,
    (client, from, to) => {
      const { flow } = call.opts<{ flow?: string }>()
      return client.post('/v1/calls', { from, to, ...(flow === undefined ? {} : { flow }) }, placedShape)
    },
    ({ id }) => `Calling: ${plain(id)}. Watch it with: ${commandName} logs ${plain(id)}`,
    (field) => ({ '/from': 'FROM', '/to': 'TO', '/flow': '--flow' })[field],
  )
}
