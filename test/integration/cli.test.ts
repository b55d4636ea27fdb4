import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { run } from '../../src/cli/program.ts'

const home = mkdtempSync(join(tmpdir(), 'offhook-cli-'))
afterAll(() => rm(home, { recursive: true, force: true }))

class Words {
  text = ''
  readonly #hear: ((text: string) => void) | undefined
  constructor(hear?: (text: string) => void) {
    this.#hear = hear
  }
  readonly write = (part: string): boolean => {
    this.text += part
    this.#hear?.(this.text)
    return true
  }
}

/** Runs a command line as the shell would and hears what it says. */
async function offhook(
  args: string[],
  env: NodeJS.Dict<string> = {},
  signal = new AbortController().signal,
  onOut?: (text: string) => void,
) {
  const [out, err] = [new Words(onOut), new Words()]
  const code = await run(args, {
    out,
    err,
    env: { OFFHOOK_DATA: home, OFFHOOK_HTTP_PORT: '0', OFFHOOK_SIP_PORT: '0', ...env },
    signal,
  })
  return { code, out: out.text, err: err.text }
}

/** A server that answers as it is told: what the command makes of the wire, of foreign servers and of broken ones. */
async function answering(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    answer(request, response, body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('offhook doctor', () => {
  test('needs no running service and finds this machine well', async () => {
    const { code, out } = await offhook(['doctor', '--json'])
    const findings = JSON.parse(out) as { topic: string; level: string; advice?: string }[]
    expect(new Set(findings.map(({ topic }) => topic))).toEqual(
      new Set(['node', 'settings', 'ports', 'addresses', 'tls', 'speech', 'database', 'clock', 'disk', 'files']),
    )
    expect(findings.filter(({ level }) => level === 'fault')).toEqual([])
    expect(code).toBe(0)
  })

  test('names who holds a port and the setting that moves it', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    onTestFinished(() => {
      socket.close()
    })
    const { port } = socket.address()
    const { code, out } = await offhook(['doctor'], { OFFHOOK_SIP_PORT: String(port) })
    expect(out).toContain(`SIP port ${port}/udp on 0.0.0.0 is held by process ${process.pid} (`)
    expect(out).toContain('or set OFFHOOK_SIP_PORT to another port')
    expect(out).toMatch(/One fault keeps the service from working\.\n$/)
    expect(code).toBe(1)
  })

  test('a database that does not answer is a fault, and its password stays unsaid', async () => {
    const { code, out } = await offhook(['doctor'], { DATABASE_URL: 'postgres://ann:secret@127.0.0.1:9/phone' })
    expect(out).toMatch(/FAULT +database +The PostgreSQL at 127\.0\.0\.1:9\/phone \(DATABASE_URL\) does not answer/)
    expect(out).not.toContain('secret')
    expect(code).toBe(1)
  })

  test('a broken file of our own database is a fault, not a first start, and what it holds stays unsaid', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-cli-broken-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'postgres.json'), '{"password":secret')
    const { code, out } = await offhook(['doctor'], { OFFHOOK_DATA: folder })
    expect(out).toContain(`postgres.json in ${folder} cannot be read: it is no JSON.`)
    expect(out).not.toContain('secret')
    expect(code).toBe(1)
  })

  test('an address of another machine is told apart from a taken port', async () => {
    const { out } = await offhook(['doctor'], { OFFHOOK_BIND: '203.0.113.77', OFFHOOK_SIP_PORT: '15060' })
    expect(out).toContain('203.0.113.77 is no address of this machine')
  })

  test('a data folder that can keep no files is told apart from a full disk', async () => {
    const { code, out } = await offhook(['doctor'], { OFFHOOK_DATA: '/proc/foo' })
    expect(out).toMatch(
      /FAULT +disk +The data folder \/proc\/foo cannot be used: \/proc keeps no files\.\n +→ Set OFFHOOK_DATA/,
    )
    expect(out).not.toContain('MiB free')
    expect(code).toBe(1)
  })

  test('every bad setting is a fault of its own', async () => {
    const { code, out } = await offhook(['doctor', '--json'], { OFFHOOK_SIP_PORT: 'x', OFFHOOK_TRUST: '1' })
    const faults = (JSON.parse(out) as { topic: string; level: string; sentence: string }[]).filter(
      (f) => f.level === 'fault',
    )
    expect(faults.map(({ sentence }) => sentence)).toEqual([
      expect.stringContaining('OFFHOOK_SIP_PORT'),
      expect.stringContaining('OFFHOOK_TRUST'),
    ])
    expect(code).toBe(1)
  })
})

