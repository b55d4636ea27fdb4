import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { run } from '../../src/cli/program.ts'
import type { Menu } from '../../src/menu/model.ts'
import { House } from '../kit/house.ts'
import { freePort } from '../kit/ports.ts'
import { type Service, startService } from '../kit/service.ts'

interface Node {
  readonly end: string
  readonly text: string
  readonly options: readonly {
    readonly key: string
    readonly label: string
    readonly state: string
    readonly to?: string
    readonly node?: Node
  }[]
}
interface ShownScan {
  readonly id: string
  readonly state: string
  readonly sentence: string | null
  readonly calls: number
  readonly nodes: number
  readonly percent: number
  readonly tree: Node | null
}
interface ShownHearing {
  readonly id: string
  readonly way: readonly string[]
  readonly text: string
  readonly audio: { readonly url: string; readonly fromMs: number; readonly toMs: number } | null
}

const company: Menu = {
  name: 'Company',
  start: 'main',
  menus: {
    main: {
      prompt: 'Thank you for calling the company.',
      announce: 'label_first',
      options: [
        { key: '1', label: 'sales', action: { kind: 'menu', menu: 'sales' } },
        {
          key: '2',
          label: 'opening hours',
          action: { kind: 'say', say: 'We are open from nine to five.', next: 'hangup' },
        },
        {
          key: '3',
          label: 'billing',
          action: { kind: 'hangup', say: 'Our office is closed. Please call back later.' },
        },
      ],
    },
    sales: {
      prompt: 'You have reached the sales department.',
      announce: 'key_first',
      options: [
        { key: '1', label: 'new orders', action: { kind: 'hangup', say: 'Please leave a message after the tone.' } },
        {
          key: '2',
          label: 'existing orders',
          action: { kind: 'hangup', say: 'Please hold for the next available agent.' },
        },
      ],
    },
  },
}

const keysOf = (node: Node): unknown =>
  Object.fromEntries(node.options.map(({ key, to, node }) => [key, node === undefined ? (to ?? 'open') : keysOf(node)]))

describe('a scan of a served menu', { timeout: 240_000 }, () => {
  const scope = new Scope('test')
  let company1: House
  let scanner: Service
  let number = ''

  beforeAll(async () => {
    company1 = await House.open({ scope })
    scanner = await startService({ scope, env: { OFFHOOK_SCAN_DENY: '+15550199' } })
    const { id } = await company1.service.api<{ id: string }>('POST', '/v1/menus', company)
    const made = await company1.service.api<{ number: string }>('POST', '/v1/numbers', {})
    number = made.number
    const path = `/v1/numbers/${encodeURIComponent(number)}`
    await company1.service.api('PATCH', path, { assignment: { kind: 'menu', menu: id } })
  }, 180_000)
  afterAll(() => scope.close())

  const begin = (): Promise<ShownScan> =>
    scanner.api('POST', '/v1/scans', { number: `sip:${number}@${company1.server}`, name: 'the company' })
  const read = (id: string): Promise<ShownScan> => scanner.api('GET', `/v1/scans/${id}`)
  const ended = (id: string): Promise<ShownScan> =>
    scanner.until<ShownScan>(`/v1/scans/${id}`, ({ state }) => state !== 'running', 200_000)
  const hearings = async (id: string): Promise<readonly ShownHearing[]> =>
    (await scanner.api<{ items: readonly ShownHearing[] }>('GET', `/v1/scans/${id}/hearings`)).items

  it('finds its tree through real calls, also when it is killed in the middle', async () => {
    const { id } = await begin()
    await scanner.until<ShownScan>(`/v1/scans/${id}`, ({ nodes }) => nodes >= 2, 120_000)
    const before = await hearings(id)
    await scanner.kill9()
    await scanner.restart()
    // From the recordings that the kill cut off.
    const [, prompts] = await scanner.logged(/"prompts":(\d+).*knows by their sound/)

    const scan = await ended(id)
    const after = await hearings(id)

    expect(scan).toMatchObject({ state: 'done', sentence: null, percent: 100 })
    expect(keysOf(scan.tree!)).toEqual({ 1: { 1: {}, 2: {} }, 2: {}, 3: {} })
    expect(after.slice(0, before.length).map((hearing) => hearing.id)).toEqual(before.map((hearing) => hearing.id))
    expect(Number(prompts)).toBeGreaterThan(0)
    expect(scanner.log()).not.toContain('known by its words alone')
    // What was heard before the kill was not to be heard out again.
    const ways = after.map(({ way }) => way.join(','))
    expect(new Set(ways).size).toBe(ways.length)
    expect(after[0]!.audio!.toMs).toBeGreaterThan(3000)
    expect((await fetch(after[0]!.audio!.url)).status).toBe(200)
    expect((await read(id)).calls).toBeGreaterThan(0)
  })

  it('is told as it grows on the command line, and differs from the one before by nothing', async () => {
    const scanned = await offhook('scan', `sip:${number}@${company1.server}`, '--depth', '1')
    const id = /scn_[0-9a-z]+/.exec(scanned.out)?.[0] ?? ''

    expect(scanned).toMatchObject({
      code: 0,
      out: expect.stringMatching(/1 {2}sales → menu\n[\s\S]* {2}2 {2}opening hours → /),
    })
    expect(scanned.err).toMatch(/\[#{24}\] 100 % {2}4 heard, 0 to go/)
    expect((await offhook('scans', 'difference', id)).code).toBe(0)
    expect((await offhook('scans', 'list')).out).toContain(id)
  })

  it('fails with the reason where nobody answers, and is refused where the operator denies it', async () => {
    const nobody = `sip:+15550142@127.0.0.1:${await freePort()};transport=tcp`
    const { id } = await scanner.api<ShownScan>('POST', '/v1/scans', { number: nobody, retries: 0 })

    expect(await ended(id)).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining('The call told nothing'),
      nodes: 0,
    })
    expect(await scanner.request('POST', '/v1/scans', { number: '+15550199' })).toMatchObject({
      status: 403,
      body: { code: 'destination_not_allowed', errors: [{ field: '/number' }] },
    })
  })

  async function offhook(...args: string[]) {
    let [out, err] = ['', '']
    const hear = (to: (text: string) => void) => ({
      write(text: string) {
        to(text)
        return true
      },
    })
    const code = await run(args, {
      out: hear((text) => {
        out += text
      }),
      err: hear((text) => {
        err += text
      }),
      env: { OFFHOOK_URL: scanner.url, OFFHOOK_TOKEN: scanner.token },
      signal: AbortSignal.timeout(200_000),
    })
    return { code, out, err }
  }
})
