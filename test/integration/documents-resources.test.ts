import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import type { House, ShownMessage } from '../kit/house.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

describe('numbers, applications and endpoints by the REST interface of documents', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let program: Program
  let documents: DocumentHouse

  beforeAll(async () => {
    const env = { OFFHOOK_LOCAL_NUMBERS: '+15550100-+15550109,+18005550100-+18005550101' }
    ;({ house, program, documents } = await openDocuments(scope, env))
  })
  afterAll(() => scope.close())

  const rest = (method: string, path: string, body?: object) => documents.rest(method, path, body)
  const found = async (path: string) => ((await rest('GET', path)).body.objects ?? []) as Record<string, unknown>[]

  it('finds toll-free numbers where such are asked for, and rents what it found', async () => {
    const all = await found('PhoneNumber/?country_iso=US')
    const free = await found('PhoneNumber/?country_iso=us&type=tollfree')
    const [group, ...others] = await found(
      'AvailableNumberGroup/?country_iso=US&number_type=tollfree&region=california',
    )
    const rented = await rest('POST', `AvailableNumberGroup/${group?.group_id}/`, {})

    expect(all.map(({ type }) => type)).toContain('local')
    expect(free.map(({ number, type, country }) => [number, type, country])).toEqual([
      ['18005550100', 'tollfree', 'US'],
      ['18005550101', 'tollfree', 'US'],
    ])
    expect([group?.number_type, others]).toEqual(['tollfree', []])
    expect(rented.body).toMatchObject({ numbers: [{ number: '18005550100', status: 'Success' }], status: 'fulfilled' })
    expect(await found('PhoneNumber/?country_iso=US&type=mobile')).toEqual([])
    expect((await found('PhoneNumber/?country_iso=US&prefix=800')).map(({ number }) => number)).toEqual(['18005550101'])
  })

  it.each([
    ['GET', 'PhoneNumber/?country_iso=US&lata=730', undefined, /^lata takes nothing/],
    ['GET', 'PhoneNumber/?country_iso=US&services=mms', undefined, /^services takes voice, sms/],
    ['GET', 'PhoneNumber/?country_iso=US&type=gold', undefined, /^type takes any, fixed, local/],
    ['GET', 'Call/?subaccount=SA1', undefined, /^subaccount takes nothing/],
    [
      'POST',
      'AvailableNumberGroup/offhook-US/',
      { quantity: 20 },
      /^only [0-9]+ numbers of US \(local\) is free|^no number/,
    ],
    ['POST', 'AvailableNumberGroup/offhook-US-tollfree/', { quantity: 3 }, /quantity asks for 3$/],
    ['POST', 'Application/', { app_name: 'x', answer_url: 'http://10.0.0.1/' }, /^answer_url .*OFFHOOK_WEBHOOK_ALLOW/],
    ['POST', 'Application/', { app_name: 'x', answer_url: 'http://127.0.0.1/', public_uri: true }, /^public_uri takes/],
  ])('%s %s is refused by the name of its field', async (method, path, body, sentence) => {
    expect(await rest(method, path, body)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(sentence) },
    })
  })

  it('keeps the alias of a number until it is released', async () => {
    const number = (await documents.numberOf(program.at('/alias', ''))).slice(1)

    const changed = await rest('POST', `Number/${number}/`, { alias: 'Front desk' })
    const shared = await rest('POST', `Number/${number}/`, { subaccount: 'SA1' })

    expect(changed).toMatchObject({ status: 202, body: { message: 'changed' } })
    expect(shared).toMatchObject({ status: 400, body: { error: expect.stringMatching(/^subaccount/) } })
    expect((await rest('GET', `Number/${number}/`)).body).toMatchObject({ alias: 'Front desk' })
    await rest('DELETE', `Number/${number}/`)
    await rest('POST', `PhoneNumber/${number}/`, {})
    expect((await rest('GET', `Number/${number}/`)).body).toMatchObject({ alias: null })
  })

  it('gives endpoints that say nothing to the default application, and tells whose account it is', async () => {
    const answer = program.at('/default-endpoint', '<Hangup reason="busy"/>')
    const application = { app_name: 'Default', answer_url: answer, default_endpoint_app: true }
    const { body: made } = await rest('POST', 'Application/', application)
    const endpoint = { username: 'desk', password: 'a desk secret', alias: 'Desk' }
    const { body: created } = await rest('POST', 'Endpoint/', endpoint)
    const phone = await house.phone(String(created.username), { password: 'a desk secret' })
    expect(await phone.register()).toBe(200)

    await expect(phone.call('12025550100').answered).rejects.toThrow()

    expect((await rest('GET', `Application/${made.app_id}/`)).body).toMatchObject({ default_endpoint_app: true })
    expect(program.asked('/default-endpoint')[0]).toMatchObject({ ParentAuthID: 'MAOFFHOOKTESTACCOUNT' })
  })

  it('tells which of several receivers could not be rung, and rings the others', async () => {
    const ann = await house.signedIn()
    const away = await house.extension()
    const [number] = (await rest('POST', 'AvailableNumberGroup/offhook-US/', {})).body.numbers as { number: string }[]
    const call = { from: number?.number, answer_url: program.at('/bulk', '') }

    const some = await rest('POST', 'Call/', { ...call, to: `${away}<${ann.username}` })
    const leg = await ann.nextCall()
    leg.refuse(486)
    const none = await rest('POST', 'Call/', { ...call, to: `${away}<${away}` })

    expect(some).toMatchObject({
      status: 201,
      body: {
        request_uuid: [expect.stringMatching(/^call_/)],
        refused: [{ to: away, error: expect.stringContaining(away) }],
      },
    })
    expect(none).toMatchObject({ status: 400, body: { error: expect.stringContaining(away) } })
  })

  it('finds texts by the words of the dialect for what became of them', async () => {
    const away = await house.extension()
    const [number] = (await rest('POST', 'AvailableNumberGroup/offhook-US/', {})).body.numbers as { number: string }[]
    const send = async (dst: string, state: string): Promise<string> => {
      const { body } = await rest('POST', 'Message/', { src: number?.number, dst, text: 'Hello' })
      const [id] = body.message_uuid as string[]
      await house.service.until<ShownMessage>(`/v1/messages/${id}`, (message) => message.state === state)
      return String(id)
    }
    const waiting = await send(away, 'waiting')
    // No carrier takes it.
    const failed = await send('12025550142', 'failed')

    const queued = await found('Message/?message_state=queued')
    const lost = await found('Message/?message_state=failed')
    const delivered = await found('Message/?message_state=delivered')

    expect(queued).toMatchObject([{ message_uuid: waiting, message_state: 'queued', error_code: null }])
    expect(lost).toMatchObject([{ message_uuid: failed, message_state: 'failed', error_code: '1000' }])
    expect(delivered).toEqual([])
  })
})
