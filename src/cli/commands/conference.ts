import type { Command } from 'commander'
import { z } from 'zod'
import { answers, type Context } from '../context.ts'
import { plain, table } from '../output.ts'
import { addressShape, showAddress } from '../shapes.ts'

const memberShape = z.looseObject({
  call: z.string(),
  party: addressShape,
  muted: z.boolean(),
  deaf: z.boolean(),
  held: z.boolean(),
  speaking: z.boolean(),
})
const conferenceShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  startedAt: z.string().nullable(),
  members: z.array(memberShape),
})
const recordingShape = z.looseObject({ id: z.string(), ms: z.number() })
type ShownConference = z.infer<typeof conferenceShape>

/** Each word, the field that it sets and to what, and what is said then. */
const rights = [
  ['mute', 'muted', true, 'is no longer heard'],
  ['unmute', 'muted', false, 'is heard again'],
  ['deafen', 'deaf', true, 'hears nobody'],
  ['undeafen', 'deaf', false, 'hears the others again'],
  ['hold', 'held', true, 'is on hold'],
  ['unhold', 'held', false, 'is back'],
] as const

/** `conference list`, `show`, `mute` and its like, `kick`, `say`, `record`, `stop-record`, `end`. */
export function addConference(program: Command, context: Context): void {
  const conference = program.command('conference').description('calls that hear each other')
  answers(
    conference.command('list').description('conferences that are open'),
    context,
    (client) => client.get('/v1/conferences', z.object({ items: z.array(conferenceShape) })),
    ({ items }) => (items.length === 0 ? 'No conferences now.' : table(items.map(row))),
  )
  answers(
    conference.command('show').description('who is in it').argument('<name>', 'its name or its id'),
    context,
    (client, name = '') => client.get(pathOf(name), conferenceShape),
    ({ members }) => table(members.map(memberRow)),
  )
  for (const [word, field, value, said] of rights) {
    answers(
      conference
        .command(word)
        .description(`a member ${said}`)
        .argument('<name>', 'of the conference')
        .argument('<call>', 'call_…'),
      context,
      (client, name = '', call = '') => client.patch(memberPath(name, call), { [field]: value }, memberShape),
      ({ call }) => `${plain(call)} ${said}.`,
    )
  }
  answers(
    conference
      .command('kick')
      .description('put a member out; its call goes on')
      .argument('<name>', 'of the conference')
      .argument('<call>', 'call_…'),
    context,
    async (client, name = '', call = '') => {
      await client.delete(memberPath(name, call))
      return { kicked: call }
    },
    ({ kicked }) => `${plain(kicked)} is out.`,
  )
  answers(
    conference
      .command('say')
      .description('speak a text to all')
      .argument('<name>', 'of the conference')
      .argument('<text>', 'what is spoken'),
    context,
    async (client, name = '', text = '') => {
      await client.post(`${pathOf(name)}/play`, { prompt: text }, z.unknown())
      return { said: text }
    },
    () => 'It is heard now.',
    (field) => (field === '/prompt' ? 'TEXT' : undefined),
  )
  answers(
    conference.command('record').description('record all that is said').argument('<name>', 'of the conference'),
    context,
    (client, name = '') => client.post(`${pathOf(name)}/recordings`, {}, recordingShape),
    ({ id }) => `It is recorded as ${plain(id)}.`,
  )
  answers(
    conference
      .command('stop-record')
      .description('end a recording')
      .argument('<name>', 'of the conference')
      .argument('<recording>', 'rec_…'),
    context,
    (client, name = '', recording = '') =>
      client.post(`${pathOf(name)}/recordings/${encodeURIComponent(recording)}/stop`, {}, recordingShape),
    ({ id, ms }) => `${plain(id)} has ${(ms / 1000).toFixed(1)} s.`,
  )
  answers(
    conference.command('end').description('everybody leaves it').argument('<name>', 'its name or its id'),
    context,
    async (client, name = '') => {
      await client.delete(pathOf(name))
      return { ended: name }
    },
    ({ ended }) => `The conference ${plain(ended)} has ended.`,
  )
}

const pathOf = (name: string): string => `/v1/conferences/${encodeURIComponent(name)}`
const memberPath = (name: string, call: string): string => `${pathOf(name)}/members/${encodeURIComponent(call)}`

const row = ({ id, name, startedAt, members }: ShownConference): string[] => [
  id,
  name,
  startedAt === null ? 'waiting' : 'started',
  `${members.length} in it`,
]

function memberRow({ call, party, muted, deaf, held, speaking }: ShownConference['members'][number]): string[] {
  const states = Object.entries({ muted, deaf, 'on hold': held, speaking }).filter(([, is]) => is)
  return [call, showAddress(party), states.map(([word]) => word).join(', ')]
}
