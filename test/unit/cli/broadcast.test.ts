import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from '../../../src/cli/program.ts'
import { adminToken, type TestApi, testApi } from '../../kit/api.ts'

let api: TestApi
let url: string
let folder: string
beforeEach(async () => {
  api = await testApi()
  url = await api.app.listen({ host: '127.0.0.1', port: 0 })
  folder = mkdtempSync(join(tmpdir(), 'offhook-cli-'))
  await api.call('POST', '/v1/numbers', { body: { number: '+15550100' } })
})
afterEach(async () => {
  rmSync(folder, { recursive: true })
  await api.close()
})

async function type(...args: string[]): Promise<{ code: number; said: string }> {
  let said = ''
  const write = (text: unknown): boolean => {
    said += String(text)
    return true
  }
  const env = { OFFHOOK_URL: url, OFFHOOK_TOKEN: adminToken, OFFHOOK_DATA: folder }
  const code = await run(args, { out: { write }, err: { write }, env, signal: new AbortController().signal })
  return { code, said }
}
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

it('imports contacts and names each bad line', async () => {
  const { code, said } = await type('contact', 'import', file('a.csv', 'phone,name\n+254722000001,Amina\n12,Ben\n'))

  expect(code).toBe(0)
  expect(said).toBe(
    '1 added, 0 changed, 0 known already, 1 left out.\nline 3, phone: takes a number with its country code, such as +15550142\n',
  )
  expect((await type('contact', 'list')).said).toMatch(/^ctc_\S+ {2}\+254722000001 {2}new {2}Amina\n$/)
})

it('estimates, sends, shows and cancels a broadcast', async () => {
  await type('contact', 'import', file('a.csv', 'phone\n+254722000001\n'))
  const asked = file('b.json', JSON.stringify({ name: 'Hours', way: 'text', text: { body: 'Closed.' } }))

  const estimate = await type('broadcast', 'send', asked, '--dry-run')
  const sent = await type('broadcast', 'send', asked)
  const id = /brc_\w+/.exec(sent.said)?.[0] ?? ''
  const canceled = await type('broadcast', 'cancel', id)
  const again = await type('broadcast', 'resume', id)

  expect(estimate.said).toBe('1 contacts: 1 texts of 1 messages, 0 to 0 calls\n')
  expect(sent.said).toContain('Hours (brc_')
  expect(canceled.said).toContain('canceled, 1 of 1 over')
  expect([again.code, again.said]).toEqual([1, expect.stringContaining('is canceled')])
  expect((await type('broadcast', 'results', id)).said).toContain('"+254722000001",,"canceled"')
})

it('says what is wrong with a file', async () => {
  const missing = await type('broadcast', 'send', join(folder, 'none.json'))
  const broken = await type('broadcast', 'send', file('c.json', '[1]'))

  expect([missing.code, missing.said]).toEqual([2, expect.stringContaining('ENOENT')])
  expect([broken.code, broken.said]).toEqual([2, expect.stringContaining('is no JSON object')])
})
