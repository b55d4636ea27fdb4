import { type Command, InvalidArgumentError } from 'commander'
import { answers, type Context } from '../context.ts'
import { plain, table } from '../output.ts'
import { forwardShape } from '../shapes.ts'

interface Target {
  readonly to: string
  readonly seconds?: number
  /** As it was typed, to name it where it is refused. */
  readonly typed: string
}

/** `1001`, `1001/10` or `sip:ann@host/10`: after the last slash stand the seconds that it rings. */
export function readTarget(text: string, before: readonly Target[] = []): Target[] {
  // A SIP URI may have a slash of its own; nothing else that can be rung has one.
  const match = (/^\s*sips?:/i.test(text) ? /^(.+)\/([0-9]+)$/ : /^([^/]*)\/(.*)$/).exec(text)
  const to = (match?.[1] ?? text).trim()
  if (to === '')
    throw new InvalidArgumentError('A target is an extension, a number or a SIP URI, perhaps with /SECONDS.')
  if (match === null) return [...before, { to, typed: text }]
  return [...before, { to, seconds: readSeconds(match[2] ?? ''), typed: text }]
}

/** How long is too long is for the service to say. */
function readSeconds(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('The seconds are a whole number from 1 to 120.')
  return Number(text)
}

export function addForward(program: Command, context: Context): void {
  const forward = program.command('forward').description('numbers that ring targets in order and end in a mailbox')
  const add = forward
    .command('add')
    .description('make a forward; two numbers are rented for it')
    .argument('<name>', 'whose it is, e.g. Ann')
    .requiredOption('--to <target[/seconds]>', 'who is rung, in this order; may be given several times', readTarget)
    .option('--seconds <seconds>', 'how long each rings that has no /SECONDS of its own, 1 to 120', readSeconds)
    .option('--notify <whom>', 'extension or number that gets a text for each message left')
    .option('--email <address>', 'who gets a copy of each message left')
    .option('--audio <kind>', 'what a copy has with it: wav, mp3 or none', 'mp3')
  const options = () => add.opts<{ to: Target[]; seconds?: number; notify?: string; email?: string; audio: string }>()
  answers(
    add,
    context,
    async (client, name = '') => {
      const { to, seconds: otherwise, notify, email, audio } = options()
      const targets = to.map(({ to: target, seconds = otherwise }) => ({
        to: target,
        // Without either the service has its own default.
        ...(seconds === undefined ? {} : { seconds }),
      }))
      const copies = email === undefined ? {} : { email: { to: email, audio } }
      const body = { name, targets, ...(notify === undefined ? {} : { notify }), ...copies }
      return await client.post('/v1/forwards', body, forwardShape)
    },
    (made) =>
      `Calls to ${plain(made.number)} are forwarded to ${plain(made.name)}'s targets; ${plain(made.voicemailNumber)} is the mailbox.\nIts id: ${plain(made.id)}`,
    (field) => wordOf(field, options().to),
  )
  answers(
    forward.command('list').description('every forward: its id, numbers and targets'),
    context,
    (client) => client.list('/v1/forwards', forwardShape),
    (forwards) =>
      forwards.length === 0
        ? 'No forwards yet.'
        : table(
            forwards.map(({ id, name, number, voicemailNumber, targets = [], notify }) => [
              id,
              name,
              number,
              `mailbox ${voicemailNumber}`,
              `rings ${targets.map(({ to, seconds }) => `${to}/${seconds}`).join(', ')}`,
              notify == null ? '' : `texts ${notify}`,
            ]),
          ),
  )
  answers(
    forward.command('remove').description('delete a forward; its numbers are released').argument('<id>', 'fwd_…'),
    context,
    async (client, id = '') => {
      await client.delete(`/v1/forwards/${encodeURIComponent(id)}`)
      return { removed: id }
    },
    ({ removed }) => `Forward ${plain(removed)} is gone.`,
  )
}

const words: Readonly<Record<string, string>> = {
  ...{ '/name': 'NAME', '/notify': '--notify', '/targets': '--to' },
  ...{ '/email': '--email', '/email/to': '--email', '/email/audio': '--audio' },
}

/** What was typed for a field of the request. */
function wordOf(field: string, targets: readonly Target[]): string | undefined {
  const [, index, part] = /^\/targets\/([0-9]+)\/(to|seconds)$/.exec(field) ?? []
  const target = targets[Number(index)]
  if (target === undefined) return words[field]
  if (part === 'to') return `--to ${target.typed}`
  return target.seconds === undefined ? '--seconds' : `--to ${target.typed}, seconds`
}
