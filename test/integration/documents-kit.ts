import { readFileSync } from 'node:fs'
import type { Scope } from '../../src/base/scope.ts'
import { tune } from '../kit/audio.ts'
import { House } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { type Answer, type Received, type Receiver, startReceiver } from '../kit/receiver.ts'

const account = 'MAOFFHOOKTESTACCOUNT'

/** A program that answers with documents; what it was asked stays in `receiver.received`. */
export class Program {
  readonly receiver: Receiver
  readonly #pages = new Map<string, string>()
  readonly #sounds = new Map<string, Buffer>()

  constructor(receiver: Receiver) {
    this.receiver = receiver
    receiver.answer = (request) => this.#answer(request)
  }

  static async start(scope: Scope): Promise<Program> {
    return new Program(await startReceiver(scope))
  }

  at(path: string, document: string): string {
    this.#pages.set(path, `<?xml version="1.0" encoding="UTF-8"?><Response>${document}</Response>`)
    return `${this.receiver.url}${path}`
  }

  /** A file to play. */
  sound(path: string, wav: Buffer): string {
    this.#sounds.set(path, wav)
    return this.url(path)
  }

  url(path: string): string {
    return `${this.receiver.url}${path}`
  }

  /** What a path was told, each time that it was asked. */
  asked(path: string): Record<string, string>[] {
    return this.requests(path).map(params)
  }

  requests(path: string): Received[] {
    return this.receiver.received.filter((request) => request.path.split('?')[0] === path)
  }

  async until(path: string, count = 1): Promise<Record<string, string>> {
    for (let n = 1; this.asked(path).length < count; n++)
      await this.receiver.count(Math.max(n, this.receiver.received.length + 1))
    return this.asked(path)[count - 1] ?? {}
  }

  #answer({ path }: Received): Answer {
    const sound = this.#sounds.get(path.split('?')[0] ?? '')
    if (sound !== undefined) return { status: 200, headers: { 'content-type': 'audio/wav' }, body: sound }
    const page = this.#pages.get(path.split('?')[0] ?? '')
    return page === undefined ? { status: 404 } : { status: 200, headers: { 'content-type': 'text/xml' }, body: page }
  }
}

export const params = ({ path, method, body }: Received): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(method === 'GET' ? path.split('?')[1] : body))

/** A house, a program that answers the house's calls with documents, and the house by the REST interface of the dialect. */
export async function openDocuments(scope: Scope, env: Readonly<Record<string, string>> = {}) {
  const house = await House.open({ scope, env: { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8', ...env } })
  return { house, program: await Program.start(scope), documents: new DocumentHouse(house) }
}

export interface OpenDocuments {
  readonly house: House
  readonly program: Program
  readonly documents: DocumentHouse
}

/** A stranger calls a number whose document this is. @param over fields of its application */
export async function called({ house, program, documents }: OpenDocuments, name: string, document: string, over = {}) {
  const number = await documents.numberOf(program.at(`/${name}`, document), over)
  const stranger = house.stranger()
  const phone: PhoneCall = (await house.phone(stranger)).call(number)
  /** How often the call came to a block of this kind. */
  const came = (kind: string, times: number) =>
    house.callFrom(stranger, ({ timeline }) => timeline.filter((line) => line.kind === kind).length >= times)
  return { stranger, phone, came }
}

/** The URL of a tune. */
export const tuneAt = ({ house, program }: OpenDocuments, seed: number, seconds = 1): string =>
  program.sound(`/tune-${seed}.wav`, readFileSync(house.wav(tune(seed, seconds))))

/** A house seen by the REST interface of the dialect. */
export class DocumentHouse {
  readonly #house: House
  #made = 0

  constructor(house: House) {
    this.#house = house
  }

  async rest(method: string, path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> {
    const { service } = this.#house
    const authorization = `Basic ${Buffer.from(`${account}:${service.token}`).toString('base64')}`
    const reply = await service.request(method, `/v1/Account/${account}/${path}`, body, { authorization })
    return { status: reply.status, body: reply.body as Record<string, unknown> }
  }

  /** A number that leads to this application. */
  async numberOf(answerUrl: string, over: object = {}): Promise<string> {
    const application = { app_name: `Application ${++this.#made}`, answer_url: answerUrl, ...over }
    const { body } = await this.rest('POST', 'Application/', application)
    const rented = await this.rest('POST', 'AvailableNumberGroup/offhook-US/', { app_id: body.app_id })
    const [number] = (rented.body.numbers ?? []) as { number: string }[]
    if (number === undefined) throw new Error(JSON.stringify(rented.body))
    return `+${number.number}`
  }
}
