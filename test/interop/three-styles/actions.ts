import type { ShownCall } from '../../kit/house.ts'
import { gets, hears, type Peer } from './peer.ts'
import { meeting, talkBetween } from './scenes.ts'
import type { Account, Hearing, Stage } from './stage.ts'

interface ShownAction {
  readonly id: string
  readonly state: string
  readonly result: Readonly<Record<string, unknown>> | null
  readonly error: { readonly sentence: string } | null
}

/** Action by action of the native API. */
export async function byActions(stage: Stage, peer: Peer): Promise<Account> {
  const { service } = stage.house
  const hearings: Hearing[] = []
  const act = (call: string, body: object): Promise<ShownAction> =>
    service.api<ShownAction>('POST', `/v1/calls/${call}/actions`, body)
  const over = async (call: string, { id }: ShownAction): Promise<Readonly<Record<string, unknown>>> => {
    const path = `/v1/calls/${call}/actions/${id}`
    const { result, error } = await service.until<ShownAction>(path, ({ state }) => state !== 'running', 30_000)
    if (result === null) throw new Error(error?.sentence ?? `the action ${id} has no result`)
    return result
  }
  const run = async (call: string, body: object) => over(call, await act(call, body))
  const recordingOf = async ({ recording }: Readonly<Record<string, unknown>>): Promise<Int16Array> => {
    const kept = ({ state }: { state: string }): boolean => state === 'kept'
    const { url } = await service.until<{ url: string; state: string }>(`/v1/recordings/${recording}`, kept)
    return stage.house.download(url)
  }

  const talk = await peer.call(await stage.number({ kind: 'api' }))
  const { id: call } = await stage.house.callFrom(peer.name)
  await run(call, { block: 'answer' })

  const prompt = stage.sound(1.2)
  await run(call, { block: 'play', prompt: ['Hello', { url: prompt.url }] })
  const greeted = talk.heard()
  hearings.push({ what: 'what was played', heard: greeted, sound: prompt })

  const gathering = await act(call, { block: 'gather', maxDigits: 2, firstDigitMs: 20_000 })
  await talk.press('42')
  const { digits } = await over(call, gathering)

  const said = stage.sound(1.2)
  const recording = await act(call, { block: 'record', maxSeconds: 3 })
  await stage.line(call, 'record')
  await talk.say(said.samples)
  hearings.push({ what: 'what was recorded', heard: await recordingOf(await over(call, recording)), sound: said })

  const music = stage.sound(1.2)
  const from = talk.heard().length
  await run(call, { block: 'hold', music: { url: music.url } })
  await hears(talk, 2.6)
  await run(call, { block: 'unhold' })
  hearings.push({ what: 'the music on hold', heard: talk.heard().subarray(from), sound: music })

  const monitor = await run(call, { block: 'monitor', channels: 'mono' })
  const callee = await stage.answering()
  const transfer = await act(call, { block: 'transfer', to: callee.username })
  const scene = await talkBetween(stage, call, talk, await callee.call)
  await talk.ended
  hearings.push(...scene.hearings)
  const { kind } = await over(call, transfer)
  const monitored = await recordingOf(monitor)
  for (const sound of scene.sounds) hearings.push({ what: 'the monitored talk', heard: monitored, sound })

  const { address, talk: rung } = await peer.awaits()
  const placed = await service.api<ShownCall>('POST', '/v1/calls', { app: 'api', from: '+15550100', to: address })
  const second = await rung
  await service.until<ShownCall>(`/v1/calls/${placed.id}`, ({ state }) => state === 'up')
  const greeting = stage.sound(1.2)
  await run(placed.id, { block: 'play', prompt: { url: greeting.url } })
  hearings.push({ what: 'what was said to the one rung', heard: second.heard(), sound: greeting })
  await run(placed.id, { block: 'send', digits: '7' })
  await gets(second, '7')
  const { answeredAt } = await service.api<ShownCall>('GET', `/v1/calls/${placed.id}`)

  const room = stage.path('room').slice(1)
  const stranger = stage.house.stranger()
  const member = (await stage.house.phone(stranger)).call(await stage.number({ kind: 'api' }))
  const { id: other } = await stage.house.callFrom(stranger)
  await act(other, { block: 'join', room })
  await act(placed.id, { block: 'join', room })
  const met = await meeting(stage, [placed.id, other], second, member)
  hearings.push(...met.hearings)
  await run(placed.id, { block: 'hangup' })
  await second.ended
  await run(other, { block: 'hangup' })
  await member.ended

  return {
    hearings,
    words: [{ heard: greeted, words: 'Hello' }],
    results: {
      digits,
      transfer: kind === 'transferred' ? 'answered' : kind,
      dial: answeredAt === null ? 'unanswered' : 'answered',
      encrypted: await stage.encrypted(call),
    },
  }
}
