import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as africasTalking from '../../../src/carriers/africas-talking/callback.ts'
import * as flowroute from '../../../src/carriers/flowroute/callback.ts'
import * as plivo from '../../../src/carriers/plivo/callback.ts'
import { gatewayKey, type TestApi, testApi } from '../../kit/api.ts'

const text = { id: 'x-1', from: '+254722000001', to: '+15550100', text: 'Hello', body: 'Hello' }
const signed = { MessageUUID: 'x-1', From: '+254722000001', To: '+15550100', Text: 'Hello' }
const optOut = { senderId: 'ACME', phoneNumber: '+254722000001' }

describe('a zero byte, which the database takes nowhere,', () => {
  it.each([
    ["Africa's Talking", africasTalking.readNews, text, ['id', 'from', 'to']],
    ["Africa's Talking", africasTalking.readNews, { id: 'x-1', status: 'Success' }, ['id']],
    ["Africa's Talking", africasTalking.readNews, optOut, ['senderId', 'phoneNumber']],
    ['Flowroute', flowroute.readInbound, text, ['id', 'from', 'to']],
    ['Flowroute', flowroute.readReport, { id: 'x-1', status: 'delivered' }, ['id']],
    ['Plivo', plivo.readInbound, signed, ['MessageUUID', 'From', 'To']],
    ['Plivo', plivo.readReport, { MessageUUID: 'x-1', Status: 'delivered' }, ['MessageUUID']],
  ] as const)('in what names something makes a post of %s none', (_company, read, posted, names) => {
    const spoilt = names.map((name) => read({ ...posted, [name]: 'x\0y' }))

    expect(read(posted)).toBeDefined()
    expect(spoilt).toEqual(names.map(() => undefined))
  })

  it('is not kept of the words of a report', () => {
    const said = plivo.readReport({ MessageUUID: 'x-1', Status: 'new\0word', ErrorCode: '4\0' })

    expect(said).toMatchObject({ ref: 'x-1', sentence: 'Plivo reports: new word (4).' })
    expect(africasTalking.readReport({ id: 'x-1', status: 'Success', phoneNumber: 'x\0y' })).toMatchObject({
      ...{ ref: 'x-1', outcome: 'delivered' },
    })
  })
})

describe('posts of a gateway', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await testApi()
  })
  afterAll(() => api.close())

  it.each([
    ['/dlr', 'id=x%00y&status=Success', 400],
    ['/dlr', 'id=x-1&status=Suc%00cess&failureReason=a%00b&phoneNumber=%2B2547%00', 200],
    ['/receiveSMS', 'id=x%00y&from=%2B254722000001&to=%2B15550100&text=Hello', 400],
    ['/receiveSMS', 'id=x-1&from=%2B2547%0022&to=%2B15550100&text=Hello', 400],
    ['/receiveSMS', 'senderId=ACME&phoneNumber=%2B2547%00', 400],
  ])('to %s with %s are answered %i', async (path, payload, status) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await api.app.inject({ method: 'POST', url: `${path}?key=${gatewayKey}`, headers, payload })

    expect(answer.statusCode).toBe(status)
  })
})
