import { hears, type Peer } from './peer.ts'
import { meeting, talkBetween } from './scenes.ts'
import type { Account, Hearing, Stage } from './stage.ts'

const account = 'MAOFFHOOKFURTHERTEST'

export const documentResults = {
  input: { InputType: 'dtmf', Digits: '42' },
  digits: '5',
  busy: 'busy',
  uri: 'completed',
  outer: 'completed',
  texts: ['From a document'],
}

/** What documents take besides: MP3, what is heard before the answer, GetInput, attempts, Wait, Redirect, Message, Number, rights in a conference. */
export async function byFurtherDocuments(stage: Stage, peer: Peer): Promise<Account> {
  const { house } = stage
  const hearings: Hearing[] = []
  const path = stage.path('further')
  const at = (name: string): string => `${path}/${name}`
  const url = (name: string): string => stage.url(at(name))
  const rest = async <T>(method: string, resource: string, body?: object): Promise<T> => {
    const authorization = `Basic ${Buffer.from(`${account}:${house.service.token}`).toString('base64')}`
    const reply = await house.service.request(method, `/v1/Account/${account}/${resource}`, body, { authorization })
    if (reply.status > 299) throw new Error(`${resource} was answered ${reply.status}: ${JSON.stringify(reply.body)}`)
    return reply.body as T
  }
  const numberOf = async (name: string): Promise<string> => {
    const application = { app_name: `${path.slice(1)}-${name}`, answer_url: url(name) }
    const { app_id } = await rest<{ app_id: string }>('POST', 'Application/', application)
    const number = await stage.number()
    await rest('POST', `Number/${number.slice(1)}/`, { app_id })
    return number
  }

  const early = stage.sound(1.2)
  const tones = await stage.mp3()
  const question = stage.sound(1.2)
  const engaged = await stage.busy()
  const reader = await house.signedIn()
  const abroad = await stage.abroad()
  const room = path.slice(1)
  stage.document(
    at('answer'),
    `<PreAnswer><Play>${early.url}</Play></PreAnswer><Play>${tones.url}</Play><Wait length="1"/><Redirect>${url('next')}</Redirect>`,
  )
  stage.document(
    at('next'),
    `<GetInput action="${url('input')}" inputType="dtmf" numDigits="2" executionTimeout="20"><Speak>Two keys</Speak></GetInput>`,
  )
  stage.document(
    at('input'),
    `<GetDigits action="${url('digits')}" numDigits="1" validDigits="5" retries="3" timeout="1"><Play>${question.url}</Play></GetDigits>`,
  )
  const number = await numberOf('answer')
  const outside = await stage.outside(number)
  stage.document(
    at('digits'),
    `<Message src="${number.slice(1)}" dst="${reader.username}">From a document</Message>
     <Dial action="${url('engaged')}"><Number>${engaged.number.slice(1)}</Number></Dial>`,
  )
  stage.document(
    at('engaged'),
    `<Record recordSession="true" recordChannelType="stereo" fileFormat="wav" redirect="false" callbackUrl="${url('sides')}"/>
     <Dial action="${url('far')}"><User>${abroad.uri}</User></Dial>`,
  )
  stage.document(at('far'), `<Dial action="${url('outer')}"><Number>${outside.e164.slice(1)}</Number></Dial>`)
  stage.document(at('outer'), `<Conference muted="true">${room}</Conference><Speak>Goodbye to you</Speak>`)
  stage.document(at('room'), `<Conference>${room}</Conference>`)
  stage.document(at('refused'), '<Hangup reason="busy"/>')

  const talk = await peer.call(number)
  const { CallUUID: call = '' } = await stage.told(at('answer'))
  await stage.told(at('next'))
  hearings.push({ what: 'what came before the answer', heard: talk.heard(), sound: early })
  hearings.push({ what: 'an MP3', heard: talk.heard(), sound: tones })
  await stage.line(call, 'gather')
  await hears(talk, 0.5)
  await talk.press('42')
  const { InputType, Digits } = await stage.told(at('input'))

  // The question, and the second without a key after it.
  await hears(talk, 2.4)
  const from = talk.heard().length
  await hears(talk, 1.2)
  await talk.press('5')
  const { Digits: digits } = await stage.told(at('digits'))
  hearings.push({ what: 'the question again', heard: talk.heard().subarray(from), sound: question })

  const { DialStatus: busy } = await stage.told(at('engaged'))
  const scene = await talkBetween(stage, call, talk, await abroad.call)
  hearings.push(...scene.hearings)
  const { DialStatus: uri } = await stage.told(at('far'))
  hearings.push(...(await talkBetween(stage, call, talk, await outside.call, 2)).hearings)
  const { DialStatus: outer } = await stage.told(at('outer'))

  const member = (await house.phone(house.stranger())).call(await numberOf('room'))
  const { CallUUID: other = '' } = await stage.told(at('room'))
  await stage.line(call, 'room')
  await rest('DELETE', `Conference/${room}/Member/${call}/Mute/`)
  const met = await meeting(stage, [call, other], talk, member)
  hearings.push(...met.hearings)
  await rest('POST', `Conference/${room}/Member/${call}/Kick/`)
  await talk.ended
  await rest('DELETE', `Conference/${room}/`)
  await member.ended

  const [left, right] = await stage.sides((await stage.told(at('sides'))).RecordUrl ?? '')
  const [answered, asked] = scene.sounds
  if (asked !== undefined) hearings.push({ what: 'the peer, on the left', heard: left, sound: asked })
  if (answered !== undefined) hearings.push({ what: 'what it heard, on the right', heard: right, sound: answered })
  await peer.refused(await numberOf('refused'), 486)

  const texts = await house.texts(reader.username, 1)
  return {
    hearings,
    words: [{ heard: talk.heard(), words: 'Goodbye to you' }],
    results: { input: { InputType, Digits }, digits, busy, uri, outer, texts: texts.map(({ body }) => body) },
  }
}
