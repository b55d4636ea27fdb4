import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
  api.calls.deaf = true
})
afterEach(() => api.close())

describe('a connection where there is no recogniser', () => {
  const connect = (way: readonly object[]) =>
    api.call('POST', '/v1/connections', { body: { number: '+14582037530', to: '+14582037531', way } })

  it('is refused where its way needs words', async () => {
    const refused = await connect([{ press: '1' }, { press: '2', hear: 'For sales, press 2.' }])

    expect([refused.statusCode, refused.json()]).toMatchObject([
      501,
      { code: 'not_supported', detail: 'This service has no speech recogniser; offhook doctor tells how to get one.' },
    ])
    expect(api.calls.placed).toHaveLength(0)
  })

  it('is made where keys are all that is known', async () => {
    expect((await connect([{ press: '1' }, { press: '2' }])).statusCode).toBe(201)
  })
})
