import { z } from 'zod'
import type { CallId } from '../../../phone/id.ts'
import { Problem } from '../../../phone/problem.ts'
import type { MemberRights, Room, RoomMember } from '../../../phone/room.ts'
import type { Api } from '../../options.ts'
import { webMethod, webUrl } from './application.ts'
import { target } from './call.ts'
import { apiId, base, open, tokenOf } from './door.ts'
import type { DocumentDesk, LiveFacts } from './ports.ts'
import { checkLanguage, Speak, spoken } from './speak.ts'
import { transcriptionFields, transcriptionOf } from './transcription.ts'

const Record = z
  .object({
    file_format: z.enum(['mp3', 'wav']).default('mp3'),
    time_limit: z.coerce.number().int().min(1).max(7200).optional(),
    callback_url: webUrl.optional(),
    callback_method: webMethod.default('POST'),
    ...transcriptionFields,
  })
  .prefault({})
const Play = z.object({ url: webUrl })

const params = z.object({ auth_id: z.string(), name: z.string() })
const memberParams = params.extend({ member: z.string() })
const named = { ...open, schema: { ...open.schema, params } }
const one = { ...open, schema: { ...open.schema, params: memberParams } }

/** Conferences that are open now. A member is known by the id of its call; `all` and lists with commas name several. */
export function registerConferences(app: Api, desk: DocumentDesk): void {
  const list = `${base}/Conference/`
  const at = `${list}:name/`
  const member = `${at}Member/:member/`

  function find(name: string): Room {
    const room = desk.room(name)
    if (room === undefined) throw new Problem('not_found', `there is no conference ${JSON.stringify(name)}`)
    return room
  }

  function membersOf(given: z.infer<typeof memberParams>): {
    readonly room: Room
    readonly members: readonly RoomMember[]
  } {
    const room = find(given.name)
    if (given.member === 'all') return { room, members: room.members }
    const members = given.member.split(',').map((id) => {
      const found = room.members.find(({ call }) => call === id)
      if (found === undefined)
        throw new Problem('not_found', `${id} is no member of the conference ${JSON.stringify(given.name)}`)
      return found
    })
    return { room, members }
  }

  const told = (message: string, members: readonly RoomMember[]) => ({
    api_id: apiId(),
    message,
    member_id: members.map(({ call }) => call),
  })

  app.get(list, open, async () => ({ api_id: apiId(), conferences: desk.rooms().map(({ name }) => name) }))
  app.delete(list, open, async (_request, reply) => {
    for (const room of desk.rooms()) await hangUpAll(room.members)
    return reply.code(204).send()
  })
  app.get(at, named, async (request) => {
    const room = find(request.params.name)
    const now = desk.now()
    return {
      api_id: apiId(),
      conference_name: room.name,
      conference_uuid: room.id,
      conference_run_time: seconds(now - (room.startedAt ?? now)),
      conference_member_count: String(room.members.length),
      members: room.members.map((one) => showMember(one, desk.live(one.call), now)),
    }
  })
  app.delete(at, named, async (request, reply) => {
    await hangUpAll(find(request.params.name).members)
    return reply.code(204).send()
  })

  async function hangUpAll(members: readonly RoomMember[]): Promise<void> {
    for (const { call } of [...members]) await desk.hangUp(call)
  }

  app.delete(member, one, async (request, reply) => {
    await hangUpAll(membersOf(request.params).members)
    return reply.code(204).send()
  })
  app.post(`${member}Kick/`, one, async (request, reply) => {
    const { room, members } = membersOf(request.params)
    for (const { call } of [...members]) await room.kick(call)
    return reply.code(202).send(told('kicked', members))
  })

  const rights: readonly (readonly [path: string, message: string, right: (on: boolean) => MemberRights])[] = [
    ['Mute', 'muted', (muted) => ({ muted })],
    ['Deaf', 'deaf', (deaf) => ({ deaf })],
  ]
  for (const [path, message, right] of rights) {
    const set = async (given: z.infer<typeof memberParams>, on: boolean): Promise<readonly RoomMember[]> => {
      const { room, members } = membersOf(given)
      for (const { call } of members) await room.set(call, right(on))
      return members
    }
    app.post(`${member}${path}/`, one, async (request, reply) =>
      reply.code(202).send(told(message, await set(request.params, true))),
    )
    app.delete(`${member}${path}/`, one, async (request, reply) => {
      await set(request.params, false)
      return reply.code(204).send()
    })
  }

  app.post(`${member}Play/`, { ...one, schema: { ...one.schema, body: Play } }, async (request, reply) => {
    const { room, members } = membersOf(request.params)
    const prompt = { kind: 'url', url: request.body.url } as const
    await Promise.all(members.map(({ call }) => desk.playInRoom(room, call, prompt)))
    return reply.code(202).send(told('play queued into conference', members))
  })
  app.post(`${member}Speak/`, { ...one, schema: { ...one.schema, body: Speak } }, async (request, reply) => {
    checkLanguage(request.body, desk)
    const { room, members } = membersOf(request.params)
    const prompt = spoken(request.body)
    await Promise.all(members.map(({ call }) => desk.playInRoom(room, call, prompt)))
    return reply.code(202).send(told('speak queued into conference', members))
  })
  for (const path of ['Play', 'Speak'])
    app.delete(`${member}${path}/`, one, async (request, reply) => {
      const { room, members } = membersOf(request.params)
      for (const { call } of members) await room.stopPlaying(call)
      return reply.code(204).send()
    })

  app.post(`${at}Record/`, { ...named, schema: { ...named.schema, body: Record } }, async (request, reply) => {
    const { file_format: format, time_limit: limit, callback_url: url, callback_method: method } = request.body
    const { id, url: audio } = await desk.recordRoom(find(request.params.name), {
      format,
      token: tokenOf(request),
      ...(limit === undefined ? {} : { seconds: limit }),
      ...(url === undefined ? {} : { callback: target(url, method) }),
      ...transcriptionOf(request.body),
    })
    return reply
      .code(202)
      .send({ api_id: apiId(), message: 'conference recording started', recording_id: id, url: audio })
  })
  app.delete(`${at}Record/`, named, async (request, reply) => {
    desk.stopRoomRecording(find(request.params.name))
    return reply.code(204).send()
  })
}

const seconds = (ms: number): string => String(Math.max(0, Math.round(ms / 1000)))

const showMember = (
  { call, muted, deaf, joinedAt }: RoomMember & { readonly call: CallId },
  live: LiveFacts | undefined,
  now: number,
) => ({
  member_id: call,
  call_uuid: call,
  muted,
  deaf,
  from: live?.from ?? '',
  to: live?.to ?? '',
  caller_name: live?.name ?? '',
  direction: live?.direction ?? 'inbound',
  join_time: seconds(now - joinedAt),
})