describe('talking to a service', () => {
  test('nobody there: says what to do, exit 3', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.close()
    await once(server, 'close')
    const { code, err } = await offhook(['calls'], { OFFHOOK_URL: url })
    expect(err).toBe(
      `No service answers at ${url} (ECONNREFUSED). Start it with npm start, or set OFFHOOK_URL to where it runs; npx offhook doctor looks for the cause.\n`,
    )
    expect(code).toBe(3)
  })

  test('a refusal is its sentence and every bad field, made harmless for the terminal', async () => {
    const url = await answering((_, response) => {
      response.writeHead(400, { 'content-type': 'application/problem+json' }).end(
        JSON.stringify({
          detail: 'Two fields cannot be accepted.',
          errors: [
            { field: '/username', sentence: 'has a \u001b[2J in it' },
            { field: '/password', sentence: 'is too short' },
          ],
        }),
      )
    })
    const { code, err } = await offhook(['extension', 'add', 'x'], { OFFHOOK_URL: url })
    expect(err).toBe('USERNAME: has a \\x1b[2J in it\n--password: is too short\n')
    expect(code).toBe(1)
  })

  test('an answer of something else is not taken for ours', async () => {
    const url = await answering((_, response) => {
      response.end('<html>login</html>')
    })
    const { code, err } = await offhook(['calls'], { OFFHOOK_URL: url })
    expect(err).toContain('Is it an Offhook of another version?')
    expect(code).toBe(1)
  })

  test('sends the token, the body, and shows a password that it made up', async () => {
    let seen: unknown
    const url = await answering((request, response, body) => {
      seen = { method: request.method, path: request.url, token: request.headers.authorization, body: JSON.parse(body) }
      response.writeHead(201).end(JSON.stringify({ id: 'ext_1', username: '1001' }))
    })
    const { code, out } = await offhook(['extension', 'add', '1001', '--json'], {
      OFFHOOK_URL: url,
      OFFHOOK_TOKEN: 'a-token-for-this-test',
    })
    const { password } = JSON.parse(out) as { password: string }
    expect(password).toMatch(/^[0-9a-f]{30}$/)
    expect(seen).toEqual({
      method: 'POST',
      path: '/v1/extensions',
      token: 'Bearer a-token-for-this-test',
      body: { username: '1001', password },
    })
    expect(code).toBe(0)
  })

  test('an id cannot lead to another path', async () => {
    let path: string | undefined
    const url = await answering((request, response) => {
      path = request.url
      response.writeHead(404).end(JSON.stringify({ title: 'There is no such thing.' }))
    })
    await offhook(['logs', '../tokens?x=1'], { OFFHOOK_URL: url })
    expect(path).toBe('/v1/calls/..%2Ftokens%3Fx%3D1')
  })

  test('follows events, however the stream is cut into packets, until interrupted', async () => {
    const call = {
      id: 'call_1',
      state: 'ringing',
      from: { kind: 'number', address: '+15550142' },
      to: { kind: 'extension', address: 'Ann\u0007' },
      startedAt: '2026-01-01T00:00:00Z',
    }
    const url = await answering(async (request, response) => {
      if (request.url !== '/v1/events') {
        response.end(JSON.stringify({ items: [] }))
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const stream = Buffer.from(
        `: hello\r\n\r\nevent: call.started\r\ndata: ${JSON.stringify({ call })}\r\n\r\nevent: message.created\ndata: {"message":{"id":"msg_1","from":"+15550100","to":"1001"}}\n\nevent: cut\ndata: {`,
      )
      for (let i = 0; i < stream.length; i += 7) {
        await new Promise((resolve) => response.write(stream.subarray(i, i + 7), resolve))
      }
    })
    const interrupted = new AbortController()
    const { code, out } = await offhook(['calls', '--follow'], { OFFHOOK_URL: url }, interrupted.signal, (text) => {
      if (text.includes('msg_1')) interrupted.abort()
    })
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toBe('No calls yet.')
    expect(lines[1]).toMatch(/^call\.started +\S+ \S+ +call_1 +\+15550142 +→ +Ann\\x07 +ringing$/)
    expect(lines[2]).toBe('message.created    msg_1  +15550100  →  1001')
    expect(code).toBe(0)
  })
})

describe('wrong use', () => {
  test.each([
    [['dance'], /unknown command 'dance'/],
    [['forward', 'add', 'Ann'], /required option '--to/],
    [['calls', '--limit', '0'], /--limit wants a whole number from 1 to 200/],
    [['calls', '--limit', '1e2'], /--limit wants/],
    [['forward', 'add', 'Ann', '--to', ' '], /A target is an extension/],
  ])('%j exits with 2', async (args, sentence) => {
    const { code, err } = await offhook(args, { OFFHOOK_URL: 'http://127.0.0.1:9' })
    expect(err).toMatch(sentence)
    expect(code).toBe(2)
  })

  test('--help and --version are no faults', async () => {
    expect(await offhook(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    expect(await offhook(['calls', '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--follow') })
  })
})
