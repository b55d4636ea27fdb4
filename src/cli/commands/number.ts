import type { Command } from 'commander'
import { answers, type Context } from '../context.ts'
import { plain } from '../output.ts'
import { numberShape } from '../shapes.ts'

export function addNumber(program: Command, context: Context): void {
  const number = program.command('number').description('numbers of the carriers')
  const rent = number
    .command('rent')
    .description('rent a number: the one named, or any free one')
    .argument('[number]', 'E.164, e.g. +15550123')
  answers(
    rent,
    context,
    (client, wanted) => client.post('/v1/numbers', wanted === undefined ? {} : { number: wanted }, numberShape),
    (made) => `${plain(made.number)} is rented.`,
  )
}
