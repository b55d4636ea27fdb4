import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { startProgram } from '../kit/program.ts'
import { type Service, startService } from '../kit/service.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Blocks that are not run here, by their first word pair. */
const notRun: Readonly<Record<string, string>> = {
  'npm start':
    'what it starts is running already; test/integration/scripts.test.ts has the script, demo.test.ts the demo',
  'npm test': 'this is part of it',
}

/** What the documents tell their readers to type, in the order in which they are read. */
const documents = [
  'README.md',
  'docs/guide/first-call.md',
  'docs/guide/calling-out.md',
  'docs/guide/texts.md',
  'docs/guide/asterisk.md',
  'docs/guide/freeswitch.md',
  'docs/guide/hosted-calls.md',
  'docs/guide/webhooks.md',
  'docs/guide/blocks.md',
  'docs/guide/documents.md',
  'docs/guide/driving-calls.md',
  'docs/guide/conferences.md',
  'docs/guide/call-files.md',
  'docs/guide/flows.md',
  'docs/guide/menus.md',
  'docs/guide/ussd.md',
  'docs/guide/fallback.md',
  'docs/guide/broadcasts.md',
  'docs/guide/scans.md',
  'docs/guide/connecting.md',
  'docs/operations/phones.md',
]

const scope = new Scope('documents')
let service: Service

beforeAll(async () => {
  // As a reader has it: a token that is made at the first start and kept.
  service = await startService({ scope, env: { OFFHOOK_TOKEN: '', OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' } })
})
afterAll(() => scope.close())

/** The `sh` blocks of a document, without the indentation of the list that they stand in. */
function blocks(document: string): string[] {
  const found = readFileSync(join(root, document), 'utf8').matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)
  return [...found].map(([, indent = '', text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
}

const reasonNotToRun = (block: string): string | undefined => notRun[block.split(/\s+/, 2).join(' ')]

async function type(script: string): Promise<{ code: number | undefined; said: string }> {
  const { port } = new URL(service.url)
  // The documents name the port that a reader has; curl is led to ours by its own settings.
  writeFileSync(join(service.dataFolder, '.curlrc'), `connect-to = "127.0.0.1:8080:127.0.0.1:${port}"\n`)
  const shell = startProgram('sh', ['-ec', script], {
    scope,
    cwd: root,
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, CURL_HOME: service.dataFolder, LANG: 'C.UTF-8' },
      ...{ OFFHOOK_DATA: service.dataFolder, OFFHOOK_HTTP_PORT: port, OFFHOOK_SIP_PORT: String(service.sipPort) },
      ...{ OFFHOOK_BIND: '127.0.0.1' },
    },
  })
  const { code } = await shell.exited
  return { code, said: shell.output() }
}

test.each(documents)('what %s says to type works, in its order', async (document) => {
  const run = blocks(document).filter((block) => reasonNotToRun(block) === undefined)
  expect(run).not.toEqual([])
  // One shell, as the reader has: what is exported in one block is there in the next.
  const { code, said } = await type(run.map((block, i) => `echo '== block ${i + 1}'\n${block}`).join('\n'))
  expect({ code, said }).toMatchObject({ code: 0 })
})

test('README and guide lead to what they say', async () => {
  const list = await type('npx offhook forward list')
  expect(list.said).toMatch(/Ann +\+15550100 +mailbox \+15550101 +rings 1001\/15 +texts 1001/)
  expect(list.said).toMatch(/Ben +\+15550102 +mailbox \+15550103 +rings 1002\/15 +texts 1002/)
  const numbers = await type('npx offhook number list')
  expect(numbers.said).toMatch(/asks http:\/\/127\.0\.0\.1:3000\/hook\?step=answer/)
})

test('a block that fails is a failure', async () => {
  expect((await type('curl -sf http://127.0.0.1:8080/v1/forwards')).code).not.toBe(0)
})

test('every document of the guide is typed, and nothing is excused that is gone', () => {
  const guide = readdirSync(join(root, 'docs/guide')).map((file) => `docs/guide/${file}`)
  expect(documents).toEqual(expect.arrayContaining(guide))
  const excused = documents.flatMap(blocks).map(reasonNotToRun)
  for (const reason of Object.values(notRun)) expect(excused).toContain(reason)
})
