import { readFileSync } from 'node:fs'
import type { Scope } from '../../../src/base/scope.ts'
import { wavHeader } from '../../../src/media/wav/header.ts'
import { tune } from '../../kit/audio.ts'
import { eventually } from '../../kit/eventually.ts'
import type { House, ShownCall } from '../../kit/house.ts'
import type { PhoneCall } from '../../kit/phone-call.ts'
import { type Answer, type Receiver, startReceiver } from '../../kit/receiver.ts'
import { samplesOf } from '../../kit/sound.ts'
import type { VirtualPhone } from '../../kit/virtual-phone.ts'
import type { Peer } from './peer.ts'

export type Form = Readonly<Record<string, string>>

/** A sound of its own, that nobody else on the stage makes. */
export interface Sound {
  readonly samples: Int16Array
  readonly url: string
  /** A file of it. */
  readonly path: string
}

/** What should have been heard where; looked at when all is over, as comparing takes long. */
export interface Hearing {
  readonly what: string
  readonly heard: Int16Array
  readonly sound: Sound
}

/** What one style did with one peer. */
export interface Account {
  readonly hearings: readonly Hearing[]
  /** What was said in words, by the usual voice or another. */
  readonly words?: readonly { readonly heard: Int16Array; readonly words: string; readonly voice?: string }[]
  /** What else came out, by its name; the same for each style. */
  readonly results: Readonly<Record<string, unknown>>
}

/** Runs every block of a style on calls of this peer. */
export type Style = (stage: Stage, peer: Peer) => Promise<Account>

/** The program of the user: its own web server with sounds and documents, and the service that it uses. */
export class Stage {
  readonly house: House
  readonly #hooks: Receiver
  readonly #pages = new Map<string, Answer>()
  #made = 0

  private constructor(house: House, hooks: Receiver) {
    this.house = house
    this.#hooks = hooks
    hooks.answer = ({ path }) => this.#pages.get(path.split('?')[0] ?? '') ?? { status: 204 }
  }

  static async set(scope: Scope, house: House): Promise<Stage> {
    return new Stage(house, await startReceiver(scope))
  }

  url(path: string): string {
    return `${this.#hooks.url}${path}`
  }

  /** A path that nobody else has. */
  path(name: string): string {
    return `/${name}-${++this.#made}`
  }

  sound(seconds: number): Sound {
    const samples = tune(++this.#made + 500, seconds)
    const path = this.house.wav(samples)
    const at = `/tune-${this.#made}.wav`
    this.#pages.set(at, { status: 200, body: wavOf(samples) })
    return { samples, url: this.url(at), path }
  }

  /** A sound that comes as MP3. */
  async mp3(): Promise<Sound> {
    const file = new URL('../../kit/mp3/three-tones-8000-mono.mp3', import.meta.url)
    const at = `/tones-${++this.#made}.mp3`
    this.#pages.set(at, { status: 200, headers: { 'content-type': 'audio/mpeg' }, body: readFileSync(file) })
    const samples = await this.house.download(this.url(at))
    return { samples, url: this.url(at), path: this.house.wav(samples) }
  }

  /** Words as a phone says them. */
  async words(text: string): Promise<Int16Array> {
    return samplesOf(readFileSync(await this.house.says(text)))
  }

  /** Both sides of a recording in stereo: who called or was rung, and what it heard. */
  async sides(url: string): Promise<readonly [left: Int16Array, right: Int16Array]> {
    const both = samplesOf(Buffer.from(await (await fetch(url)).arrayBuffer()))
    return [both.filter((_, i) => i % 2 === 0), both.filter((_, i) => i % 2 === 1)]
  }

  /** Serves a document and gives its URL. */
  document(path: string, elements: string): string {
    this.#pages.set(path, {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: `<Response>${elements}</Response>`,
    })
    return this.url(path)
  }

  /** The `nth` form posted to a path. */
  async told(path: string, nth = 1): Promise<Form> {
    const find = (): Form[] =>
      this.#hooks.received
        .filter((request) => request.path === path)
        .map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
    const found = (await eventually(find, (all) => all.length >= nth, 30_000))[nth - 1]
    if (found === undefined) throw new Error(`${path} was not told ${nth} times`)
    return found
  }

  async number(assignment?: object): Promise<string> {
    const { number } = await this.house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    if (assignment !== undefined)
      await this.house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, { assignment })
    return number
  }

  /** Waits for the `nth` line of this kind in the story of a call, whose row is written some milliseconds after it came. */
  async line(call: string, kind: string, nth = 1): Promise<void> {
    const { service } = this.house
    const story = async (): Promise<ShownCall['timeline']> => {
      const { status, body } = await service.request('GET', `/v1/calls/${call}`)
      return status === 200 ? (body as ShownCall).timeline : []
    }
    const enough = (lines: ShownCall['timeline']): boolean => lines.filter((line) => line.kind === kind).length >= nth
    const found = await eventually(story, enough, 30_000)
    if (!enough(found)) throw new Error(`${call} has not ${nth} ${kind}: ${JSON.stringify(found)}`)
  }

  /** Whether the audio of the one who called, or was rung, was encrypted. */
  async encrypted(call: string): Promise<boolean> {
    const { timeline } = await this.house.service.api<ShownCall>('GET', `/v1/calls/${call}`)
    return timeline.some(({ kind, data }) => kind === 'answered' && data?.srtp !== undefined)
  }

  /** Our own extension that is busy, and a number that leads to it. */
  async busy(): Promise<{ readonly username: string; readonly number: string }> {
    const phone = await this.house.signedIn()
    void phone.nextCall().then((call) => call.refuse(486))
    const { username } = phone
    return { username, number: await this.number({ kind: 'extension', username }) }
  }

  /** A phone at a SIP URI that picks up when it is rung, and is known to nobody here. */
  async abroad(): Promise<{ readonly uri: string; readonly call: Promise<PhoneCall> }> {
    const phone = await this.house.phone(this.house.stranger())
    return { uri: phone.uri, call: answered(phone) }
  }

  /** A number outside, where somebody picks up; calls to our number reach it by a trunk of its own. */
  async outside(number: string): Promise<{ readonly e164: string; readonly call: Promise<PhoneCall> }> {
    const e164 = `+1555030${String(++this.#made).padStart(4, '0')}`
    const phone = await this.house.phone(e164)
    const uri = phone.uri.replace(/^sip:[^@]*@/, 'sip:')
    const trunk = await this.house.service.api<{ id: string }>('POST', '/v1/trunks', { name: `to ${e164}`, uri })
    await this.house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, { trunk: trunk.id })
    return { e164, call: answered(phone) }
  }

  /** A phone of ours that picks up when it is rung. */
  async answering(): Promise<{ readonly username: string; readonly call: Promise<PhoneCall> }> {
    const phone = await this.house.signedIn()
    return { username: phone.username, call: answered(phone) }
  }
}

/** The next call, once it is picked up. */
async function answered(phone: VirtualPhone): Promise<PhoneCall> {
  const rung = await phone.nextCall()
  await rung.answer()
  return rung
}

function wavOf(samples: Int16Array): Buffer {
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)
  return Buffer.concat([wavHeader(bytes.length), bytes])
}
