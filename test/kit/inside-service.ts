import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from '../../src/base/scope.ts'
import { type Service, startService } from '../../src/main/service.ts'
import { readSettings } from '../../src/settings.ts'
import { makeDataFolder } from '../../src/store/embedded/data-folder.ts'
import { emptyDatabase } from './database.ts'
import { freePort } from './ports.ts'

/** The whole service in this very process, so that a fault that nobody catches fails the test, and its counts can be read. */
export interface InsideService {
  readonly service: Service
  /** Every line of its log, parsed. */
  readonly log: Record<string, unknown>[]
  readonly rtp: { readonly first: number; readonly count: number }
  request(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>
  /** @throws Error with the problem document when the status is not 2xx */
  api<T>(method: string, path: string, body?: unknown): Promise<T>
}

const adminToken = 'test-token-0123456789'

export async function openInside(scope: Scope, env: Readonly<Record<string, string>> = {}): Promise<InsideService> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'offhook-inside-'))
  scope.add('data folder', () => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 3 }))
  makeDataFolder(dataFolder)
  const database = await emptyDatabase()
  scope.add('database', () => database.close())
  const rtp = await freePort(64)
  const settings = readSettings(
    {
      ...{ OFFHOOK_HTTP_PORT: '0', OFFHOOK_SIP_PORT: '0', OFFHOOK_BIND: '127.0.0.1', OFFHOOK_DATA: dataFolder },
      ...{ OFFHOOK_TOKEN: adminToken, OFFHOOK_RTP_PORTS: `${rtp}-${rtp + 63}`, DATABASE_URL: database.url, ...env },
    },
    dataFolder,
  )
  const log: Record<string, unknown>[] = []
  const service = await startService({
    settings,
    logTo: { write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>) },
  })
  scope.add('service', () => service.close())

  const request: InsideService['request'] = async (method, path, body) => {
    const reply = await fetch(`${service.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    return {
      status: reply.status,
      body: /json/.test(reply.headers.get('content-type') ?? '') && text !== '' ? (JSON.parse(text) as unknown) : text,
    }
  }
  return {
    service,
    log,
    rtp: { first: rtp, count: 64 },
    request,
    async api<T>(method: string, path: string, body?: unknown) {
      const reply = await request(method, path, body)
      if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`)
      return reply.body as T
    },
  }
}
