import { gets, type Peer } from './peer.ts'
import { meeting, talkBetween } from './scenes.ts'
import type { Account, Hearing, Stage } from './stage.ts'

const account = 'MAOFFHOOKTHREESTYLES'

/** One document after the other, each where the last one's action leads. */
export async function byDocuments(stage: Stage, peer: Peer): Promise<Account> {
  const { service } = stage.house
  const hearings: Hearing[] = []
  const path = stage.path('documents')
  const at = (name: string): string => `${path}/${name}`
  const url = (name: string): string => stage.url(at(name))
  const rest = async <T>(method: string, resource: string, body?: object): Promise<T> => {
    const authorization = `Basic ${Buffer.from(`${account}:${service.token}`).toString('base64')}`
    const reply = await service.request(method, `/v1/Account/${account}/${resource}`, body, { authorization })
    if (reply.status > 299) throw new Error(`${resource} was answered ${reply.status}: ${JSON.stringify(reply.body)}`)
    return reply.body as T
  }

  const prompt = stage.sound(1.2)
  const said = stage.sound(1.2)
  const music = stage.sound(1.2)
  const callee = await stage.answering()
  stage.document(
    at('answer'),
    `<Speak>Hello</Speak><Play>${prompt.url}</Play><GetDigits action="${url('digits')}" numDigits="2" timeout="20"/>`,
  )
  stage.document(at('digits'), `<Record action="${url('said')}" maxLength="3" timeout="10" playBeep="false"/>`)
  stage.document(
    at('said'),
    `<Play loop="2">${music.url}</Play>
     <Record recordSession="true" recordChannelType="mono" callbackUrl="${url('recorded')}" redirect="false"/>
     <Dial action="${url('dialled')}"><User>sip:${callee.username}@phone.plivo.com</User></Dial>`,
  )
  stage.document(at('dialled'), '<Hangup/>')
  /** A number that leads to the document of this name. */
  const numberOf = async (name: string): Promise<string> => {
    const application = { app_name: `${path.slice(1)}-${name}`, answer_url: url(name) }
    const { app_id } = await rest<{ app_id: string }>('POST', 'Application/', application)
    const number = await stage.number()
    await rest('POST', `Number/${number.slice(1)}/`, { app_id })
    return number
  }

  const talk = await peer.call(await numberOf('answer'))
  const { CallUUID: call = '' } = await stage.told(at('answer'))
  await stage.line(call, 'gather')
  const greeted = talk.heard()
  hearings.push({ what: 'what was played', heard: greeted, sound: prompt })
  await talk.press('42')
  const { Digits: digits } = await stage.told(at('digits'))
  await stage.line(call, 'record')
  const from = talk.heard().length
  await talk.say(said.samples)
  const { RecordUrl = '' } = await stage.told(at('said'))
  hearings.push({ what: 'what was recorded', heard: await stage.house.download(RecordUrl), sound: said })
  await stage.line(call, 'monitor')
  hearings.push({ what: 'what was played again', heard: talk.heard().subarray(from), sound: music })

  const scene = await talkBetween(stage, call, talk, await callee.call)
  const { DialStatus } = await stage.told(at('dialled'))
  await talk.ended
  hearings.push(...scene.hearings)
  const monitored = await stage.house.download((await stage.told(at('recorded'))).RecordUrl ?? '')
  for (const sound of scene.sounds) hearings.push({ what: 'the monitored talk', heard: monitored, sound })

  const room = path.slice(1)
  const greeting = stage.sound(1.2)
  stage.document(at('room'), `<Conference>${room}</Conference>`)
  stage.document(at('rung'), `<Play>${greeting.url}</Play><DTMF>7</DTMF><Conference>${room}</Conference>`)
  const member = (await stage.house.phone(stage.house.stranger())).call(await numberOf('room'))
  const { CallUUID: other = '' } = await stage.told(at('room'))
  const { address, talk: rung } = await peer.awaits()
  await rest('POST', 'Call/', { from: '+15550100', to: address, answer_url: url('rung') })
  const second = await rung
  const { CallUUID: own = '', Direction } = await stage.told(at('rung'))
  const met = await meeting(stage, [own, other], second, member)
  hearings.push({ what: 'what was played to the one rung', heard: second.heard(), sound: greeting }, ...met.hearings)
  await gets(second, '7')
  await rest('DELETE', `Call/${own}/`)
  await second.ended
  await rest('DELETE', `Call/${other}/`)
  await member.ended

  return {
    hearings,
    words: [{ heard: greeted, words: 'Hello' }],
    results: {
      digits,
      transfer: DialStatus === 'completed' ? 'answered' : DialStatus,
      dial: Direction === 'outbound' ? 'answered' : Direction,
      encrypted: await stage.encrypted(call),
    },
  }
}
