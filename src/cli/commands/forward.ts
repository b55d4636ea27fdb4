import { type Command, InvalidArgumentError } from 'commander'
import { answers, type Context } from '../context.ts'
import { plain } from '../output.ts'
import { forwardShape } from '../shapes.ts'

interface Target {
  readonly to: string
  readonly seconds?: number
}

/** `1001`, `1001/10` or `sip:ann@host/10`: after the last slash stand the seconds that it rings. */
export function readTarget(text: string, before: readonly Target[] = []): Target[] {
  const match = /^(.+)\/([0-9]{1,4})$/.exec(text)
  const to = (match?.[1] ?? text).trim()
  if (to === '')
    throw new InvalidArgumentError('A target is an extension, a number or a SIP URI, perhaps with /SECONDS.')
  return [...before, match === null ? { to } : { to, seconds: Number(match[2]) }]
}

function readSeconds(text: string): number {
  if (!/^[0-9]{1,4}$/.test(text)) throw new InvalidArgumentError('Seconds are a whole number.')
  return Number(text)
}

export function addForward(program: Command, context: Context): void {
  const forward = program.command('forward').description('numbers that ring targets in order and end in a mailbox')
  const add = forward
    .command('add')
    .description('make a forward; two numbers are rented for it')
    .argument('<name>', 'whose it is, e.g. Ann')
    .requiredOption('--to <target[/seconds]>', 'who is rung, in this order; may be given several times', readTarget)
    .option('--seconds <seconds>', 'how long each rings that has no /SECONDS of its own', readSeconds)
    .option('--notify <whom>', 'extension or number that gets a text for each message left')
  answers(
    add,
    context,
    async (client, name = '') => {
      const { to, seconds, notify } = add.opts<{ to: Target[]; seconds?: number; notify?: string }>()
      // Without either the service has its own default.
      const targets = seconds === undefined ? to : to.map((target) => ({ seconds, ...target }))
      const body = { name, targets, ...(notify === undefined ? {} : { notify }) }
      return await client.post('/v1/forwards', body, forwardShape)
    },
    (made) =>
      `Calls to ${plain(made.number)} are forwarded to ${plain(made.name)}'s targets; ${plain(made.voicemailNumber)} is the mailbox.`,
  )
}
