import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import type { Menu } from '../../src/menu/model.ts'
import { House } from '../kit/house.ts'
import { freePort } from '../kit/ports.ts'

interface ShownConnection {
  readonly id: string
  readonly state: string
  readonly pressed: number
  readonly seconds: number | null
  readonly failure: { readonly code: string; readonly sentence: string } | null
  readonly call: string | null
  readonly recording: string | null
}

const main = 'Welcome to Acme. For sales, press 1. For support, press 2.'
const support = 'You have reached the support department. For hardware, press 1. For software, press 2.'

/** Said once, at once, and in one breath: who misses it is hung up. */
const quick = {
  prompt: 'For hardware press 1, for software press 2.',
  attempts: 1,
  seconds: 15,
  options: [
    { key: '1', label: 'hardware', action: { kind: 'hangup', say: 'Hardware is closed.' } },
    { key: '2', label: 'software', action: { kind: 'menu', menu: 'support' } },
  ],
}

describe('a connection to a branch of a phone menu', { timeout: 90_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let menuNumber: string
  let agent: Awaited<ReturnType<House['signedIn']>>
  let expert: Awaited<ReturnType<House['signedIn']>>

  beforeAll(async () => {
    const elsewhere = await House.open({ scope, env: { OFFHOOK_RECOGNISER: 'none' } })
    house = await House.open({ scope, env: { OFFHOOK_LOCAL_NUMBERS: '+15550160-+15550169' } })
    // Both ends see it as their caller: without one it would be an extension, which elsewhere is another's.
    await house.service.api('POST', '/v1/numbers', {})
    expert = await elsewhere.signedIn()
    agent = await house.signedIn()
    const menu: Menu = {
      name: 'Acme',
      start: 'main',
      menus: {
        main: {
          prompt: main,
          options: [
            { key: '1', label: 'sales', action: { kind: 'hangup', say: 'Sales is closed.' } },
            { key: '2', label: 'support', action: { kind: 'menu', menu: 'support' } },
          ],
        },
        support: {
          prompt: support,
          options: [
            { key: '1', label: 'hardware', action: { kind: 'dial', to: [expert.username] } },
            { key: '2', label: 'software', action: { kind: 'hangup' } },
          ],
        },
      },
    }
    const { id } = await elsewhere.service.api<{ id: string }>('POST', '/v1/menus', menu)
    const { number } = await elsewhere.service.api<{ number: string }>('POST', '/v1/numbers', {})
    await elsewhere.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, {
      assignment: { kind: 'menu', menu: id },
    })
    menuNumber = `sip:${number}@${elsewhere.server}`
  }, 120_000)
  afterAll(() => scope.close())

  const start = (over: object): Promise<ShownConnection> =>
    house.service.api('POST', '/v1/connections', { number: menuNumber, to: agent.username, ...over })
  const until = (id: string, test: (shown: ShownConnection) => boolean): Promise<ShownConnection> =>
    house.service.until(`/v1/connections/${id}`, test, 60_000)

  it('presses its way and puts both ends through', async () => {
    const { id } = await start({
      way: [
        { press: '2', hear: main },
        { press: '1', hear: support },
      ],
      record: true,
    })

    const ringing = await until(id, ({ state, failure }) => state === 'ringing' || failure !== null)
    expect(ringing).toMatchObject({ state: 'ringing', pressed: 2, failure: null })
    const [rung, asked] = await Promise.all([agent.nextCall(), expert.nextCall()])
    await Promise.all([rung.answer(), asked.answer()])
    const connected = await until(id, ({ state }) => state === 'connected')
    await rung.hangup()
    const over = await until(id, ({ state }) => state === 'done' || state === 'failed')

    expect(connected).toMatchObject({ pressed: 2, failure: null })
    expect(over).toMatchObject({ state: 'done', seconds: expect.any(Number), failure: null })
    expect(over.recording).toMatch(/^rec_/)
  })

  it('is done, with its seconds, where the far end ends the talk', async () => {
    const { id } = await start({ way: [{ press: '2' }, { press: '1' }] })
    const [rung, asked] = await Promise.all([agent.nextCall(), expert.nextCall()])
    await Promise.all([rung.answer(), asked.answer()])
    await until(id, ({ state }) => state === 'connected')

    await asked.hangup()
    const over = await until(id, ({ state }) => state === 'done' || state === 'failed')

    expect(over).toMatchObject({ state: 'done', seconds: expect.any(Number), failure: null })
  })

  it('hears a prompt that begins as soon as the key before it was pressed', async () => {
    const nobody = `sip:nobody@127.0.0.1:${await freePort()};transport=tcp`
    const own = { name: 'Own', start: 'main', menus: { main: { ...quick, prompt: main }, support: quick } }
    const { id: menu } = await house.service.api<{ id: string }>('POST', '/v1/menus', own)
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, {
      assignment: { kind: 'menu', menu },
    })

    const way = [
      { press: '2', hear: main },
      { press: '2', hear: quick.prompt },
    ]
    const { id } = await start({ number, way, to: nobody })
    const over = await until(id, ({ failure }) => failure !== null)

    expect(over).toMatchObject({ pressed: 2, failure: { code: 'unanswered' } })
  })

  it('follows an option to its new key, and tells a menu that has changed', async () => {
    const nobody = `sip:nobody@127.0.0.1:${await freePort()};transport=tcp`
    const moved = await start({ way: [{ press: '5', hear: 'For support, press 5.' }], to: nobody })
    const changed = await start({ way: [{ press: '1', hear: 'To renew a library book, press 1.' }] })

    const after = await until(moved.id, ({ failure }) => failure !== null)
    const failed = await until(changed.id, ({ failure }) => failure !== null)

    expect(after).toMatchObject({ pressed: 1, failure: { code: 'unanswered' } })
    expect(failed).toMatchObject({ state: 'failed', pressed: 0, failure: { code: 'changed' } })
  })
})
