import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lacks } from '../../src/engines/freeswitch/lacks.ts'
import type { Address } from '../../src/phone/address.ts'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
  await api.call('POST', '/v1/numbers', { body: { number: '+15550110' } })
})
afterEach(() => api.close())

const number: Address = { kind: 'number', e164: '+15550110', raw: '+15550110' }
const addTrunk = async (name: string, uri: string, more: object = {}): Promise<string> =>
  (await api.call('POST', '/v1/trunks', { body: { name, uri, ...more } })).json().id
const change = (body: object) => api.call('PATCH', '/v1/numbers/%2B15550110', { body })
const trunkOfNumber = async (): Promise<string | undefined> => (await api.phone.site?.trunkFor(number, undefined))?.name

describe('the engine of a number', () => {
  it('has its calls go out by a trunk of that engine, of several by the default', async () => {
    await addTrunk('pstn', 'sip:127.0.0.1:5080;transport=udp', { default: true })
    const first = await addTrunk('first', 'asterisk:PJSIP/{number}@one')
    api.clock.advance(1000)
    const second = await addTrunk('second', 'asterisk:PJSIP/{number}@two')
    expect(await trunkOfNumber()).toBe('pstn')

    expect((await change({ engine: 'asterisk' })).json()).toMatchObject({ engine: 'asterisk', trunk: null })
    expect(await trunkOfNumber()).toBe('first')
    expect(await api.phone.site?.numbersOfTrunk(first)).toEqual(['+15550110'])
    expect(await api.phone.site?.callerIdOfTrunk(first)).toBe('+15550110')

    await api.call('PATCH', `/v1/trunks/${second}`, { body: { default: true } })
    expect(await trunkOfNumber()).toBe('second')
    expect((await change({ engine: 'embedded' })).json()).toMatchObject({ engine: 'embedded' })
    expect(await trunkOfNumber()).toBe('pstn')
    expect((await change({ engine: null })).json()).toMatchObject({ engine: null })
    expect(await trunkOfNumber()).toBe('second')
  })

  it('is refused where no trunk goes by it, or the trunk of the number goes by another', async () => {
    const pstn = await addTrunk('pstn', 'sip:127.0.0.1:5080', { default: true })

    expect((await change({ engine: 'freeswitch' })).json().errors).toEqual([
      {
        field: '/engine',
        sentence: 'has no trunk that goes by freeswitch: add one whose URI begins with freeswitch:',
      },
    ])
    await addTrunk('switch', 'freeswitch:sofia/gateway/carrier/{number}')
    expect((await change({ engine: 'freeswitch', trunk: pstn })).json().errors).toEqual([
      {
        field: '/engine',
        sentence: 'does not fit: the trunk pstn goes by embedded, and the number is to go by freeswitch',
      },
    ])
    expect((await change({ engine: 'freeswitch' })).statusCode).toBe(200)
    expect((await change({ trunk: pstn })).json().errors).toMatchObject([{ field: '/trunk' }])
    expect((await change({ engine: null, trunk: pstn })).json()).toMatchObject({ engine: null, trunk: pstn })
  })
})

describe('GET /v1/engines', () => {
  it('says what each can do, and what its calls lack', async () => {
    const able = { textToSpeech: true, speechToText: false, urlPrompts: true }
    const capabilities = {
      ...{ blocks: new Set(['play', 'dial'] as const), dtmf: new Set(['info'] as const), lacks: {} },
      ...able,
    }
    api.phone.engineStates = [
      { name: 'embedded', capabilities },
      { name: 'freeswitch', place: '127.0.0.1:8021', away: 'it is off', capabilities: { ...capabilities, lacks } },
    ]

    const { items } = (await api.call('GET', '/v1/engines')).json()

    expect(items[0]).toEqual({
      ...{ name: 'embedded', place: null, state: 'ready', sentence: 'It carries calls.' },
      capabilities: { ...able, blocks: ['play', 'dial'], dtmf: ['info'], lacks: [] },
    })
    expect(items[1]).toMatchObject({ place: '127.0.0.1:8021', state: 'away', sentence: 'it is off' })
    expect(items[1].capabilities.lacks).toContainEqual({ feature: 'hold.tell', sentence: lacks['hold.tell'] })
  })
})
