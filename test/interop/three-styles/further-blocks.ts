import { Offhook } from '../../../src/client/index.ts'
import type { IvrResult } from '../../../src/client/result.ts'
import type { PhoneCall } from '../../kit/phone-call.ts'
import { hears, type Peer } from './peer.ts'
import { talkBetween } from './scenes.ts'
import type { Account, Form, Hearing, Stage } from './stage.ts'

export const blockResults = {
  digits: '5',
  away: 'unanswered',
  busy: 'busy',
  uri: 'answered',
  number: 'answered',
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
    const number = await stage.number({ kind: 'notify', url: stage.url(arrival), token: app.id })
    const talk = await peer.call(number)
    return { talk, number, session: (await stage.told(arrival)).session ?? '' }
  }
  /** Another call is transferred, and the two hear each other. */
  const transferred = async (
    reach: (number: string) => Promise<readonly [dest: string, callee: Promise<PhoneCall>]>,
  ) => {
    const { talk, number, session } = await arrive()
    const [dest, callee] = await reach(number)
    const over = run('transfer', (notifyUrl) => ivr.transfer(session, dest, { notifyUrl }))
    hearings.push(...(await talkBetween(stage, `call_${session.slice(1)}`, talk, await callee)).hearings)
    const { transfer_status } = await over
    await talk.ended
    return transfer_status
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
  const engaged = await stage.busy()
  const busy = await run('transfer', (notifyUrl) => ivr.transfer(session, engaged.number, { onFailure, notifyUrl }))

  const music = stage.sound(1.2)
  const last = stage.sound(1.2)
  await run('hold', (notifyUrl) => ivr.hold(session, { msg: `<url>${music.url}</url>`, notifyUrl }))
  const over = await run('hangup', (notifyUrl) => ivr.hangup(session, { msg: `<url>${last.url}</url>`, notifyUrl }))
  await talk.ended
  hearings.push({ what: 'last words to one on hold', heard: talk.heard(), sound: last })

  const uri = await transferred(async () => {
    const abroad = await stage.abroad()
    return [abroad.uri, abroad.call]
  })
  const number = await transferred(async (ours) => {
    const outside = await stage.outside(ours)
    return [outside.e164, outside.call]
  })

  return {
    hearings,
    results: {
      digits,
      away: nobody.transfer_status,
      busy: busy.transfer_status,
      uri,
      number,
      ended: over.call_state,
    },
  }
}
