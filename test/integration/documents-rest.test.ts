import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, loudness, rate, tune } from '../kit/audio.ts'
import type { House } from '../kit/house.ts'
import { freePort } from '../kit/ports.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

describe('live calls by the REST interface of documents', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let program: Program
  let documents: DocumentHouse

  beforeAll(async () => {
    ;({ house, program, documents } = await openDocuments(scope))
  })
  afterAll(() => scope.close())

  const rest = (method: string, path: string, body?: object) => documents.rest(method, path, body)

  /** The id of the one call that its document keeps waiting. */
  async function waitingCall() {
    const number = await documents.numberOf(program.at('/wait', '<Speak>Go</Speak><Wait length="3000"/>'))
    const stranger = house.stranger()
    const phone = (await house.phone(stranger)).call(number)
    await phone.answered
    const { id } = await house.callFrom(stranger, ({ answeredAt }) => answeredAt !== null)
    return { id, phone, stranger }
  }

  it('plays a sound over what runs, again and again, until its length is over', async () => {
    const url = program.sound('/tune.wav', readFileSync(house.wav(tune(31, 1))))
    const { id, phone } = await waitingCall()
    const listening = phone.listen()

    const started = await rest('POST', `Call/${id}/Play/`, { urls: url, loop: true, length: 3 })
    await phone.play(house.wav(tune(1, 8)))
    const heard = await listening.stop()
    phone.hangup()

    expect(started).toMatchObject({ status: 202, body: { message: 'play started' } })
    expect(likeness(heard, tune(31, 1))).toBeGreaterThan(0.95)
    expect(loudness(heard.subarray(-rate))).toBeLessThan(10)
  })

  it('stops what it plays when it is told to', async () => {
    const url = program.sound('/long.wav', readFileSync(house.wav(tune(32, 20))))
    const { id, phone } = await waitingCall()

    await rest('POST', `Call/${id}/Play/`, { urls: url })
    const stopped = await rest('DELETE', `Call/${id}/Play/`)
    const listening = phone.listen()
    await phone.play(house.wav(tune(1, 2)))
    const heard = await listening.stop()
    phone.hangup()

    expect(stopped.status).toBe(204)
    expect(loudness(heard.subarray(-rate))).toBeLessThan(10)
  })

  it('refuses to speak a language that nobody here speaks, to a call and to a conference', async () => {
    const { id, phone } = await waitingCall()
    const conference = `<Conference callbackUrl="${program.at('/met', '')}">tongues</Conference>`
    const other = (await house.phone(house.stranger())).call(await documents.numberOf(program.at('/meets', conference)))
    await program.until('/met')
    const words = { text: 'hello', language: 'zz-ZZ' }

    const alone = await rest('POST', `Call/${id}/Speak/`, words)
    const together = await rest('POST', 'Conference/tongues/Member/all/Speak/', words)
    const known = await rest('POST', 'Conference/tongues/Member/all/Speak/', { ...words, language: 'en-US' })
    phone.hangup()
    other.hangup()

    const refusal = { status: 400, body: { error: expect.stringMatching(/^language: No engine here speaks "zz-ZZ"/) } }
    expect([alone, together]).toMatchObject([refusal, refusal])
    expect(known).toMatchObject({ status: 202, body: { message: 'speak queued into conference' } })
  })

  it('plays into a conference what can be had, and refuses what cannot', async () => {
    const conference = `<Conference callbackUrl="${program.at('/sat', '')}">band</Conference>`
    const phone = (await house.phone(house.stranger())).call(await documents.numberOf(program.at('/sits', conference)))
    await program.until('/sat')
    const play = (url: string) => rest('POST', 'Conference/band/Member/all/Play/', { url })

    const gone = await play(program.url('/gone.wav'))
    const away = await play(`http://127.0.0.1:${await freePort()}/tune.wav`)
    const page = await play(program.at('/page.wav', '<Wait/>'))
    const listening = phone.listen()
    const played = await play(program.sound('/band.wav', readFileSync(house.wav(tune(33, 1)))))
    await phone.play(house.wav(tune(1, 2)))
    const heard = await listening.stop()
    phone.hangup()

    expect([gone, away, page].map(({ status, body }) => [status, body.error])).toEqual([
      [400, expect.stringMatching(/gone\.wav cannot be played\. It was answered 404/)],
      [400, expect.stringMatching(/tune\.wav cannot be played/)],
      [400, expect.stringMatching(/page\.wav cannot be played\. It is neither WAV, MP3 nor GSM/)],
    ])
    expect(played).toMatchObject({ status: 202, body: { message: 'play queued into conference' } })
    expect(likeness(heard, tune(33, 1))).toBeGreaterThan(0.95)
  })

  it('refuses to play what is no URL, or to a call that is not there', async () => {
    const none = await rest('POST', 'Call/call_none/Play/', { urls: program.url('/tune.wav') })
    const wrong = await rest('POST', 'Call/call_none/Play/', { urls: 'tune.wav', length: 0 })
    const inside = `${program.url('/tune.wav')},http://10.1.1.1/tune.wav`
    const second = await rest('POST', 'Call/call_none/Play/', { urls: inside })

    expect(none).toMatchObject({ status: 404, body: { error: expect.stringContaining('call_none') } })
    expect(wrong).toMatchObject({ status: 400, body: { error: expect.stringMatching(/urls|length/) } })
    expect(second).toMatchObject({ status: 400, body: { error: expect.stringMatching(/^urls .*private/) } })
  })
})
