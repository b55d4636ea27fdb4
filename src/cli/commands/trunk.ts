import type { Command } from 'commander'
import { answers, type Context } from '../context.ts'
import { plain, table } from '../output.ts'
import { engineShape, trunkShape } from '../shapes.ts'

interface Options {
  readonly username?: string
  readonly password?: string
  readonly register?: boolean
  readonly default?: boolean
  readonly srtp?: string
  readonly callerId?: string
  readonly offer?: string
}

export function addTrunk(program: Command, context: Context): void {
  const trunk = program.command('trunk').description('carriers and other switches, by SIP, Asterisk or FreeSWITCH')
  const add = trunk
    .command('add')
    .description('add a trunk')
    .argument('<name>', 'e.g. pstn')
    .argument(
      '<uri>',
      'where its calls go, e.g. "sip:sip.example.com;transport=udp", asterisk:PJSIP/{number}@carrier, freeswitch:sofia/gateway/carrier/{number}, africastalking:{number} or plivo:{number}',
    )
    .option('--username <username>', 'what it knows us as')
    .option('--password <password>', 'what we prove that with')
    .option('--register', 'sign in there, for a carrier that wants that')
    .option('--srtp <policy>', 'encrypted audio: off, allowed (unless given) or required')
    .option('--caller-id <number>', 'what others see of extensions without a number of their own')
    .option('--offer <policy>', 'whose offer of audio a call out has: early, ours (unless given), or delayed, theirs')
    .option('--default', 'send every call out by it whose number has no trunk of its own')
  answers(
    add,
    context,
    (client, name = '', uri = '') => {
      // Picked one by one: the options of every command, such as --json, are among them.
      const { username, password, register, srtp, offer, callerId, default: standard } = add.opts<Options>()
      const made = { name, uri, username, password, register, srtp, offer, callerId, default: standard }
      return client.post('/v1/trunks', made, trunkShape)
    },
    ({ id, name }) => `Trunk ${plain(name)} is ready. Its id: ${plain(id)}`,
    (field) => ({ '/name': 'NAME', '/uri': 'URI', '/callerId': '--caller-id' })[field] ?? `--${field.slice(1)}`,
  )
  answers(
    trunk.command('list').description('every trunk, and whether it is signed in'),
    context,
    (client) => client.list('/v1/trunks', trunkShape),
    (trunks) =>
      trunks.length === 0
        ? 'No trunks yet.'
        : table(
            trunks.map((row) => [
              row.id,
              row.name,
              row.uri,
              row.default === true ? 'default' : '',
              row.registration?.sentence ?? '',
            ]),
          ),
  )
  answers(
    trunk.command('engines').description('what carries calls, whether it is there, and what its calls do not do'),
    context,
    (client) => client.list('/v1/engines', engineShape),
    (engines) =>
      engines
        .map(({ name, place, sentence, capabilities: { lacks } }) =>
          [
            `${plain(name)}${place === null ? '' : ` at ${plain(place)}`}: ${plain(sentence)}`,
            ...lacks.map(({ feature, sentence: why }) => `  ${plain(feature)}: ${plain(why)}.`),
          ].join('\n'),
        )
        .join('\n'),
  )
  answers(
    trunk.command('remove').description('delete a trunk').argument('<id>', 'e.g. trk_01k…'),
    context,
    async (client, id = '') => {
      await client.delete(`/v1/trunks/${encodeURIComponent(id)}`)
      return { removed: id }
    },
    ({ removed }) => `Trunk ${plain(removed)} is gone.`,
  )
}
