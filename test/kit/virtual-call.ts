import { join } from 'node:path'
import { type Deferred, deferred } from '../../src/base/deferred.ts'
import type { MediaPlane, MediaStream } from '../../src/media/plane.ts'
import { formatReplaces } from '../../src/sip/refer/replaces.ts'
import type { ReferEnd } from '../../src/sip/refer/subscription.ts'
import type { Direction, LocalMedia } from '../../src/sip/sdp/media.ts'
import type {
  ClientSessionHandlers,
  IncomingRefer,
  ServerSession,
  Session,
  SessionEnd,
} from '../../src/sip/user-agent/session.ts'
import { readWav } from './audio.ts'
import type { PhoneCall } from './phone-call.ts'

let files = 0

/** The phone's side of one call: a session, a stream, and what was heard. */
export class VirtualCall implements PhoneCall {
  readonly remote: PhoneCall['remote']
  readonly handlers: ClientSessionHandlers
  /** What it does when it is asked to call somebody; it refuses unless this is set. */
  onRefer: ((refer: IncomingRefer) => void) | undefined
  readonly #folder: string
  readonly #ringing: Deferred<void> = deferred()
  readonly #answered: Deferred<void> = deferred()
  readonly #ended: Deferred<SessionEnd> = deferred()
  readonly #opened: Deferred<void> = deferred()
  readonly #keyWaits: { count: number; wait: Deferred<string> }[] = []
  #incoming: ServerSession | undefined
  #session: Session | undefined
  #stream: MediaStream | undefined
  #media: LocalMedia | undefined
  #direction: Direction | undefined
  #codec: string | undefined
  #over = false
  #keys = ''

  private constructor(remote: PhoneCall['remote'], folder: string) {
    this.remote = remote
    this.#folder = folder
    // Whoever waits for the answer hears of a refusal; whoever does not is not told of an unhandled rejection.
    this.#answered.promise.catch(() => 'told by `ended` as well')
    this.handlers = {
      media: (media) => {
        this.#direction = media.direction
        this.#codec = media.codec
        this.#stream?.connect(media)
      },
      digit: (key) => this.#key(key),
      refer: (refer) => {
        if (this.onRefer === undefined) refer.reject(603)
        else this.onRefer(refer)
      },
      provisional: (_status, early) => {
        if (early !== undefined) this.#stream?.connect(early)
        this.#ringing.resolve()
      },
      accepted: () => this.#answered.resolve(),
      ended: (end) => {
        this.#over = true
        this.#answered.reject(new Error(`the call ended before it was answered: ${end.how} ${end.status ?? ''}`))
        void Promise.resolve(this.#stream?.close()).then(() => this.#ended.resolve(end))
      },
    }
  }

  static incoming(session: ServerSession, folder: string): VirtualCall {
    const { uri } = session.remote
    const call = new VirtualCall(
      { user: 'user' in uri ? (uri.user ?? '') : '', name: session.remote.displayName },
      folder,
    )
    session.handlers = call.handlers
    call.#incoming = session
    call.#session = session
    call.#ringing.resolve()
    return call
  }

  static outgoing(to: string, folder: string): VirtualCall {
    return new VirtualCall({ user: to, name: undefined }, folder)
  }

  get ringing(): Promise<void> {
    return this.#ringing.promise
  }

  get answered(): Promise<void> {
    return this.#answered.promise
  }

  get ended(): Promise<SessionEnd> {
    return this.#ended.promise
  }

  get direction(): Direction | undefined {
    return this.#direction
  }

  get codec(): string | undefined {
    return this.#codec
  }

  get keys(): string {
    return this.#keys
  }

  async open(plane: MediaPlane, telephoneEvent = true): Promise<LocalMedia> {
    const stream = await plane.open({ bind: '127.0.0.1' })
    this.#stream = stream
    stream.onEvent = (event) => {
      if (event.kind === 'digit') this.#key(event.digit)
    }
    this.#media = { address: '127.0.0.1', port: stream.localPort, codecs: ['PCMU', 'PCMA'], telephoneEvent }
    if (this.#over) await stream.close()
    return this.#media
  }

  attach(session: Session): void {
    this.#session = session
    this.#opened.resolve()
  }

  ring(): void {
    this.#incoming?.ring()
  }

  progress(): void {
    if (this.#media === undefined) throw new Error('the call has no audio yet')
    this.#incoming?.progress(this.#media)
  }

  /** The first field of this name of the INVITE that came in. */
  header(name: string): string | undefined {
    return this.#incoming?.request.headers.get(name)
  }

  /** Its dialog, as a Replaces names it to the other side (RFC 3891 §6.1). */
  replaces(earlyOnly = false): string {
    const dialog = this.#session?.dialog
    if (this.#session === undefined || dialog === undefined) throw new Error('the call has no dialog yet')
    const { callId } = this.#session
    return formatReplaces({ callId, toTag: dialog.remoteTag, fromTag: dialog.localTag, earlyOnly })
  }

  /** 401 with a digest challenge (RFC 3261 §22.2). */
  challenge(realm: string, nonce: string): void {
    this.#incoming?.reject(401, undefined, [['WWW-Authenticate', `Digest realm="${realm}", nonce="${nonce}"`]])
  }

  async answer(): Promise<void> {
    if (this.#incoming === undefined || this.#media === undefined)
      throw new Error('only a call that came in can be answered')
    this.#incoming.accept(this.#media)
    this.#answered.resolve()
  }

  /** 302 with these values of Contact. */
  redirect(...contacts: readonly string[]): void {
    this.#incoming?.reject(
      302,
      undefined,
      contacts.map((contact) => ['Contact', contact]),
    )
  }

  /** Hands the other side over to this URI, or to the one that it talks with in another call. Resolves with how that went. */
  async refer(to: string, other?: VirtualCall): Promise<ReferEnd> {
    if (this.#session === undefined) throw new Error('only a call that is up can be handed over')
    const replaces = other === undefined ? undefined : other.#session
    return this.#session.refer({ to, ...(replaces === undefined ? {} : { replaces }) })
  }

  refuse(status: number): void {
    this.#incoming?.reject(status)
  }

  hangup(): void {
    if (this.#session !== undefined) this.#session.hangup()
    else void this.#opened.promise.then(() => this.#session?.hangup())
  }

  async play(path: string): Promise<void> {
    await this.#open.play([{ kind: 'wav', path }]).done
  }

  press(keys: string): Promise<void> {
    return this.#open.send(keys)
  }

  async pressByInfo(key: string): Promise<void> {
    await this.#session?.info(key, 160)
  }

  heardKeys(count: number): Promise<string> {
    if (this.#keys.length >= count) return Promise.resolve(this.#keys)
    const wait = deferred<string>()
    this.#keyWaits.push({ count, wait })
    return wait.promise
  }

  listen(path = join(this.#folder, `heard-${++files}.wav`)): { stop(): Promise<Int16Array> } {
    const run = this.#open.record({ path, maxSeconds: 600, silenceSeconds: 0, stopOn: '' })
    return {
      stop: async () => {
        run.stop()
        await run.done
        return readWav(path)
      },
    }
  }

  async hold(): Promise<void> {
    await this.#session?.reoffer({ direction: 'sendonly' })
  }

  async resume(): Promise<void> {
    await this.#session?.reoffer({ direction: 'sendrecv' })
  }

  get #open(): MediaStream {
    if (this.#stream === undefined) throw new Error('the call has no audio yet')
    return this.#stream
  }

  #key(key: string): void {
    this.#keys += key
    for (const { count, wait } of this.#keyWaits) if (this.#keys.length >= count) wait.resolve(this.#keys)
  }
}
