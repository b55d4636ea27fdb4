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

it('a name that no menu may have is told what names are made of', async () => {
  const refused = await post(menus(`"main": ${node}, "ä ö": ${node}`))

  expect(refused.json().errors).toEqual([
    {
      field: '/menus/ä ö',
      sentence: 'its name takes 1 to 64 letters, digits, underscores or hyphens, the first a letter or digit',
    },
  ])
})

it('a URL that is none is told one that fits its field', async () => {
  const webhook = node.replace('{ "kind": "hangup" }', '{ "kind": "webhook", "url": "hello" }')
  const prompt = node.replace('"Hello."', '{ "url": "hello" }')
  const [told, said] = [await post(menus(`"main": ${webhook}`)), await post(menus(`"main": ${prompt}`))]

  expect(told.json().errors).toEqual([
    { field: '/menus/main/options/0/action/url', sentence: 'takes a URL such as https://example.com/menu-chosen' },
  ])
  expect(said.json().errors).toEqual([
    { field: '/menus/main/prompt/url', sentence: 'takes a URL such as https://example.com/welcome.wav' },
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
