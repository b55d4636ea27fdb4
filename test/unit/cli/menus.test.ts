import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { run } from '../../../src/cli/program.ts'

let close = async (): Promise<void> => {}
afterEach(() => close())

type Answer = (request: IncomingMessage, response: ServerResponse) => void

async function type(answer: Answer, ...args: string[]): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  close = () => new Promise((resolve) => server.close(() => resolve()))
  const env = {
    OFFHOOK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    OFFHOOK_TOKEN: 'a-token-for-this-test',
  }
  let said = ''
  const write = (text: unknown): boolean => {
    said += String(text)
    return true
  }
  await run(args, { out: { write }, err: { write }, env, signal: new AbortController().signal })
  return said
}

const refused =
  (...fields: string[]): Answer =>
  (_, response) => {
    const errors = fields.map((field) => ({ field, sentence: 'is wrong' }))
    response.writeHead(400).end(JSON.stringify({ detail: 'Refused.', errors }))
  }

/** Begun, over by its first event, and then read. */
const over =
  (event: string, row: object): Answer =>
  ({ url = '' }, response) => {
    if (!url.endsWith('/events')) response.end(JSON.stringify(row))
    else
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(`data: ${JSON.stringify({ [event]: row })}\n\n`)
  }

const sentence = 'Nobody was there.'
const common = { number: '+15550142', seconds: 0, calls: 1, createdAt: '2026-01-05T12:00:00.000Z', state: 'failed' }
const scan = { ...common, id: 'scn_1', name: null, sentence, nodes: 0, open: 0, percent: 0, tree: null }
const connection = {
  ...{ ...common, id: 'con_1', to: '1001', way: [{ press: '1' }], pressed: 0, call: null, recording: null },
  failure: { code: 'silent', sentence },
}

it.each([
  ['scan', over('scan', scan), ['scan', '+15550142']],
  ['connection', over('connection', connection), ['connect', '+15550142', '1', '--to', '1001']],
] as const)('why a %s failed is said once', async (_name, answer, args) => {
  const said = await type(answer, ...args)

  expect(said.split(sentence)).toHaveLength(2)
  expect(said).toContain('failed')
})

it('names what is wrong with a connection as it was typed', async () => {
  const answer = refused('/way/1/press', '/node', '/number', '/scan', '/to', '/seconds')

  expect(await type(answer, 'connect', '+15550142', '1, x', '--to', '1001')).toBe(
    ['KEYS, x', 'KEYS', 'TARGET', 'TARGET', '--to', '--seconds'].map((name) => `${name}: is wrong\n`).join(''),
  )
})

it('names what is wrong with a scan as it was typed', async () => {
  const answer = refused('/number', '/callsAtOnce', '/hours/zone')

  expect(await type(answer, 'scan', '+15550142')).toBe('NUMBER: is wrong\n--at-once: is wrong\n--zone: is wrong\n')
})

it('names a count that is none as it was typed', async () => {
  expect(await type(refused(), 'scan', '+15550142', '--at-once', 'two')).toBe(
    '--at-once wants a whole number, not "two".\n',
  )
})
