import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
  for (const number of [first, second]) await api.call('POST', '/v1/numbers', { body: { number } })
})
afterEach(() => api.close())

const [first, second] = ['+15550101', '+15550102'] as const
const hangUp = { kind: 'hangup' } as const
const ringing = (to: string) => ({ kind: 'dial', to: [to], next: 'hangup' }) as const
const menu = (name: string, { otherwise, option = hangUp }: { otherwise?: object; option?: object }) => ({
  ...{ name, start: 'main' },
  menus: {
    main: {
      prompt: 'Welcome.',
      options: [{ key: '1', label: 'sales', action: option }],
      ...(otherwise === undefined ? {} : { otherwise }),
    },
  },
})
const save = async (body: object): Promise<string> => (await api.call('POST', '/v1/menus', { body })).json().id
const replace = (id: string, body: object) => api.call('PUT', `/v1/menus/${id}`, { body })
const assign = (number: string, id: string) =>
  api.call('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, { body: { assignment: { kind: 'menu', menu: id } } })

describe('a menu that rings a number of the site', () => {
  it.each([
    ['otherwise', { otherwise: ringing(first) }, '/menus/main/otherwise/to/0'],
    ['by a key', { option: ringing(first) }, '/menus/main/options/0/action/to/0'],
  ])('is refused where that is its own, %s', async (_, actions, field) => {
    const id = await save(menu('Circle', {}))
    await assign(first, id)

    const refused = await replace(id, menu('Circle', actions))

    expect([refused.statusCode, refused.json().errors]).toMatchObject([
      400,
      [{ field, sentence: expect.stringContaining('of this very menu') }],
    ])
  })

  it('is not given the number that it rings', async () => {
    const other = await save(menu('Other', {}))
    await assign(first, other)
    const id = await save(menu('Circle', { otherwise: ringing(first) }))

    const refused = await assign(first, id)

    expect([refused.statusCode, refused.json().errors]).toMatchObject([
      400,
      [{ field: '/assignment/menu', sentence: expect.stringContaining('/menus/main/otherwise/to/0') }],
    ])
  })

  it('may lead back to another by a key, but not where nobody presses one', async () => {
    const main = await save(menu('Main', {}))
    await assign(first, main)
    const branch = await save(menu('Branch', { otherwise: ringing(first) }))
    await assign(second, branch)

    const byKey = await replace(main, menu('Main', { option: ringing(second) }))
    const silently = await replace(main, menu('Main', { otherwise: ringing(second) }))

    expect(byKey.statusCode).toBe(200)
    expect([silently.statusCode, silently.json().errors]).toMatchObject([
      400,
      [{ sentence: expect.stringContaining('who presses nothing back to this menu') }],
    ])
  })
})
