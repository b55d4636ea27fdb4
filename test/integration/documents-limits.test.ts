import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import type { House } from '../kit/house.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

describe('documents at their limits', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let program: Program
  let documents: DocumentHouse

  beforeAll(async () => {
    ;({ house, program, documents } = await openDocuments(scope))
  })
  afterAll(() => scope.close())

  it('waits "for ever" for the first key, and takes as many as it was told to', async () => {
    const number = await documents.numberOf(
      program.at(
        '/long',
        `<GetDigits action="${program.at('/long-done', '<Hangup/>')}" timeout="3000000" digitTimeout="3000000" numDigits="70"/>`,
      ),
    )
    const keys = '0123456789'.repeat(7)

    const phone = (await house.phone(house.stranger())).call(number)
    await phone.answered
    for (const key of keys) await phone.pressByInfo(key)
    await phone.ended

    expect(program.asked('/long-done')).toMatchObject([{ Digits: keys }])
  })

  it('ends a circle that does nothing soon, with an apology', async () => {
    const number = await documents.numberOf(program.at('/circle', `<Redirect>${program.url('/circle')}</Redirect>`), {
      hangup_url: program.at('/circle-end', ''),
    })
    const from = house.stranger()

    const phone = (await house.phone(from)).call(number)
    await phone.answered
    const listening = phone.listen()
    await phone.ended

    const sorry = 'We are sorry. A fault keeps us from going on with this call. Please try again later.'
    expect(await house.saysIn(await listening.stop(), sorry)).toBeGreaterThan(0.8)
    expect(program.asked('/circle')).toHaveLength(41)
    expect((await house.endedCall(from)).end).toMatchObject({
      ...{ code: 'failed', sentence: expect.stringContaining('40 documents in a row that did nothing') },
    })
    expect(await program.until('/circle-end')).toMatchObject({ HangupCauseCode: '8014', HangupSource: 'Error' })
  })

  it('gives a circle to the fallback', async () => {
    const number = await documents.numberOf(program.at('/round', `<Redirect>${program.url('/round')}</Redirect>`), {
      fallback_answer_url: program.at('/way-out', '<Hangup/>'),
    })
    const from = house.stranger()

    await (await house.phone(from)).call(number).ended

    expect(program.asked('/way-out')).toHaveLength(1)
    expect((await house.endedCall(from)).end?.sentence).toBe('the document hung up')
  })

  it('takes an application for texts only, and says so of a call to it', async () => {
    const made = await documents.rest('POST', 'Application/', {
      app_name: 'Texts',
      message_url: program.at('/text', ''),
    })
    expect(made).toMatchObject({ status: 201, body: { message: 'created' } })
    const { body } = await documents.rest('GET', `Application/${String(made.body.app_id)}/`)
    expect(body).toMatchObject({ answer_url: '', hangup_url: '', message_url: program.url('/text') })
    const rented = await documents.rest('POST', 'AvailableNumberGroup/offhook-US/', { app_id: made.body.app_id })
    const [number] = rented.body.numbers as { number: string }[]
    const from = house.stranger()

    await expect((await house.phone(from)).call(`+${number?.number}`).answered).rejects.toThrow('404')

    expect((await house.endedCall(from)).end).toMatchObject({
      ...{ code: 'not_found', sentence: expect.stringContaining('takes texts only: it has no answer_url') },
    })
  })

  it.each([
    ['media_urls', ['https://a.example/cat.png']],
    ['powerpack_uuid', 'a5a0b7c2'],
    ['log', false],
  ])('sends no text without its %s', async (field, value) => {
    const text = { src: '+15550100', dst: '1001', text: 'Look at this' }
    const refused = await documents.rest('POST', 'Message/', { ...text, [field]: value })

    expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining(field) } })
    expect((await documents.rest('GET', 'Message/')).body.objects).toEqual([])
  })

  it('names the field of what it cannot take', async () => {
    const place = { from: '+15550100', to: '9999', answer_url: program.at('/never', '') }
    const refusals = [
      await documents.rest('POST', 'Call/', { ...place, caller_name: '\0x' }),
      await documents.rest('POST', 'Call/', { ...place, caller_name: 'a\r\nb' }),
      await documents.rest('POST', 'Application/', { app_name: 'a\0b', answer_url: program.url('/never') }),
      await documents.rest('POST', 'Endpoint/', { username: 'ann', password: 'a secret', alias: 'a\0b' }),
      await documents.rest('POST', 'Message/', { src: '+15550100', dst: '1001', text: 'a\0b' }),
      await documents.rest('GET', 'Application/%00/'),
      await documents.rest('GET', 'Number/%00/'),
      await documents.rest('GET', 'Call/?from_number=%00'),
      await documents.rest('GET', 'Recording/?call_uuid=%00'),
    ]
    const fields = [
      'caller_name',
      'caller_name',
      'app_name',
      'alias',
      'text',
      'app_id',
      'number',
      'from_number',
      'call_uuid',
    ]
    expect(refusals.map(({ status, body }) => `${status} ${String(body.error)}`)).toEqual(
      fields.map((field) => `400 ${field} takes no control characters`),
    )
  })

  it.each(['2147483648', '-1', '8000.5'])('finds no call by the cause %s, which is no code', async (code) => {
    const { status, body } = await documents.rest('GET', `Call/?hangup_cause_code=${code}`)
    expect([status, body.error]).toEqual([400, expect.stringMatching(/^hangup_cause_code takes/)])
  })
})
