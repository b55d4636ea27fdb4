import type { PhoneCall } from '../../kit/phone-call.ts'
import { hears, type Peer } from './peer.ts'
import { meeting, talkBetween } from './scenes.ts'
import type { Account, Hearing, Stage } from './stage.ts'

type Result = Readonly<Record<string, unknown>>

interface ShownAction {
  readonly id: string
  readonly state: string
  readonly result: Result | null
  readonly error: { readonly sentence: string } | null
}

export const actionResults = {
  gathered: { digits: '1', end: 'timeout' },
  stopped: 'stopped',
  dialled: 'answered',
  monitored: 'stopped',
  away: 'failed',
  busy: 'failed',
  left: 'kicked',
  uri: 'transferred',
  number: 'transferred',
  said: true,
  by: 'person',
}

/** What the actions take besides: MP3, keys that are not allowed, stops, dial, stereo, rights in a conference, last words, SIP URIs. */
export async function byFurtherActions(stage: Stage, peer: Peer): Promise<Account> {
  const { service } = stage.house
  const hearings: Hearing[] = []
  const act = (call: string, body: object): Promise<ShownAction> =>
    service.api<ShownAction>('POST', `/v1/calls/${call}/actions`, body)
  const over = async (call: string, { id }: ShownAction): Promise<Result> => {
    const path = `/v1/calls/${call}/actions/${id}`
    const { result, error } = await service.until<ShownAction>(path, ({ state }) => state !== 'running', 60_000)
    if (result === null) throw new Error(error?.sentence ?? `the action ${id} has no result`)
    return result
  }
  const run = async (call: string, body: object): Promise<Result> => over(call, await act(call, body))

  const number = await stage.number({ kind: 'api' })
  const talk = await peer.call(number)
  const { id: call } = await stage.house.callFrom(peer.name)
  await run(call, { block: 'answer' })

  const tones = await stage.mp3()
  await run(call, { block: 'play', prompt: { url: tones.url } })
  hearings.push({ what: 'an MP3', heard: talk.heard(), sound: tones })

  const question = stage.sound(10)
  const wrong = stage.sound(1.2)
  const gathering = await act(call, {
    ...{ block: 'gather', prompt: { url: question.url }, invalid: { url: wrong.url }, bargeIn: true },
    ...{ maxDigits: 2, allowed: '12', attempts: 3, firstDigitMs: 20_000, interDigitMs: 1500 },
  })
  await hears(talk, 1)
  const from = talk.heard().length
  await talk.press('9')
  await hears(talk, 2)
  hearings.push({ what: 'that a key is not allowed', heard: talk.heard().subarray(from), sound: wrong })
  await talk.press('1')
  const { digits, end } = await over(call, gathering)

  const song = stage.sound(1.2)
  const playing = await act(call, { block: 'play', prompt: { url: song.url }, times: 0 })
  await hears(talk, 2.6)
  await run(call, { block: 'stop' })
  const { kind: stopped } = await over(call, playing)

  const monitor = await run(call, { block: 'monitor', channels: 'stereo' })
  const callee = await stage.answering()
  const dialling = await act(call, { block: 'dial', targets: [{ to: callee.username }] })
  const scene = await talkBetween(stage, call, talk, await callee.call)
  hearings.push(...scene.hearings)
  const { kind: dialled } = await over(call, dialling)
  const { end: monitored } = await run(call, { block: 'stop_monitor' })
  const kept = ({ state }: { state: string }): boolean => state === 'kept'
  const { url } = await service.until<{ url: string; state: string }>(`/v1/recordings/${monitor.recording}`, kept)
  const [left, right] = await stage.sides(url)
  const [answered, asked] = scene.sounds
  if (asked !== undefined) hearings.push({ what: 'the peer, on the left', heard: left, sound: asked })
  if (answered !== undefined) hearings.push({ what: 'what it heard, on the right', heard: right, sound: answered })

  const listening = await act(call, { block: 'listen', firstWordMs: 20_000 })
  await stage.line(call, 'listen')
  await talk.say(await stage.words('for billing, press two'))
  const { text } = await over(call, listening)

  const to = await stage.house.extension()
  const { kind: away } = await run(call, { block: 'transfer', to, seconds: 2, onFailure: 'continue' })
  const engaged = await stage.busy()
  const { kind: busy } = await run(call, { block: 'transfer', to: engaged.number, onFailure: 'continue' })

  const room = stage.path('room').slice(1)
  const stranger = stage.house.stranger()
  const member = (await stage.house.phone(stranger)).call(number)
  const { id: other } = await stage.house.callFrom(stranger)
  await act(other, { block: 'join', room })
  const joined = await act(call, { block: 'join', room, muted: true, deaf: true })
  await stage.line(call, 'room')
  await service.api('PATCH', `/v1/conferences/${room}/members/${call}`, { muted: false, deaf: false })
  const met = await meeting(stage, [call, other], talk, member)
  hearings.push(...met.hearings)
  await service.request('DELETE', `/v1/conferences/${room}/members/${call}`)
  const { end: kicked } = await over(call, joined)
  await run(other, { block: 'hangup' })
  await member.ended

  const last = stage.sound(1.2)
  await run(call, { block: 'hangup', message: { url: last.url } })
  await talk.ended
  hearings.push({ what: 'last words', heard: talk.heard(), sound: last })

  /** Another call is transferred, and the two hear each other. */
  const transferred = async (reach: (number: string) => Promise<readonly [to: string, callee: Promise<PhoneCall>]>) => {
    const another = await stage.number({ kind: 'api' })
    const [to, callee] = await reach(another)
    const talk = await peer.call(another)
    const { id: again } = await stage.house.callTo(another)
    const transfer = await act(again, { block: 'transfer', to })
    hearings.push(...(await talkBetween(stage, again, talk, await callee)).hearings)
    const { kind } = await over(again, transfer)
    await talk.ended
    return kind
  }
  const uri = await transferred(async () => {
    const abroad = await stage.abroad()
    return [abroad.uri, abroad.call]
  })
  const outer = await transferred(async (ours) => {
    const outside = await stage.outside(ours)
    return [outside.e164, outside.call]
  })

  const { address, talk: rung } = await peer.awaits()
  const placed = await service.api<{ id: string }>('POST', '/v1/calls', { app: 'api', from: '+15550100', to: address })
  const third = await rung
  await service.until<{ state: string }>(`/v1/calls/${placed.id}`, ({ state }) => state === 'up')
  const detecting = await act(placed.id, { block: 'detect' })
  await third.say(await stage.words('Hello?'))
  const { by } = await over(placed.id, detecting)
  await run(placed.id, { block: 'hangup' })
  await third.ended

  return {
    hearings,
    results: {
      ...{ gathered: { digits, end }, stopped, dialled, monitored, away, busy, left: kicked, uri, number: outer, by },
      said: /press two/.test(String(text)),
    },
  }
}
