import { z } from 'zod'
import { isId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import type { Room, RoomMember } from '../../phone/room.ts'
import { getRecording } from '../../store/recordings.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { AddressShape, body, exampleId, id, iso, problem, showAddress, time } from '../shapes.ts'
import { PromptShape } from './action-shape.ts'
import { toPrompt } from './read-action.ts'
import { Recording, showRecording } from './recordings.ts'

const memberExample = {
  call: exampleId('call'),
  party: { kind: 'number' as const, address: '+15550142', raw: '+15550142' },
  joinedAt: '2026-01-05T12:00:00.000Z',
  muted: false,
  deaf: false,
  held: false,
  speaking: true,
  endOnExit: false,
}
const Member = z
  .object({
    call: z.string(),
    party: AddressShape,
    joinedAt: time,
    muted: z.boolean().describe('Is not heard'),
    deaf: z.boolean().describe('Hears nobody'),
    held: z.boolean().describe('Hears music, and is not heard'),
    speaking: z.boolean(),
    endOnExit: z.boolean().describe('The conference ends when this one leaves'),
  })
  .meta({ id: 'ConferenceMember', examples: [memberExample] })
const Conference = z
  .object({
    id: z.string().describe('Another one each time that the name is opened'),
    name: z.string(),
    openedAt: time,
    startedAt: time.nullable().describe('null while all wait for one who may begin it'),
    members: z.array(Member).describe('In the order in which they came'),
  })
  .meta({
    id: 'Conference',
    examples: [
      {
        id: exampleId('room'),
        name: 'standup',
        openedAt: '2026-01-05T12:00:00.000Z',
        startedAt: '2026-01-05T12:00:00.000Z',
        members: [memberExample],
      },
    ],
  })
const SetMember = body({
  muted: z.boolean().optional(),
  deaf: z.boolean().optional(),
  held: z.boolean().optional(),
}).meta({ id: 'SetConferenceMember', examples: [{ muted: true }] })
const PlayInConference = body({
  prompt: PromptShape,
  member: id('call').optional().describe('Heard by this one alone, in place of the others'),
  times: z.int().min(0).max(100).optional().describe('0: until stopped'),
}).meta({ id: 'PlayInConference', examples: [{ prompt: 'Five minutes left' }] })
const StopPlaying = body({ member: id('call').optional() }).meta({
  id: 'StopPlayingInConference',
  examples: [{}, { member: exampleId('call') }],
})
const RecordConference = body({ maxSeconds: z.int().min(1).max(7200).optional() }).meta({
  id: 'RecordConference',
  examples: [{}, { maxSeconds: 3600 }],
})

/** Conferences that are open; one is opened by the first call that joins it, and is gone with the last. */
export function registerConferences(app: Api, options: ApiOptions): void {
  const { store, phone } = options
  const tags = ['conferences']
  const params = z.object({ name: z.string().min(1).max(256).describe('Its name or its id') })
  const ofMember = params.extend({ call: id('call') })
  const show = showRecording(options)

  function find(key: string): Room {
    const room = phone.conferences.find(key)
    if (room === undefined) throw new Problem('not_found', `There is no conference ${JSON.stringify(key)} now.`)
    return room
  }
  function memberOf(room: Room, call: string): RoomMember {
    const member = room.members.find((one) => one.call === call)
    if (member === undefined) throw new Problem('not_found', `${call} is not in the conference ${room.name}.`)
    return member
  }

  app.get(
    '/v1/conferences',
    {
      config: reads('calls'),
      schema: {
        tags,
        summary: 'Conferences that are open',
        response: { 200: z.object({ items: z.array(Conference) }), ...problem },
      },
    },
    async () => ({ items: phone.conferences.all().map(showRoom) }),
  )

  app.get(
    '/v1/conferences/:name',
    {
      config: reads('calls'),
      schema: { tags, summary: 'One conference with its members', params, response: { 200: Conference, ...problem } },
    },
    async (request) => showRoom(find(request.params.name)),
  )

  app.delete(
    '/v1/conferences/:name',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'End a conference',
        description: 'Its members leave it with `room_ended`; what becomes of their calls is up to what they do next.',
        params,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      await find(request.params.name).end()
      return reply.code(204).send(null)
    },
  )

  app.patch(
    '/v1/conferences/:name/members/:call',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Mute, deafen or hold a member',
        params: ofMember,
        body: SetMember,
        response: { 200: Member, ...problem },
      },
    },
    async (request) => {
      const room = find(request.params.name)
      const { call } = memberOf(room, request.params.call)
      const { muted, deaf, held } = request.body
      await room.set(call, {
        ...(muted === undefined ? {} : { muted }),
        ...(deaf === undefined ? {} : { deaf }),
        ...(held === undefined ? {} : { held }),
      })
      return showMember(memberOf(room, call))
    },
  )

  app.delete(
    '/v1/conferences/:name/members/:call',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Put a member out; its call goes on',
        params: ofMember,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const room = find(request.params.name)
      await room.kick(memberOf(room, request.params.call).call)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/v1/conferences/:name/play',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Play to all, or to one member',
        description: 'Answers as soon as it is heard. Takes the place of what is played there.',
        params,
        body: PlayInConference,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const room = find(request.params.name)
      const { prompt, member, times } = request.body
      if (member !== undefined) memberOf(room, member)
      await new Promise<void>((resolve, reject) => {
        const more = { ...(member === undefined ? {} : { member }), ...(times === undefined ? {} : { times }) }
        room.play(toPrompt(prompt), { ...more, onBegin: resolve }).then(() => resolve(), reject)
      })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/v1/conferences/:name/stop-playing',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Stop what is played to all, or to one member',
        params,
        body: StopPlaying,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const room = find(request.params.name)
      const { member } = request.body
      if (member !== undefined) memberOf(room, member)
      await room.stopPlaying(member)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/v1/conferences/:name/recordings',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'Record all that is said and announced',
        description: 'To the end of the conference unless stopped. One at a time: a second one ends the first.',
        params,
        body: RecordConference,
        response: { 201: Recording, ...problem },
      },
    },
    async (request, reply) => {
      const key = await phone.conferences.record(find(request.params.name), request.body.maxSeconds)
      return reply
        .code(201)
        .header('Location', `/v1/recordings/${key}`)
        .send(show(await recordingOf(key)))
    },
  )

  app.post(
    '/v1/conferences/:name/recordings/:recording/stop',
    {
      config: writes('calls'),
      schema: {
        tags,
        summary: 'End a recording',
        params: params.extend({ recording: id('recording') }),
        response: { 200: Recording, ...problem },
      },
    },
    async (request) => {
      const { recording } = request.params
      if (!isId('recording', recording) || !(await phone.conferences.stopRecording(recording)))
        throw new Problem('not_found', `The recording ${recording} does not run.`)
      return show(await recordingOf(recording))
    },
  )

  async function recordingOf(key: string) {
    const row = await getRecording(store.db, key)
    if (row === undefined) throw new Problem('not_found', `There is no recording ${key}.`)
    return row
  }
}

const showMember = ({ party, joinedAt, ...member }: RoomMember): z.infer<typeof Member> => ({
  ...member,
  party: showAddress(party),
  joinedAt: iso(new Date(joinedAt)),
})

const showRoom = ({ id: key, name, openedAt, startedAt, members }: Room): z.infer<typeof Conference> => ({
  id: key,
  name,
  openedAt: iso(new Date(openedAt)),
  startedAt: startedAt === undefined ? null : iso(new Date(startedAt)),
  members: members.map(showMember),
})
