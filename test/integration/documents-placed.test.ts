import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { rate } from '../kit/audio.ts'
import type { House } from '../kit/house.ts'
import { type DocumentHouse, openDocuments, type Program } from './documents-kit.ts'

describe('calls placed by the REST interface of documents', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let program: Program
  let documents: DocumentHouse

  beforeAll(async () => {
    ;({ house, program, documents } = await openDocuments(scope, { OFFHOOK_CALLER_IDS: '+15550100' }))
  })
  afterAll(() => scope.close())

  /** Rings this extension; the id of the call. */
  async function place(to: string, answerUrl: string, over: object = {}): Promise<string> {
    const placed = await documents.rest('POST', 'Call/', { from: '15550100', to, answer_url: answerUrl, ...over })
    expect(placed).toMatchObject({ status: 201, body: { message: 'call fired' } })
    return String(placed.body.request_uuid)
  }

  it('hangs up on purpose once it has rung for so long, and tells so', async () => {
    const ann = await house.signedIn()
    const hangup = program.at('/ring-over', '')

    await place(ann.username, program.url('/never'), { hangup_on_ring: 1, hangup_url: hangup })
    const leg = await ann.nextCall()
    leg.ring()

    expect(await leg.ended).toMatchObject({ how: 'cancel' })
    expect(await program.until('/ring-over')).toMatchObject({ Event: 'Hangup', Direction: 'outbound' })
    expect(program.asked('/never')).toHaveLength(0)
  })

  it('hangs up at the limit of the talk', async () => {
    const ann = await house.signedIn()
    const id = await place(ann.username, program.at('/endless', '<Wait length="3000"/>'), { time_limit: 1 })
    const leg = await ann.nextCall()
    await leg.answer()
    await leg.ended

    const call = await house.service.until<{ end: { sentence: string } | null }>(
      `/v1/calls/${id}`,
      ({ end }) => end !== null,
    )
    expect(call.end?.sentence).toBe('the call reached its limit of 1 s')
  })

  it.each([
    { when: 'before the answer where it is to', early: true },
    { when: 'once it is answered else', early: false },
  ])('presses its keys $when', async ({ early }) => {
    const ann = await house.signedIn()
    const keys = { send_digits: '42', send_on_preanswer: early }
    await place(ann.username, program.at('/pressed', '<Wait length="1"/>'), keys)
    const leg = await ann.nextCall()
    leg.progress()
    if (early) await leg.heardKeys(2)
    else await leg.play(house.wav(new Int16Array(rate)))
    const before = leg.keys
    await leg.answer()
    await leg.heardKeys(2)
    await leg.ended

    expect([before, leg.keys]).toEqual([early ? '42' : '', '42'])
  })

  it('asks the fallback where the answer URL gives no document', async () => {
    const ann = await house.signedIn()
    const fallback = program.at('/placed-fallback', '<Hangup/>')
    const id = await place(ann.username, program.url('/placed-gone'), { fallback_url: fallback })
    const leg = await ann.nextCall()
    await leg.answer()
    await leg.ended

    expect(program.asked('/placed-gone').length).toBeGreaterThan(0)
    expect(program.asked('/placed-fallback')).toMatchObject([{ CallUUID: id, Direction: 'outbound' }])
  })

  it.each([
    [
      'an answer URL that may not be asked',
      { answer_url: 'http://10.1.1.1/a' },
      /^answer_url .*private.*WEBHOOK_ALLOW/,
    ],
    ['another URL of the call', { hangup_url: 'http://169.254.169.254/' }, /^hangup_url .*metadata/],
    ['a caller who is somebody else', { from: '12025550199' }, /^from "12025550199" is not yours: .*CALLER_IDS/],
    ['a host in a private network', { to: 'sip:x@10.1.1.1' }, /10\.1\.1\.1 \(private\) .*OFFHOOK_SIP_ALLOW/],
    ['a host somewhere', { to: 'sip:x@203.0.113.9:5090' }, /203\.0\.113\.9 \(documentation\) .*OFFHOOK_SIP_ALLOW/],
    [
      'several receivers of whom none may be called, each by its name',
      { to: 'sip:x@10.1.1.1<sip:x@203.0.113.9:5090' },
      /^sip:x@10\.1\.1\.1: .*\(private\).*; sip:x@203\.0\.113\.9:5090: .*\(documentation\)/,
    ],
  ])('refuses at once %s', async (_what, over, sentence) => {
    const call = { from: '15550100', to: 'sip:x@127.0.0.1:9', answer_url: program.at('/refused', ''), ...over }

    const placed = await documents.rest('POST', 'Call/', call)

    expect(placed).toMatchObject({ status: 400, body: { error: expect.stringMatching(sentence) } })
  })

  it('finds calls by their parties, direction and how they ended, a page at a time', async () => {
    const ann = await house.signedIn()
    const ids: string[] = []
    for (const status of [486, 486, 0]) {
      ids.push(await place(ann.username, program.at('/found', '<Hangup/>')))
      const leg = await ann.nextCall()
      if (status === 0) await leg.answer()
      else leg.refuse(status)
      await leg.ended
      await house.service.until<{ state: string }>(`/v1/calls/${ids.at(-1)}`, ({ state }) => state === 'ended')
    }
    const list = async (query: string) => (await documents.rest('GET', `Call/?to_number=${ann.username}&${query}`)).body
    const found = async (query: string) =>
      ((await list(query)).objects as { call_uuid: string }[]).map(({ call_uuid }) => call_uuid)

    expect(await found('call_direction=outbound')).toEqual([...ids].reverse())
    expect(await found('call_direction=inbound')).toEqual([])
    expect(await found('hangup_cause_code=3010')).toEqual([ids[1], ids[0]])
    expect(await found('end_time__lt=2001-01-01')).toEqual([])
    expect(await found('limit=1&offset=1')).toEqual([ids[1]])
    const { meta } = (await list('limit=1&offset=1')) as { meta: { next: string } }
    expect(meta).toMatchObject({ limit: 1, offset: 1, total_count: 3 })
    expect(meta.next).toMatch(new RegExp(`/Call/\\?to_number=${ann.username}&limit=1&offset=2$`))
  })

  it('runs the application of an endpoint for the calls of its phone', async () => {
    const answer = program.at('/endpoint', '<Hangup reason="busy"/>')
    const { body: application } = await documents.rest('POST', 'Application/', {
      app_name: 'Of an endpoint',
      answer_url: answer,
    })
    const { body: endpoint } = await documents.rest('POST', 'Endpoint/', {
      username: 'desk',
      password: 'a desk secret',
      alias: 'Desk',
      app_id: application.app_id,
    })
    const phone = await house.phone(String(endpoint.username), { password: 'a desk secret' })
    expect(await phone.register()).toBe(200)

    await expect(phone.call('12025550100').answered).rejects.toThrow()

    expect(program.asked('/endpoint')).toMatchObject([{ To: '12025550100', Direction: 'inbound' }])
  })
})
