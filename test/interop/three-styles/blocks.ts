import { Offhook } from '../../../src/client/index.ts'
import type { IvrResult } from '../../../src/client/result.ts'
import type { Peer } from './peer.ts'
import { hears } from './peer.ts'
import { meeting, talkBetween } from './scenes.ts'
import type { Account, Form, Hearing, Stage } from './stage.ts'

/** Block by block, each asked for when the last one was told. */
export async function byBlocks(stage: Stage, peer: Peer): Promise<Account> {
  const { house } = stage
  const name = stage.path('app').slice(1)
  const token = { name, scopes: ['calls:write'] }
  const app = await house.service.api<{ id: string; token: string }>('POST', '/v1/tokens', token)
  const { ivr } = new Offhook({ url: house.service.url, appId: app.id, accessToken: app.token })
  const hearings: Hearing[] = []
  /** Asks for a block and waits until it is told. */
  const run = async (block: string, ask: (notifyUrl: string) => Promise<IvrResult>): Promise<Form> => {
    const path = stage.path(`${name}-${block}`)
    accepted(block, await ask(stage.url(path)))
    return stage.told(path)
  }

  const arrival = stage.path(`${name}-answer`)
  const talk = await peer.call(await stage.number({ kind: 'notify', url: stage.url(arrival), token: app.id }))
  const { session = '' } = await stage.told(arrival)
  const call = callOf(session)

  const prompt = stage.sound(1.2)
  await run('play', (notifyUrl) => ivr.play(session, `Hello <url>${prompt.url}</url>`, { notifyUrl }))
  const greeted = talk.heard()
  hearings.push({ what: 'what was played', heard: greeted, sound: prompt })

  const gathering = run('gather', (notifyUrl) => ivr.gather(session, { maxDigits: 2, timeout: 20, notifyUrl }))
  await stage.line(call, 'answered')
  await talk.press('42')
  const { digits } = await gathering

  const said = stage.sound(1.2)
  const recording = run('record', (notifyUrl) => ivr.record(session, { maxDuration: 3, notifyUrl }))
  await stage.line(call, 'record')
  await talk.say(said.samples)
  const { record_url = '' } = await recording
  hearings.push({ what: 'what was recorded', heard: await house.download(record_url), sound: said })

  const music = stage.sound(1.2)
  const from = talk.heard().length
  await run('hold', (notifyUrl) => ivr.hold(session, { msg: `<url>${music.url}</url>`, notifyUrl }))
  await hears(talk, 2.6)
  await run('unhold', (notifyUrl) => ivr.unhold(session, { notifyUrl }))
  hearings.push({ what: 'the music on hold', heard: talk.heard().subarray(from), sound: music })

  const recorded = stage.path(`${name}-recorded`)
  await run('monitor', (notifyUrl) => ivr.monitor(session, { notifyUrl, monitorNotifyUrl: stage.url(recorded) }))
  const callee = await stage.answering()
  const over = run('transfer', (notifyUrl) => ivr.transfer(session, callee.username, { notifyUrl }))
  const scene = await talkBetween(stage, call, talk, await callee.call)
  const transfer = await over
  await talk.ended
  hearings.push(...scene.hearings)
  const monitored = await house.download((await stage.told(recorded)).record_url ?? '')
  for (const sound of scene.sounds) hearings.push({ what: 'the monitored talk', heard: monitored, sound })

  const { address, talk: rung } = await peer.awaits()
  const greeting = stage.sound(1.2)
  const dialed = stage.path(`${name}-dial`)
  const answer = await ivr.dial(address, { msg: `<url>${greeting.url}</url>`, notifyUrl: stage.url(dialed) })
  accepted('dial', answer)
  const second = await rung
  const { dial_status } = await stage.told(dialed)
  hearings.push({ what: 'what was said to the one rung', heard: second.heard(), sound: greeting })

  const entrance = stage.path(`${name}-entrance`)
  const door = await stage.number({ kind: 'notify', url: stage.url(entrance), token: app.id })
  const member = (await house.phone(house.stranger())).call(door)
  const { session: other = '' } = await stage.told(entrance)
  const room = await ivr.transfer(other, 'room:')
  accepted('transfer', room)
  const own = answer.session ?? ''
  accepted('transfer', await ivr.transfer(own, `room:${room.room}`))
  const met = await meeting(stage, [callOf(own), callOf(other)], second, member)
  hearings.push(...met.hearings)
  accepted('hangup', await ivr.hangup(own, { force: true }))
  await second.ended
  accepted('hangup', await ivr.hangup(other, { force: true }))
  await member.ended

  return {
    hearings,
    // Blocks are said by a woman unless they ask for a man.
    words: [{ heard: greeted, words: 'Hello', voice: 'slt' }],
    results: { digits, transfer: transfer.transfer_status, dial: dial_status, encrypted: await stage.encrypted(call) },
  }
}

const callOf = (session: string): string => `call_${session.slice(1)}`

function accepted(block: string, result: IvrResult): void {
  if (!result.isSuccess()) throw new Error(`${block} was answered ${result.status()}`)
}
