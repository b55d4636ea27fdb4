import { expect } from 'vitest'
import { eventually } from '../kit/eventually.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { type BlockName, blockPaths } from './blocks-facts.ts'
import type { BlockHouse } from './blocks-kit.ts'

export type Form = Readonly<Record<string, string>>

export interface Reply {
  readonly status: string
  readonly session?: string
  readonly txn_ref?: string
  readonly room?: string
}

/** The block API as it goes over the wire: forms out, and forms in. */
export class BlockForms {
  /** Every answer that was given. */
  readonly seen = new Set<string>()
  readonly #blocks: BlockHouse

  constructor(blocks: BlockHouse) {
    this.#blocks = blocks
  }

  get credentials(): Form {
    const { id, token } = this.#blocks.app
    return { app_id: id, access_token: token }
  }

  async send(block: BlockName, form: URLSearchParams, method: 'GET' | 'POST'): Promise<Reply> {
    const url = `${this.#blocks.house.service.url}/open/ivr/${blockPaths[block]}`
    const reply = method === 'GET' ? await fetch(`${url}?${form}`) : await fetch(url, { method, body: form })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toMatch(/^application\/json\b/)
    const body = (await reply.json()) as Reply
    this.seen.add(body.status)
    return body
  }

  ask(block: BlockName, fields: Form, method: 'GET' | 'POST' = 'POST'): Promise<Reply> {
    return this.send(block, new URLSearchParams({ ...this.credentials, ...fields }), method)
  }

  hook(name: string): string {
    return `${this.#blocks.hooks.url}/${name}`
  }

  /** The notification to a path, as its fields. */
  async told(name: string, count = 1): Promise<Form> {
    const find = (): Form[] =>
      this.#blocks.hooks.received
        .filter(({ path }) => path === `/${name}`)
        .map(({ method, headers, body }) => {
          expect([method, headers['content-type']]).toEqual(['POST', 'application/x-www-form-urlencoded'])
          return Object.fromEntries(new URLSearchParams(body))
        })
    const all = await eventually(find, (found) => found.length >= count, 20_000)
    expect(all, `notifications to ${name}`).toHaveLength(count)
    return all[count - 1] as Form
  }

  /** A call that was answered and waits for its next block. */
  async talk(name: string): Promise<{ session: string; txn_ref: string; call: PhoneCall; dest: string }> {
    const ann = await this.#blocks.house.signedIn()
    const { session = '', txn_ref = '' } = await this.ask('dial', { dest: ann.username, notify_url: this.hook(name) })
    const call = await ann.nextCall()
    await call.answer()
    await this.told(name)
    return { session, txn_ref, call, dest: ann.username }
  }
}
