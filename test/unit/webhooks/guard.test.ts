import { once } from 'node:events'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { Scope } from '../../../src/base/scope.ts'
import { type GuardedRequest, openGuard, type Redirected } from '../../../src/webhooks/guard.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

let scope: Scope
beforeEach(() => {
  scope = new Scope('test')
})
afterEach(() => scope.close())

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void

async function serve(handle: Handler): Promise<{ port: number; heard: IncomingMessage[] }> {
  const heard: IncomingMessage[] = []
  const server = createHttp(async (request, response) => {
    heard.push(request)
    let body = ''
    for await (const part of request) body += part
    handle(request, response, body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  scope.add('server', () => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, heard }
}

/** A server of raw bytes. */
async function serveRaw(answer: string | undefined): Promise<number> {
  const server = createTcp((socket) => {
    socket.on('error', () => {}) // the guard hangs up, which is what is tested
    scope.add('socket', () => void socket.destroy())
    if (answer !== undefined) socket.once('data', () => socket.end(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  scope.add('server', () => void server.close())
  return (server.address() as AddressInfo).port
}

const get = (url: string, over: Partial<GuardedRequest> = {}): GuardedRequest => ({
  url,
  method: 'GET',
  headers: {},
  timeoutMs: 5000,
  maxBytes: 1000,
  maxRedirects: 3,
  ...over,
})

function guard(names: Readonly<Record<string, readonly string[]>> = {}, allow: readonly string[] = ['127.0.0.1/32']) {
  const asked: string[] = []
  const resolve = async (name: string): Promise<readonly string[]> => {
    asked.push(name)
    return names[name] ?? Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
  }
  return { ...openGuard({ allow, clock: systemClock, scope, resolve }), asked }
}

describe('what may be fetched', () => {
  it.each([
    ['ftp://example.com/', /http:\/\/ or https:\/\//],
    ['file:///etc/passwd', /http:\/\/ or https:\/\//],
    ['nothing', /is not a URL/],
    ['http://8.8.8.8:25/', /Port 25/],
    ['http://10.0.0.1/', /10\.0\.0\.1 is not a public address \(private\).*OFFHOOK_WEBHOOK_ALLOW/],
    ['http://0x7f.2/', /127\.0\.0\.2 is not a public address \(loopback\)/],
    ['http://2130706434/', /loopback/],
    ['http://[::ffff:169.254.169.254]/latest/', /metadata/],
    ['http://[fe80::1]/', /link-local/],
    [`http://8.8.8.8/${'x'.repeat(4096)}`, /4096/],
  ])('%s is refused before anything is sent', async (url, sentence) => {
    const { fetch, check } = guard()
    const refused = { code: 'url_not_allowed', message: expect.stringMatching(sentence) }
    await expect(fetch(get(url))).rejects.toMatchObject(refused)
    await expect(check(url)).rejects.toMatchObject(refused)
  })

  it('a name that leads inside is refused, also when only one of its addresses does', async () => {
    const { fetch, check } = guard({ 'inside.test': ['8.8.8.8', '192.168.1.1'] })
    const refused = {
      code: 'url_not_allowed',
      message: expect.stringMatching(/^inside\.test is 192\.168\.1\.1, which is not a public address/),
    }
    await expect(fetch(get('http://inside.test/'))).rejects.toMatchObject(refused)
    await expect(check('http://inside.test/')).rejects.toMatchObject(refused)
  })

  it('a name that leads outside, or nowhere yet, may be set', async () => {
    const { check } = guard({ 'outside.test': ['8.8.8.8', '127.0.0.1'], 'empty.test': [] })
    const names = ['outside.test', 'empty.test', 'nowhere.test', '8.8.8.8']
    const found = await Promise.all(names.map((name) => check(`https://${name}/hook`)))
    expect(found).toEqual(['resolved', 'unresolved', 'unresolved', 'resolved'])
  })

  it('a name is waited for two seconds where it is set', async () => {
    const clock = new FakeClock()
    const resolve = (): Promise<readonly string[]> => new Promise(() => {})
    const found = openGuard({ allow: [], clock, scope, resolve }).check('http://slow.test/')
    clock.advance(1999)
    expect(clock.waiting).toBe(1)
    clock.advance(1)
    expect([await found, clock.waiting]).toEqual(['late', 0])
  })

  it('a name is looked up once, and the connection goes to what it was then', async () => {
    const { port, heard } = await serve((_, response) => response.end('ok'))
    const { fetch, asked } = guard({ 'hook.test': ['127.0.0.1'] })
    const { status, body } = await fetch(get(`http://hook.test:${port}/a?b=1`))
    expect([status, body.toString()]).toEqual([200, 'ok'])
    expect(asked).toEqual(['hook.test'])
    expect([heard[0]?.url, heard[0]?.headers.host]).toEqual(['/a?b=1', `hook.test:${port}`])
  })

  it('a redirect to the inside is refused', async () => {
    const { port } = await serve((_, response) => response.writeHead(302, { location: 'http://127.0.0.2/' }).end())
    const { fetch } = guard()
    await expect(fetch(get(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({ code: 'url_not_allowed' })
  })
})

describe('what comes back', () => {
  it('is followed through redirects, and credentials stay with the origin that they were for', async () => {
    const other = await serve((request, response, body) =>
      response.end(`${request.method} ${request.headers.authorization} ${body}`),
    )
    const first = await serve((request, response) => {
      const location = request.url === '/old' ? '/new' : `http://127.0.0.1:${other.port}/`
      response.writeHead(request.url === '/old' ? 308 : 303, { location }).end()
    })
    const { fetch } = guard()
    const request = get(`http://ann:pass%20word@127.0.0.1:${first.port}/old`, { method: 'POST', body: 'hello' })

    const { body, url } = await fetch(request)

    expect(first.heard.map(({ method }) => method)).toEqual(['POST', 'POST'])
    expect(first.heard[1]?.headers.authorization).toBe(`Basic ${Buffer.from('ann:pass word').toString('base64')}`)
    expect(body.toString()).toBe('GET undefined ')
    expect(url).toBe(`http://127.0.0.1:${other.port}/`)
  })

  it('is asked for anew where a redirect leads, if its headers depend on the URL', async () => {
    const other = await serve((request, response, body) =>
      response.end(
        `${request.method} ${request.url} ${request.headers['x-signed']} ${request.headers.authorization} ${body}`,
      ),
    )
    const there = `http://127.0.0.1:${other.port}/there`
    const status = { '/gone': 302, '/moved': 307 }
    const first = await serve((request, response) =>
      response.writeHead(status[request.url as keyof typeof status], { location: there }).end(),
    )
    const { fetch } = guard()
    const ask = async (path: string): Promise<string> => {
      const signed = (url: string, method: string): Redirected => ({
        ...{ url: method === 'GET' ? `${url}?a=1` : url, headers: { 'x-signed': `${method} ${url}` } },
        ...(method === 'GET' ? {} : { body: 'a=1' }),
      })
      const url = `http://ann:secret@127.0.0.1:${first.port}${path}`
      const request = { ...get(url, { method: 'POST' }), ...signed(url, 'POST'), redirected: signed }
      return (await fetch(request)).body.toString()
    }

    expect(await ask('/gone')).toBe(`GET /there?a=1 GET ${there} undefined `)
    expect(await ask('/moved')).toBe(`POST /there POST ${there} undefined a=1`)
  })

  it('is a failure after too many redirects; a redirect itself where none are wanted', async () => {
    const { port } = await serve((_, response) => response.writeHead(302, { location: '/' }).end())
    const { fetch } = guard()
    const url = `http://127.0.0.1:${port}/`
    await expect(fetch(get(url))).rejects.toMatchObject({ kind: 'redirects' })
    expect((await fetch(get(url, { maxRedirects: 0 }))).status).toBe(302)
  })

  it.each([true, false])('is refused, or cut, when it is longer than wanted (length told: %s)', async (told) => {
    const { port } = await serve((_, response) => {
      if (told) response.setHeader('content-length', '3000')
      response.write('x'.repeat(1500))
      response.end('x'.repeat(1500))
    })
    const { fetch } = guard()
    const url = `http://127.0.0.1:${port}/`
    await expect(fetch(get(url))).rejects.toMatchObject({ kind: 'too_large' })
    expect((await fetch(get(url, { longer: 'cut' }))).body.length).toBe(1000)
    expect((await fetch(get(url, { maxBytes: 3000 }))).body.length).toBe(3000)
  })

  it('is refused when it is of another type', async () => {
    const { port } = await serve((_, response) => response.setHeader('content-type', 'text/html').end('<p>'))
    const { fetch } = guard()
    await expect(fetch(get(`http://127.0.0.1:${port}/`, { types: ['audio/'] }))).rejects.toMatchObject({
      kind: 'type',
      message: 'It is "text/html", not audio/.',
    })
  })

  it('is a failure with a sentence when it never comes, is no HTTP, or breaks off', async () => {
    const { fetch } = guard()
    const from = async (answer: string | undefined, timeoutMs = 5000) =>
      fetch(get(`http://127.0.0.1:${await serveRaw(answer)}/`, { timeoutMs }))
    await expect(from(undefined, 60)).rejects.toMatchObject({ kind: 'timeout' })
    await expect(from('rubbish\r\n\r\n')).rejects.toThrow(/not HTTP/)
    await expect(from('')).rejects.toThrow(/without an answer/)
    await expect(from('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort')).rejects.toThrow(/broke off/)
    await expect(from('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort', 60)).rejects.toThrow()
    await expect(fetch(get('http://nowhere.test/'))).rejects.toMatchObject({ kind: 'name' })
  })

  it('is waited for less long until there is a connection, with TLS, than for the answer', async () => {
    const { fetch } = guard()
    const port = await serveRaw(undefined)
    await expect(fetch(get(`https://127.0.0.1:${port}/`, { connectMs: 60 }))).rejects.toMatchObject({
      ...{ kind: 'connection', message: `There was no connection to 127.0.0.1:${port} within 0.06 s.` },
    })
    const connected = get(`http://127.0.0.1:${port}/`, { connectMs: 60, timeoutMs: 300 })
    await expect(fetch(connected)).rejects.toMatchObject({ kind: 'timeout' })
  })

  it('is given up where its name is not looked up in time', async () => {
    const resolve = (): Promise<readonly string[]> => new Promise(() => {})
    const { fetch } = openGuard({ allow: [], clock: systemClock, scope, resolve })
    await expect(fetch(get('http://slow.test/', { connectMs: 60 }))).rejects.toMatchObject({ kind: 'connection' })
  })

  it('comes over one connection for many requests, and over a new one when the old was closed meanwhile', async () => {
    const ports = new Set<number | undefined>()
    const { port } = await serve((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('ok')
      if (request.url === '/last') setImmediate(() => request.socket.destroy())
    })
    const { fetch } = guard()
    for (const path of ['a', 'b', 'last', 'c']) {
      expect((await fetch(get(`http://127.0.0.1:${port}/${path}`))).status).toBe(200)
    }
    expect(ports.size).toBe(2)
  })
})
