import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { House } from '../kit/house.ts'

interface Node {
  readonly options: readonly { readonly key: string; readonly label: string; readonly to?: string }[]
}

describe('a menu that is served by the same site', { timeout: 240_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let number: string
  let agent: Awaited<ReturnType<House['signedIn']>>
  let expert: Awaited<ReturnType<House['signedIn']>>

  beforeAll(async () => {
    house = await House.open({ scope })
    agent = await house.signedIn()
    expert = await house.signedIn()
    const { id } = await house.service.api<{ id: string }>('POST', '/v1/menus', {
      name: 'Acme',
      start: 'main',
      menus: {
        main: {
          prompt: 'Welcome to Acme. For sales, press 1. For support, press 2.',
          options: [
            { key: '1', label: 'sales', action: { kind: 'hangup', say: 'Sales is closed. Goodbye.' } },
            {
              key: '2',
              label: 'support',
              action: { kind: 'dial', to: [expert.username], say: 'Please hold the line.' },
            },
          ],
        },
      },
    })
    const made = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    number = made.number
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, {
      assignment: { kind: 'menu', menu: id },
    })
  }, 60_000)
  afterAll(() => scope.close())

  it('is scanned as one elsewhere', async () => {
    // Nobody is to be rung for it.
    void expert.nextCall().then((call) => call.refuse(486))
    const { id } = await house.service.api<{ id: string }>('POST', '/v1/scans', { number })
    const scan = await house.service.until<{ state: string; sentence: string | null; tree: Node | null }>(
      `/v1/scans/${id}`,
      ({ state }) => state !== 'running',
      200_000,
    )

    expect(scan).toMatchObject({ state: 'done', sentence: null })
    expect(scan.tree?.options.map(({ key, label }) => [key, label])).toEqual([
      ['1', 'sales'],
      ['2', 'support'],
    ])
  })

  it('is travelled: both ends are put through', async () => {
    const { id } = await house.service.api<{ id: string }>('POST', '/v1/connections', {
      ...{ number, to: agent.username },
      way: [{ press: '2', hear: 'For sales, press 1. For support, press 2.' }],
    })
    const path = `/v1/connections/${id}`
    const shown = (test: (shown: { state: string }) => boolean) =>
      house.service.until<{ state: string }>(path, test, 60_000)
    const [rung, asked] = await Promise.all([agent.nextCall(), expert.nextCall()])
    await Promise.all([rung.answer(), asked.answer()])
    await shown(({ state }) => state === 'connected')
    rung.hangup()

    expect(await shown(({ state }) => state === 'done' || state === 'failed')).toMatchObject({
      ...{ state: 'done', pressed: 1, failure: null },
    })
  })
})
