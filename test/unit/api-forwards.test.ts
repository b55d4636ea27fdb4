import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
})
afterEach(() => api.close())

const ann = { username: '1001', password: 'correct horse battery' }
const addAnn = () => api.call('POST', '/v1/extensions', { body: ann })
const forward = {
  name: 'Ann',
  targets: [
    { to: '1001', seconds: 10 },
    { to: '+15550142', seconds: 10 },
  ],
  notify: '1001',
}
const fieldsOf = (response: { json(): { errors?: { field: string }[] } }): string[] =>
  (response.json().errors ?? []).map((error) => error.field)

describe('forwards', () => {
  it('rent two numbers, and give them back when they are deleted', async () => {
    await addAnn()

    const made = await api.call('POST', '/v1/forwards', { body: forward })
    expect(made.statusCode).toBe(201)
    const { id, number, voicemailNumber } = made.json()
    expect([number, voicemailNumber]).toEqual(['+15550100', '+15550101'])
    expect(made.json()).toMatchObject({
      ...forward,
      callerId: 'caller',
      prompts: { greeting: 'Please leave your message after the beep' },
    })
    expect((await api.call('GET', '/v1/numbers')).json().items).toMatchObject([
      { number, assignment: { kind: 'forward', forward: id } },
      { number: voicemailNumber, assignment: { kind: 'voicemail', forward: id } },
    ])
    for (const taken of [number, voicemailNumber]) {
      expect((await api.call('DELETE', `/v1/numbers/${encodeURIComponent(taken)}`)).json().code).toBe('in_use')
    }

    expect((await api.call('DELETE', `/v1/forwards/${id}`)).statusCode).toBe(204)
    expect((await api.call('GET', '/v1/numbers')).json().items).toEqual([])
    expect((await api.call('DELETE', `/v1/forwards/${id}`)).statusCode).toBe(404)
  })

  it('change what is named and leave the rest', async () => {
    await addAnn()
    const { id, ...before } = (await api.call('POST', '/v1/forwards', { body: forward })).json()

    const changed = await api.call('PATCH', `/v1/forwards/${id}`, {
      body: { prompts: { greeting: '' }, notify: null, voicemail: { maxSeconds: 20 } },
    })

    expect(changed.json()).toEqual({
      ...before,
      id,
      notify: null,
      prompts: { ...before.prompts, greeting: '' },
      voicemail: { maxSeconds: 20, silenceSeconds: 5 },
      updatedAt: expect.any(String),
    })
  })

  it('rent nothing when one of the numbers cannot be had', async () => {
    await addAnn()

    const refused = await api.call('POST', '/v1/forwards', { body: { ...forward, voicemailNumber: '+4930123456' } })

    expect(refused.json().code).toBe('number_not_offered')
    expect((await api.call('GET', '/v1/numbers')).json().items).toEqual([])
  })

  it('name every bad field', async () => {
    const refused = await api.call('POST', '/v1/forwards', {
      body: {
        name: '',
        targets: [{ to: 'a b', seconds: 0 }, { seconds: 'x' }],
        notify: 5,
        prompts: { hello: '' },
        extra: 1,
      },
    })

    expect(refused.statusCode).toBe(400)
    expect(refused.headers['content-type']).toContain('application/problem+json')
    expect(fieldsOf(refused).sort()).toEqual([
      '/extra',
      '/name',
      '/notify',
      '/prompts/hello',
      '/targets/0/seconds',
      '/targets/0/to',
      '/targets/1/seconds',
      '/targets/1/to',
    ])
  })

  it('refuse whom they cannot reach', async () => {
    const refused = await api.call('POST', '/v1/forwards', {
      body: {
        name: 'x',
        targets: [{ to: '1009' }, { to: '+15550100' }],
        number: '+15550100',
        notify: 'sip:a@b.example',
      },
    })

    expect(refused.json().errors).toEqual([
      { field: '/targets/0/to', sentence: 'names no extension: there is no 1009' },
      { field: '/targets/1/to', sentence: "is the forward's own number +15550100, which would ring itself" },
      { field: '/notify', sentence: 'takes an extension or a number: texts go to no SIP URI' },
    ])
  })

  it('ring other numbers of the site, but not each other in a circle, nor one that has no use', async () => {
    const made = async (to: string) =>
      (await api.call('POST', '/v1/forwards', { body: { name: `to ${to}`, targets: [{ to }] } })).json()
    const first = await made('+442079460000')
    const second = await made(first.number)
    const third = await made(second.number)
    const { number: unused } = (await api.call('POST', '/v1/numbers', { body: {} })).json()
    const circle = await api.call('PATCH', `/v1/forwards/${first.id}`, {
      body: { targets: [{ to: third.voicemailNumber }, { to: third.number }, { to: unused }] },
    })

    expect(third.targets).toMatchObject([{ to: second.number }])
    expect(circle.json().errors).toEqual([
      {
        field: '/targets/1/to',
        sentence: `is our own number ${third.number}, a forward that rings this one: they would ring each other`,
      },
      { field: '/targets/2/to', sentence: `is our own number ${unused}, to which nothing is assigned yet` },
    ])
  })
})
