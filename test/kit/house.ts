import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { Scope } from '../../src/base/scope.ts'
import { decodeToWav } from '../../src/media/index.ts'
import type { ForwardPrompts } from '../../src/phone/forward.ts'
import { openSpeech, type SpeechSynthesizer } from '../../src/speech/index.ts'
import { likeness, readWav, writeWav } from './audio.ts'
import type { Authority } from './authority.ts'
import { freeRange } from './ports.ts'
import { type Service, type ServiceOptions, startService } from './service.ts'
import { PhoneShop, type VirtualPhone } from './virtual-phone.ts'

export interface ShownReason {
  readonly code: string
  readonly by: string
  readonly q850: number
  readonly sip?: number
  readonly sentence: string
  readonly target?: string
}

export interface ShownCall {
  readonly id: string
  readonly direction: string
  readonly state: string
  readonly from: { readonly kind: string; readonly address: string }
  readonly to: { readonly kind: string; readonly address: string }
  readonly forward: string | null
  readonly answeredAt: string | null
  readonly seconds: number | null
  readonly end: (ShownReason & { readonly chain: readonly ShownReason[] }) | null
  readonly timeline: readonly {
    readonly kind: string
    readonly text: string
    readonly data?: Readonly<Record<string, unknown>>
  }[]
}

export interface ShownForward {
  readonly id: string
  readonly number: string
  readonly voicemailNumber: string
}

export interface ShownVoicemail {
  readonly id: string
  readonly call: string
  readonly state: string
  readonly from: { readonly address: string }
  readonly recording: { readonly url: string; readonly ms: number; readonly speechMs: number; readonly state: string }
}

export interface ShownMessage {
  readonly id: string
  readonly state: string
  readonly from: string
  readonly to: string
  readonly body: string
  readonly attempts: number
  readonly reason: string | null
}

interface Listed<T> {
  readonly items: readonly T[]
}

interface NewForward {
  readonly targets: readonly { readonly to: string; readonly seconds: number }[]
  readonly notify?: string
  readonly callerId?: 'caller' | 'number'
  readonly prompts?: Partial<ForwardPrompts>
  readonly voicemail?: { readonly maxSeconds?: number; readonly silenceSeconds?: number }
}

/** `tls` in a house that was opened with an authority. */
type PhoneTransport = 'udp' | 'tcp' | 'tls'

/** Prompts that cost a test little time and are still told apart by ear. */
export const shortPrompts = { forwarding: 'Wait', unreachable: 'Gone', greeting: 'Speak', thanks: 'Thanks' }

/** The running service with extensions and forwards in it, phones at it, and what it wrote about their calls. */
export class House {
  readonly service: Service
  readonly #scope: Scope
  readonly #folder: string
  readonly #speech: SpeechSynthesizer
  readonly #shop: PhoneShop
  readonly #authority: Authority | undefined
  #made = 0

  private constructor(
    service: Service,
    scope: Scope,
    folder: string,
    speech: SpeechSynthesizer,
    shop: PhoneShop,
    authority: Authority | undefined,
  ) {
    this.service = service
    this.#scope = scope
    this.#folder = folder
    this.#speech = speech
    this.#shop = shop
    this.#authority = authority
  }

  static async open(options: ServiceOptions): Promise<House> {
    const scope = options.scope.child('house')
    const folder = mkdtempSync(join(tmpdir(), 'offhook-house-'))
    scope.add('folder', () => rmSync(folder, { recursive: true, force: true }))
    const service = await startService({ ...options, scope })
    const speech = await openSpeech({ folder: join(folder, 'prompts'), clock: systemClock, log: silentLogger })
    const shop = await PhoneShop.open({ rtpPorts: await freeRange(64) })
    scope.add('phones', () => shop.close())
    return new House(service, scope, folder, speech, shop, options.tls)
  }

  get server(): string {
    return `127.0.0.1:${this.service.sipPort}`
  }

  /** A number outside that nobody called from before, so that its calls are found again. */
  stranger(): string {
    return `+1555020${String(++this.#made).padStart(4, '0')}`
  }

