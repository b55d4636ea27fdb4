import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import type { House } from '../kit/house.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

// One tune is like another by less than 0.3; frames that a busy machine loses cost likeness.
const heard = 0.6

describe('the legs of a Dial by the REST interface of documents', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let program: Program
  let documents: DocumentHouse

  beforeAll(async () => {
    ;({ house, program, documents } = await openDocuments(scope))
  })
  afterAll(() => scope.close())

  const rest = (method: string, path: string, body?: object) => documents.rest(method, path, body)
  const soundOf = (seed: number): string => program.sound(`/${seed}.wav`, readFileSync(house.wav(tune(seed, 2))))

  /** A stranger who talks with an extension by a Dial; the document goes on with `rest` after it. */
  async function talk(name: string, after: string, over: object = {}) {
    const ann = await house.signedIn()
    const dial = `<Dial><User>sip:${ann.username}@phone.plivo.com</User></Dial>${after}`
    const number = await documents.numberOf(program.at(`/${name}`, dial), over)
    const stranger = house.stranger()
    const caller = (await house.phone(stranger)).call(number)
    const callee = await ann.nextCall()
    await callee.answer()
    await house.told(stranger, /both sides hear each other/)
    const { id } = await house.callFrom(stranger, ({ answeredAt }) => answeredAt !== null)
    return { id, ann, stranger, caller, callee }
  }

  it('sends the callee to a document of its own, and the caller goes on with the rest of its own', async () => {
    const end = program.at('/bleg-end', '')
    const { id, ann, stranger, caller, callee } = await talk('bleg', `<Play>${soundOf(51)}</Play>`, { hangup_url: end })
    const [atCaller, atCallee] = [caller.listen(), callee.listen()]

    const moved = await rest('POST', `Call/${id}/`, {
      legs: 'bleg',
      bleg_url: program.at('/bleg-next', `<Play>${soundOf(52)}</Play>`),
      bleg_method: 'GET',
    })
    await Promise.all([caller.ended, callee.ended])
    const [heardByCaller, heardByCallee] = await Promise.all([atCaller.stop(), atCallee.stop()])

    const [other = ''] = moved.body.call_uuids as string[]
    expect(moved).toMatchObject({ status: 202, body: { message: 'call transfered', call_uuids: [expect.any(String)] } })
    expect(likeness(heardByCaller, tune(51, 2))).toBeGreaterThan(heard)
    expect(likeness(heardByCallee, tune(52, 2))).toBeGreaterThan(heard)
    expect(program.asked('/bleg-next')).toMatchObject([
      { CallUUID: other, CallStatus: 'in-progress', Direction: 'outbound', From: stranger.slice(1), To: ann.username },
    ])
    await program.until('/bleg-end', 2)
    expect(new Set(program.asked('/bleg-end').map(({ CallUUID }) => CallUUID))).toEqual(new Set([id, other]))
    const record = await house.service.until<{ body: object }>(`/v1/calls/${other}`, (call) => 'end' in call)
    expect(record).toMatchObject({ direction: 'outbound' })
  })

  it('sends each leg to its own document', async () => {
    const { id, caller, callee } = await talk('both', '<Hangup/>')
    const [atCaller, atCallee] = [caller.listen(), callee.listen()]

    const moved = await rest('POST', `Call/${id}/`, {
      legs: 'both',
      aleg_url: program.at('/both-a', `<Play>${soundOf(53)}</Play>`),
      bleg_url: program.at('/both-b', `<Play>${soundOf(54)}</Play>`),
    })
    await Promise.all([caller.ended, callee.ended])

    expect(moved.body.call_uuids).toEqual([id, expect.stringMatching(/^call_/)])
    expect(likeness(await atCaller.stop(), tune(53, 2))).toBeGreaterThan(heard)
    expect(likeness(await atCallee.stop(), tune(54, 2))).toBeGreaterThan(heard)
  })

  it.each([
    { mix: true, under: [0.5, 1] },
    { mix: false, under: [-1, 0.3] },
  ])('plays to both legs, mixed with what they say: $mix', async ({ mix, under }) => {
    const { id, caller, callee } = await talk(`mix-${mix}`, '<Hangup/>')
    const [atCaller, atCallee] = [caller.listen(), callee.listen()]

    const speaking = callee.play(house.wav(tune(56, 4)))
    await rest('POST', `Call/${id}/Play/`, {
      urls: program.sound('/55.wav', readFileSync(house.wav(tune(55, 4)))),
      legs: 'both',
      mix,
    })
    await speaking
    const [heardByCaller, heardByCallee] = await Promise.all([atCaller.stop(), atCallee.stop()])
    caller.hangup()

    expect(likeness(heardByCallee, tune(55, 3))).toBeGreaterThan(heard)
    expect(likeness(heardByCaller, tune(55, 3))).toBeGreaterThan(mix ? 0.5 : heard)
    const [least = 0, most = 0] = under
    const said = likeness(heardByCaller, tune(56, 4).subarray(8000, 24_000))
    expect(said).toBeGreaterThan(least)
    expect(said).toBeLessThan(most)
  })

  it('presses keys to the leg that is named', async () => {
    const { id, caller, callee } = await talk('keys', '<Hangup/>')

    const sent = await rest('POST', `Call/${id}/DTMF/`, { digits: '42', leg: 'bleg' })
    expect(await callee.heardKeys(2)).toBe('42')
    caller.hangup()

    expect(sent).toMatchObject({ status: 202, body: { message: 'digits sent' } })
    expect(caller.keys).toBe('')
  })

  it('says which leg or URL is missing', async () => {
    const number = await documents.numberOf(program.at('/alone', '<Speak>Go</Speak><Wait length="3000"/>'))
    const stranger = house.stranger()
    const caller = (await house.phone(stranger)).call(number)
    await caller.answered
    const { id } = await house.callFrom(stranger, ({ answeredAt }) => answeredAt !== null)

    const noUrl = await rest('POST', `Call/${id}/`, { legs: 'both', aleg_url: program.url('/alone') })
    const noLeg = await rest('POST', `Call/${id}/`, { legs: 'bleg', bleg_url: program.url('/alone') })
    const noHearer = await rest('POST', `Call/${id}/Speak/`, { text: 'Hello', legs: 'both' })
    caller.hangup()

    expect(noUrl).toMatchObject({ status: 400, body: { error: 'bleg_url is missing, as legs is both' } })
    expect(noLeg).toMatchObject({ status: 404, body: { error: expect.stringContaining('no other leg') } })
    expect(noHearer).toMatchObject({ status: 404, body: { error: expect.stringContaining('no other leg') } })
  })
})
