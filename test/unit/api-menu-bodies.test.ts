import { afterEach, beforeEach, expect, it } from 'vitest'
import { type TestApi, testApi } from '../kit/api.ts'

let api: TestApi
beforeEach(async () => {
  api = await testApi()
})
afterEach(() => api.close())

const node = '{ "prompt": "Hello.", "options": [{ "key": "1", "label": "a", "action": { "kind": "hangup" } }] }'
const menus = (inner: string) => `{ "name": "Acme", "start": "main", "menus": { ${inner} } }`
const post = (body: string) => api.call('POST', '/v1/menus', { body, headers: { 'content-type': 'application/json' } })

it('a menu of JSON with two submenus of one name is refused, where one of them would be lost', async () => {
  const once = await post(menus(`"main": ${node}`))
  const twice = await post(menus(`"main": ${node},\n"main": ${node}`))

  expect(once.statusCode).toBe(201)
  expect([twice.statusCode, twice.json().errors]).toEqual([
    400,
    [{ field: '', sentence: expect.stringMatching(/must be unique at line 2, column 1/) }],
  ])
})

it.each([
  ['', 'empty'],
  ['{', 'JSON'],
])('a menu of %j is refused as a body that is none', async (body, word) => {
  const refused = await post(body)

  expect([refused.statusCode, refused.json()]).toMatchObject([
    400,
    { code: 'invalid_json', detail: expect.stringContaining(word) },
  ])
})
