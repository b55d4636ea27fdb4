import client from 'africastalking'
import urls from 'africastalking/lib/common.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { elementsOf, readXml, textOf, type XmlElement } from '../../../src/apps/document/xml.ts'
import { Scope } from '../../../src/base/scope.ts'
import { africasTalkingTexts } from '../../../src/carriers/africas-talking/texts.ts'
import { callByAfricasTalking } from '../../../src/carriers/africas-talking/voice.ts'
import { africasTalking } from '../../../src/engines/hosted/africas-talking.ts'
import type { Occasion, Step } from '../../../src/engines/hosted/step.ts'
import { type Receiver, startReceiver } from '../../kit/receiver.ts'
import { gather, say, shown } from './official-kit.ts'

const account = { username: 'someone', apiKey: 'at-key' }
const url = (about: Occasion) => `https://phone.example/voice/africastalking/secret/call_1/7/${about}`

/** What the builder of the official client makes of the same actions; it throws where it does not know one. */
function built(document: string): string {
  const builder = new (client(account).VOICE.ActionBuilder)()
  const childOf = (element: XmlElement) =>
    Object.fromEntries(
      elementsOf(element).map((child) =>
        child.name === 'Say' ? ['say', { text: textOf(child) }] : ['play', { url: child.attributes.url }],
      ),
    )
  for (const element of elementsOf(readXml(document))) {
    const { name, attributes } = element
    switch (name) {
      case 'Say':
        builder.say(textOf(element))
        break
      case 'Play':
        builder.play(attributes.url ?? '')
        break
      case 'GetDigits':
        builder.getDigits(childOf(element), attributes)
        break
      case 'Record':
        builder.record(childOf(element), attributes)
        break
      case 'Dial': {
        const { phoneNumbers = '', ...rest } = attributes
        builder.dial(phoneNumbers, rest)
        break
      }
      case 'Redirect':
        builder.redirect(textOf(element))
        break
      case 'Reject':
        builder.reject()
        break
      default:
        throw new Error(`the official client has no ${name}`)
    }
  }
  return builder.build()
}

describe("documents for Africa's Talking are such as its official client builds", () => {
  it.each<[string, Step]>([
    ['words and a file', { kind: 'play', sounds: [say('Hello'), { kind: 'play', url: 'https://x/a.wav' }] }],
    ['keys', gather],
    ['keys during a file', { ...gather, sounds: [{ kind: 'play', url: 'https://x/a.wav' }], finishKey: '' }],
    ['a recording', { kind: 'record', maxSeconds: 60, silenceSeconds: 0, stopOn: '#*', beep: true }],
    [
      'a dial',
      {
        ...{ kind: 'dial', places: [{ to: '+254722000001' }, { to: 'sip:a@ke.sip.africastalking.com' }], seconds: 20 },
        ...{ callerId: '+254711082880', maxSeconds: 60, hangupOnStar: false, ringback: 'https://x/r.mp3' },
      },
    ],
    ['nothing yet', { kind: 'wait', seconds: 3, silence: 'https://x/s.wav' }],
    ['a refusal', { kind: 'hangup', answered: false, code: 'declined' }],
  ])('%s', (_, step) => {
    const document = africasTalking.write(step, url)
    expect(shown(document)).toEqual(shown(built(document)))
  })
})

describe("requests to Africa's Talking are those of its official client", () => {
  const scope = new Scope('test')
  let company: Receiver

  beforeAll(async () => {
    company = await startReceiver(scope)
    company.answer = ({ path }) => ({
      status: 201,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(
        path === '/call'
          ? {
              entries: [{ phoneNumber: '+254722000001', status: 'Queued', sessionId: 'ATVId_1' }],
              errorMessage: 'None',
            }
          : {
              SMSMessageData: {
                Message: 'Sent to 1/1',
                Recipients: [{ statusCode: 101, number: '+254722000001', status: 'Success', messageId: 'ATXid_1' }],
              },
            },
      ),
    })
    // The client made last says which hosts are meant; from then on they are ours.
    client(account)
    urls.VOICE_URL = company.url
    urls.SMS_URL = `${company.url}/version1/messaging`
  })
  afterAll(() => scope.close())

  /** Path, key, kinds and fields of the last request. */
  const asked = () => {
    const { method, path, headers, body } = company.received.at(-1)!
    const fields = [...new URLSearchParams(body)].sort()
    const type = headers['content-type']?.replace(/;.*/, '')
    return { method, path, key: headers.apikey, accept: headers.accept, type, fields }
  }

  it('to call somebody', async () => {
    const [from, to, id] = ['+254711082880', '+254722000001', 'call_1'] as const
    const official = client(account)
    urls.VOICE_URL = company.url
    const answer = await official.VOICE.call({ callFrom: from, callTo: to, clientRequestId: id })
    const theirs = asked()
    const session = await callByAfricasTalking({ ...account, url: company.url, from }, to, id)

    expect(asked()).toEqual(theirs)
    expect(answer).toMatchObject({ entries: [{ sessionId: session }] })
  })

  it('to send a text', async () => {
    const text = { to: '+254722000001', from: '20880' }
    const official = client(account)
    urls.SMS_URL = `${company.url}/version1/messaging`
    await official.SMS.send({ ...text, message: 'Karibu & asante', enqueue: true })
    const theirs = asked()
    const carrier = africasTalkingTexts({ ...account, url: company.url })
    const sent = await carrier.send({ ...text, id: 'msg_1', body: 'Karibu & asante' })

    expect(asked()).toEqual(theirs)
    expect(sent).toEqual({ kind: 'sent', refs: ['ATXid_1'] })
  })
})