  /** A new extension; its password is its username with `-secret`. */
  async extension(over: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const username = String(2000 + ++this.#made)
    await this.service.api('POST', '/v1/extensions', { username, password: `${username}-secret`, ...over })
    return username
  }

  forward(forward: NewForward): Promise<ShownForward> {
    const name = `Forward ${++this.#made}`
    return this.service.api('POST', '/v1/forwards', { name, prompts: shortPrompts, ...forward })
  }

  /** A phone of an extension, or of a stranger when it has no password. */
  async phone(
    username: string,
    o: { readonly transport?: PhoneTransport; readonly password?: string } = {},
  ): Promise<VirtualPhone> {
    const secure = o.transport === 'tls' && this.#authority !== undefined
    const server = secure ? `127.0.0.1:${this.service.tlsPort}` : this.server
    const authority = secure ? { authority: this.#authority as Authority } : {}
    const phone = await this.#shop.phone({ username, server, ...authority, ...o })
    this.#scope.add(`phone ${username}`, () => phone.close())
    return phone
  }

  /** A phone that has signed in as a new extension, or as the one given. */
  async signedIn(
    o: { readonly transport?: PhoneTransport; readonly username?: string } = {},
  ): Promise<VirtualPhone & { readonly username: string }> {
    const username = o.username ?? (await this.extension())
    const phone = await this.phone(username, { ...o, password: `${username}-secret` })
    const status = await phone.register()
    if (status !== 200) throw new Error(`REGISTER of ${username} was answered ${status}`)
    return Object.assign(phone, { username })
  }

  async calls(query: string): Promise<readonly ShownCall[]> {
    const { items } = await this.service.api<Listed<ShownCall>>('GET', `/v1/calls?${query}`)
    return items
  }

  /** The only call from this number or extension, once it is known, and once `test` holds for it. */
  async callFrom(from: string, test: (call: ShownCall) => boolean = () => true, ms?: number): Promise<ShownCall> {
    const path = `/v1/calls?from=${encodeURIComponent(from)}`
    const { items } = await this.service.until<Listed<ShownCall>>(path, ({ items }) => items.length > 0)
    if (items.length > 1) throw new Error(`There are ${items.length} calls from ${from}`)
    return this.service.until<ShownCall>(`/v1/calls/${items[0]?.id}`, test, ms)
  }

  /** The only call that came in at this number, once it is known, and once `test` holds for it. */
  async callTo(to: string, test: (call: ShownCall) => boolean = () => true, ms?: number): Promise<ShownCall> {
    const path = `/v1/calls?to=${encodeURIComponent(to)}`
    const cameIn = ({ items }: Listed<ShownCall>): ShownCall[] =>
      items.filter(({ direction }) => direction === 'inbound')
    const list = await this.service.until<Listed<ShownCall>>(path, (list) => cameIn(list).length > 0, ms)
    const [call, ...others] = cameIn(list)
    if (others.length > 0) throw new Error(`There are ${others.length + 1} calls to ${to}`)
    return this.service.until<ShownCall>(`/v1/calls/${call?.id}`, test, ms)
  }

  /** The only call from this number or extension, when it is over; its story is whole. */
  endedCall(from: string, ms?: number): Promise<ShownCall> {
    const whole = (call: ShownCall): boolean =>
      call.state === 'ended' && call.timeline.some(({ kind }) => kind === 'ended')
    return this.callFrom(from, whole, ms)
  }

  /** Waits for a line of the story of the only call from this number. */
  told(from: string, line: RegExp, ms?: number): Promise<ShownCall> {
    return this.callFrom(from, ({ timeline }) => timeline.some(({ text }) => line.test(text)), ms)
  }

  /** Messages left for a forward, newest first; waits for so many. */
  async voicemails(forward: string, count: number, ms?: number): Promise<readonly ShownVoicemail[]> {
    const path = `/v1/voicemails?forward=${forward}`
    const { items } = await this.service.until<Listed<ShownVoicemail>>(path, ({ items }) => items.length >= count, ms)
    return items
  }

  /** Texts to someone, newest first; waits for so many, in this state. */
  async texts(to: string, count: number, state?: string, ms?: number): Promise<readonly ShownMessage[]> {
    const path = `/v1/messages?to=${encodeURIComponent(to)}${state === undefined ? '' : `&state=${state}`}`
    const { items } = await this.service.until<Listed<ShownMessage>>(path, ({ items }) => items.length >= count, ms)
    return items
  }

  /** What a link leads to, fetched without any token: WAV or MP3. @throws Error when it is no telephone audio */
  async download(url: string): Promise<Int16Array> {
    const reply = await fetch(url)
    if (!reply.ok) throw new Error(`${url} was answered ${reply.status}: ${await reply.text()}`)
    const path = join(this.#folder, `download-${++this.#made}.wav`)
    writeFileSync(path, Buffer.from(await reply.arrayBuffer()))
    if (reply.headers.get('content-type') === 'audio/mpeg') await decodeToWav(path, path)
    return readWav(path)
  }

  /** A file of this sound for a phone to play. */
  wav(samples: Int16Array): string {
    const path = join(this.#folder, `sound-${++this.#made}.wav`)
    return writeWav(path, samples)
  }

  /** A WAV of these words, as a synthesizer says them. */
  async says(text: string): Promise<string> {
    return this.wav(readWav(await this.#speech.synthesize({ text })))
  }

  /** How well the words are heard in a piece of audio, 0–1, by comparing with an own rendering of them; by the usual voice unless said. */
  async saysIn(
    audio: Int16Array,
    words: string,
    by: { readonly language?: string; readonly voice?: string } = {},
  ): Promise<number> {
    return likeness(audio, readWav(await this.#speech.synthesize({ text: words, ...by })), 200)
  }
}
