import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { localCarrier } from '../../src/carriers/local.ts'
import { newId } from '../../src/phone/id.ts'
import { insertForward } from '../../src/store/forwards.ts'
import { assignmentOf, getNumber, updateNumber } from '../../src/store/numbers.ts'
import { type TestDatabase, testDatabase } from '../kit/database.ts'
import { FakeClock } from '../kit/fake-clock.ts'

const clock = new FakeClock()
let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
beforeEach(() => database.store.pool.query('truncate numbers, forwards cascade'))

const carrier = () => localCarrier({ db: database.store.db, clock, deliver: async () => ({ kind: 'delivered' }) })
const ten = [{ first: '+15550100', last: '+15550109' }]

describe('the local inventory', () => {
  it('offers the range, lowest first', async () => {
    const local = carrier()

    expect(await local.offer(ten)).toEqual({ added: 10, withdrawn: 0 })

    const found = await local.numbers.search({ limit: 3 })
    expect(found.map((number) => number.e164)).toEqual(['+15550100', '+15550101', '+15550102'])
    expect(await local.numbers.search({ contains: '0107', limit: 5 })).toEqual([
      { e164: '+15550107', carrier: 'local' },
    ])
    expect(await local.numbers.search({ contains: '%', limit: 5 })).toEqual([])
  })

  it('finds what counts behind any number of others', async () => {
    const local = carrier()
    await local.offer([
      { first: '+15550000', last: '+15550999' },
      { first: '+442079460000', last: '+442079460004' },
    ])

    const found = await local.numbers.search({ accept: (e164) => e164.startsWith('+44'), limit: 3 })

    expect(found.map(({ e164 }) => e164)).toEqual(['+442079460000', '+442079460001', '+442079460002'])
  })

  it('gives each of many at once another number, and no more than there are', async () => {
    const local = carrier()
    await local.offer(ten)

    const results = await Promise.allSettled(Array.from({ length: 14 }, () => local.numbers.rent()))

    const rented = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.e164] : []))
    expect(new Set(rented).size).toBe(10)
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(4)
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({
      code: 'no_number_available',
    })
  })

  it('rents a number that is asked for once, whoever asks at once', async () => {
    const local = carrier()
    await local.offer(ten)

    const results = await Promise.allSettled(Array.from({ length: 8 }, () => local.numbers.rent('+15550105')))

    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'number_taken' })
    }
  })

  it('refuses a number out of its range', async () => {
    const local = carrier()
    await local.offer(ten)

    await expect(local.numbers.rent('+15550110')).rejects.toMatchObject({ code: 'number_not_offered' })
  })

  it('keeps rented numbers when the range shrinks, and lets them go when they are released', async () => {
    const local = carrier()
    await local.offer(ten)
    await local.numbers.rent('+15550109')

    expect(await local.offer([{ first: '+15550100', last: '+15550101' }])).toEqual({ added: 0, withdrawn: 7 })
    expect((await getNumber(database.store.db, '+15550109'))?.state).toBe('rented')
    await local.numbers.release('+15550109')

    expect(await getNumber(database.store.db, '+15550109')).toBeUndefined()
    await expect(local.numbers.rent('+15550109')).rejects.toMatchObject({ code: 'number_not_offered' })
  })

  it('offers a number again that was rented when the range grows back', async () => {
    const local = carrier()
    await local.offer(ten)
    await local.numbers.rent('+15550109')
    await local.offer([])
    await local.offer(ten)

    await local.numbers.release('+15550109')

    expect(await local.numbers.rent('+15550109')).toMatchObject({ e164: '+15550109' })
  })

  it('does not release what a forward uses', async () => {
    const { db } = database.store
    const local = carrier()
    await local.offer(ten)
    const [number, voicemail] = [await local.numbers.rent(), await local.numbers.rent()]
    const id = newId('forward', clock.wall())
    const at = new Date(clock.wall())
    await insertForward(db, {
      id,
      name: 'Ann',
      number: number.e164,
      voicemailNumber: voicemail.e164,
      targets: [{ to: '1001', seconds: 10 }],
      notify: null,
      email: null,
      callerId: 'caller',
      prompts: { forwarding: '', unreachable: '', greeting: '', thanks: '' },
      voicemail: { maxSeconds: 60, silenceSeconds: 5 },
      createdAt: at,
      updatedAt: at,
    })
    await updateNumber(db, voicemail.e164, { assignment: { kind: 'voicemail', forward: id } })

    await expect(local.numbers.release(voicemail.e164)).rejects.toMatchObject({
      code: 'in_use',
      message: expect.stringContaining(id),
    })
    expect(await assignmentOf(db, voicemail.e164)).toEqual({ kind: 'voicemail', forward: id })
  })

  it('does not release what is not rented', async () => {
    const local = carrier()
    await local.offer(ten)

    await expect(local.numbers.release('+15550100')).rejects.toMatchObject({ code: 'not_found' })
  })
})
