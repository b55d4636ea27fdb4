import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DoNotCall } from '../../../src/main/do-not-call.ts'
import type { Address } from '../../../src/phone/address.ts'
import { type TestDatabase, testDatabase } from '../../kit/database.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await testDatabase()
})
afterEach(() => database.close())

const number = (e164: string): Address => ({ kind: 'number', e164, raw: e164 })
const uri = (text: string): Address => ({ kind: 'uri', uri: text, raw: text })
const row = (prefix: string, reason: string | null = null) => ({ prefix, reason, createdAt: new Date(0) })

describe('the do-not-call list', () => {
  it('forbids numbers and beginnings of them, however they are written', async () => {
    const list = await DoNotCall.load(database.store.db)
    await list.put(row('+15550142', 'asked us'))
    await list.put(row('+49'))

    expect(list.forbids(number('+15550142'))).toBe(
      '+15550142 must not be called: the do-not-call list names +15550142 (asked us)',
    )
    expect(list.forbids(number('+4930123456'))).toContain('names +49')
    expect(list.forbids(uri('sip:+15550142@carrier.example'))).toContain('asked us')
    expect(list.forbids(uri('sip:15550142;phone-context=x@carrier.example'))).toContain('asked us')
    expect([number('+15550143'), uri('sip:ann@carrier.example'), number('+4')].map((to) => list.forbids(to))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('is the same after a restart, and in the order of its changes', async () => {
    const list = await DoNotCall.load(database.store.db)
    const gone = [list.put(row('+1555')), list.put(row('+1555', 'again')), list.delete('+1555'), list.delete('+1555')]
    await Promise.all(gone)
    await list.put(row('+1556'))
    const next = await DoNotCall.load(database.store.db)

    expect(await Promise.all(gone.slice(2))).toEqual([true, false])
    expect([list, next].map((one) => one.forbids(number('+15550142')))).toEqual([undefined, undefined])
    expect(next.forbids(number('+15560142'))).toContain('+1556')
  })
})
