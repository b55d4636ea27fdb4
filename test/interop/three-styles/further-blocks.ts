import { Offhook } from '../../../src/client/index.ts'
import type { IvrResult } from '../../../src/client/result.ts'
import { hears, type Peer } from './peer.ts'
import { talkBetween } from './scenes.ts'
import type { Account, Form, Hearing, Stage } from './stage.ts'

export const blockResults = {
  digits: '5',
  away: 'unanswered',
  busy: 'busy',
  uri: 'answered',
  ended: 'ended',
}

/** What the blocks take besides: MP3, another attempt, transfers that fail and go on, SIP URIs, last words on hold. */
export async function byFurtherBlocks(stage: Stage, peer: Peer): Promise<Account> {
  const { house } = stage
  const name = stage.path('app').slice(1)
  const token = { name, scopes: ['calls:write'] }
  const app = await house.service.api<{ id: string; token: string }>('POST', '/v1/tokens', token)
  const { ivr } = new Offhook({ url: house.service.url, appId: app.id, accessToken: app.token })
  const hearings: Hearing[] = []
  const run = async (block: string, ask: (notifyUrl: string) => Promise<IvrResult>): Promise<Form> => {
    const path = stage.path(`${name}-${block}`)
    const result = await ask(stage.url(path))
    if (!result.isSuccess()) throw new Error(`${block} was answered ${result.status()}`)
    return stage.told(path)
  }
  const arrive = async () => {
    const arrival = stage.path(`${name}-answer`)
    const talk = await peer.call(await stage.number({ kind: 'notify', url: stage.url(arrival), token: app.id }))
    return { talk, session: (await stage.told(arrival)).session ?? '' }
  }

  const { talk, session } = await arrive()
  const tones = await stage.mp3()
  await run('play', (notifyUrl) => ivr.play(session, `<url>${tones.url}</url>`, { notifyUrl }))
  hearings.push({ what: 'an MP3', heard: talk.heard(), sound: tones })

  const question = stage.sound(1.2)
  const asked = { maxDigits: 1, timeout: 1, attempts: 3, msg: `<url>${question.url}</url>` }
  const gathering = run('gather', (notifyUrl) => ivr.gather(session, { ...asked, notifyUrl }))
  // The question, and the second without a key after it.
  await hears(talk, 2.4)
  const from = talk.heard().length
  await hears(talk, 1.2)
  await talk.press('5')
  const { digits } = await gathering
  hearings.push({ what: 'the question again', heard: talk.heard().subarray(from), sound: question })

  const away = await house.extension()
  const onFailure = 'continue'
  const nobody = await run('transfer', (notifyUrl) => ivr.transfer(session, away, { onFailure, notifyUrl }))
  const { number } = await stage.busy()
  const busy = await run('transfer', (notifyUrl) => ivr.transfer(session, number, { onFailure, notifyUrl }))

  const music = stage.sound(1.2)
  const last = stage.sound(1.2)
  await run('hold', (notifyUrl) => ivr.hold(session, { msg: `<url>${music.url}</url>`, notifyUrl }))
  const over = await run('hangup', (notifyUrl) => ivr.hangup(session, { msg: `<url>${last.url}</url>`, notifyUrl }))
  await talk.ended
  hearings.push({ what: 'last words to one on hold', heard: talk.heard(), sound: last })

  const second = await arrive()
  const abroad = await stage.abroad()
  const transferred = run('transfer', (notifyUrl) => ivr.transfer(second.session, abroad.uri, { notifyUrl }))
  const call = `call_${second.session.slice(1)}`
  const scene = await talkBetween(stage, call, second.talk, await abroad.call)
  hearings.push(...scene.hearings)
  const uri = await transferred
  await second.talk.ended

  return {
    hearings,
    results: {
      digits,
      away: nobody.transfer_status,
      busy: busy.transfer_status,
      uri: uri.transfer_status,
      ended: over.call_state,
    },
  }
}
