import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { openSpeaker } from '../kit/answers/speaker.ts'
import { tone } from '../kit/answers/tones.ts'
import type { House } from '../kit/house.ts'
import { concat } from '../kit/sound.ts'
import { describeWith } from '../setup/tools.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

const silence = (ms: number): Int16Array => new Int16Array(ms * 8)

describeWith(['flite', 'espeak-ng'], 'machine_detection of a call', () => {
  const scope = new Scope('test')
  let house: House
  let program: Program
  let documents: DocumentHouse
  let greeting: string
  let hello: string

  beforeAll(async () => {
    ;({ house, program, documents } = await openDocuments(scope, { OFFHOOK_CALLER_IDS: '+15550100' }))
    const speaker = await openSpeaker()
    const long = await speaker.say(
      'You have reached the Miller family. Please leave your name and number after the tone.',
      'flite slt',
    )
    greeting = house.wav(concat(silence(400), long, silence(500), tone([1000], 400, 8000)))
    hello = house.wav(concat(silence(300), await speaker.say('Hello?', 'flite slt')))
    await speaker.close()
  })
  afterAll(() => scope.close())

  /** Rings a phone that says this when it answers. */
  async function answered(says: () => string, over: object) {
    const phone = await house.signedIn()
    const answer_url = program.at('/placed', '<Wait length="20"/>')
    const call = { from: '15550100', to: phone.username, answer_url, machine_detection_time: 10_000, ...over }
    const { status, body } = await documents.rest('POST', 'Call/', call)
    expect(status).toBe(201)
    const leg = await phone.nextCall()
    await leg.answer()
    void leg.play(says())
    return { leg, id: String(body.request_uuid) }
  }

  it('hangs up on a machine, and says so', { timeout: 60_000 }, async () => {
    const machine_detection_url = program.at('/machine', '')
    const { leg, id } = await answered(() => greeting, { machine_detection: 'hangup', machine_detection_url })

    await leg.ended

    expect(await program.until('/machine')).toMatchObject({
      ...{ CallUUID: id, RequestUUID: id, Event: 'MachineDetection', CallStatus: 'in-progress', Direction: 'outbound' },
      ...{ Machine: 'true', IfMachine: 'hangup' },
    })
    const { end } = await house.service.until<{ end: { sentence: string } | null }>(
      `/v1/calls/${id}`,
      (call) => call.end !== null,
    )
    expect(end?.sentence).toBe('a machine answered, and the call was to be hung up then')
  })

  it('goes on with a person', async () => {
    const machine_detection_url = program.at('/person', '')
    const { leg } = await answered(() => hello, { machine_detection: 'true', machine_detection_url })

    expect(await program.until('/person')).toMatchObject({ Machine: 'false', IfMachine: 'continue' })
    leg.hangup()
    await leg.ended
  })

  it.each([
    ['machine_detection', 'maybe'],
    ['machine_detection_time', 500],
    ['machine_detection_url', 'nowhere'],
  ])('names %s where it takes something else', async (field, value) => {
    const call = { from: '15550100', to: '9999', answer_url: program.url('/never'), [field]: value }
    const refused = await documents.rest('POST', 'Call/', call)

    expect(refused.status).toBe(400)
    expect(String(refused.body.error)).toContain(field)
  })
})
