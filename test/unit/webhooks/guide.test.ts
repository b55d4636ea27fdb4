import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newSecret, signStandard } from '../../../src/webhooks/sign/standard.ts'

type IsGenuine = (headers: Readonly<Record<string, string>>, body: string, secret: string) => boolean
const folder = mkdtempSync(join(tmpdir(), 'offhook-guide-'))
let isGenuine: IsGenuine
beforeAll(async () => {
  const guide = readFileSync(new URL('../../../docs/guide/webhooks.md', import.meta.url), 'utf8')
  const path = join(folder, 'receiver.mjs')
  writeFileSync(path, /^```js\n([\s\S]*?)^```$/m.exec(guide)?.[1] ?? '')
  ;({ isGenuine } = (await import(pathToFileURL(path).href)) as { isGenuine: IsGenuine })
})
afterAll(() => rmSync(folder, { recursive: true }))

const secret = newSecret()
const body = '{"type":"call.ended"}'
const timestamp = Math.floor(Date.now() / 1000)

it('what the guide says to paste tells a genuine webhook', () => {
  const headers = signStandard({ id: 'dlv_1', timestamp, body }, [secret])
  expect(isGenuine(headers, body, secret)).toBe(true)
  expect(isGenuine(signStandard({ id: 'dlv_1', timestamp, body }, [newSecret(), secret]), body, secret)).toBe(true)
})

it('and no other', () => {
  const headers = signStandard({ id: 'dlv_1', timestamp, body }, [secret])
  expect(isGenuine(headers, `${body} `, secret)).toBe(false)
  expect(isGenuine(headers, body, newSecret())).toBe(false)
  expect(isGenuine({ ...headers, 'webhook-id': 'dlv_2' }, body, secret)).toBe(false)
  expect(isGenuine(signStandard({ id: 'dlv_1', timestamp: timestamp - 600, body }, [secret]), body, secret)).toBe(false)
  expect(isGenuine({}, body, secret)).toBe(false)
})
