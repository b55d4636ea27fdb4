import { WebSocket } from 'ws'
import type { Clock, Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import { type OpenUtterance, type Recognised, RecogniseError, type UtteranceOptions } from './recogniser.ts'

/** From the end of an utterance to its transcript. */
const answerMs = 15_000
const handshakeMs = 10_000
/** Sent ahead of what the server took, per utterance: a server that takes nothing must not fill the memory. */
const maxWaitingBytes = 2 * 1024 * 1024

/** How one server speaks. Each utterance has a connection, and a talk, of its own. */
export interface Talk {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as soon as the connection stands, before any audio. */
  readonly hello?: string
  /** Audio is sent from now on; unless given, from the start. */
  readonly waitsForReady?: boolean
  /** Sent after the last audio. */
  readonly bye: string
  /** What the server said, parsed; any shape. @throws RecogniseError for one that tells of a fault */
  heard(message: unknown): Step
  /** All that was understood, when the server is done or has closed the connection. */
  result(): Recognised
}

export type Step = 'ready' | 'interim' | 'done' | undefined

/** An utterance over a WebSocket. */
export class StreamedUtterance implements OpenUtterance {
  readonly #name: string
  readonly #talk: Talk
  readonly #options: UtteranceOptions
  readonly #clock: Clock
  readonly #socket: WebSocket
  readonly #answer: Deferred<Recognised> = deferred()
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #ready = false
  #ended = false
  #over = false
  #timer: Timer | undefined

  constructor(name: string, talk: Talk, options: UtteranceOptions, clock: Clock) {
    this.#name = name
    this.#talk = talk
    this.#options = options
    this.#clock = clock
    // Whoever cancels does not wait for the answer.
    this.#answer.promise.catch(() => {})
    this.#socket = new WebSocket(talk.url, {
      handshakeTimeout: handshakeMs,
      perMessageDeflate: false,
      ...(talk.headers === undefined ? {} : { headers: talk.headers }),
    })
    this.#socket.on('open', () => {
      if (talk.hello !== undefined) this.#socket.send(talk.hello)
      if (talk.waitsForReady !== true) this.#begin()
    })
    this.#socket.on('message', (data, isBinary) => {
      if (!isBinary) this.#heard(String(data))
    })
    this.#socket.on('unexpected-response', (request, response) => {
      request.destroy()
      this.#fail('refused', `answered the connection with ${response.statusCode}`)
    })
    this.#socket.on('error', (error) => this.#fail('unreachable', `cannot be reached: ${error.message}`))
    this.#socket.on('close', (code, reason) => this.#closed(code, String(reason)))
  }

  write(samples: Int16Array): void {
    if (this.#over || this.#ended) return
    // Copied: what was handed in is good for this call only.
    const bytes = new Uint8Array(samples.slice().buffer)
    if (this.#ready) {
      if (this.#socket.bufferedAmount > maxWaitingBytes) this.#fail('busy', 'takes the audio too slowly')
      else this.#socket.send(bytes)
      return
    }
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes > maxWaitingBytes) this.#fail('busy', 'does not begin to listen')
    else this.#waiting.push(bytes)
  }

  end(): Promise<Recognised> {
    if (!this.#ended) {
      this.#ended = true
      if (!this.#over) {
        const late = `did not answer within ${answerMs / 1000} s after the end of an utterance`
        this.#timer = this.#clock.after(answerMs, () => this.#fail('unreachable', late))
      }
      if (this.#ready && !this.#over) this.#socket.send(this.#talk.bye)
    }
    return this.#answer.promise
  }

  cancel(): void {
    this.#settle(() => this.#answer.reject(new RecogniseError('cancelled', 'The utterance was given up.')))
  }

  #begin(): void {
    if (this.#ready) return
    this.#ready = true
    for (const bytes of this.#waiting.splice(0)) this.#socket.send(bytes)
    if (this.#ended) this.#socket.send(this.#talk.bye)
  }

  #heard(text: string): void {
    if (this.#over) return
    let step: Step
    try {
      step = this.#talk.heard(JSON.parse(text))
    } catch (error) {
      if (error instanceof RecogniseError) this.#settle(() => this.#answer.reject(error))
      else this.#fail('failed', 'answered with something that is no JSON')
      return
    }
    if (step === 'ready') this.#begin()
    else if (step === 'interim' && !this.#ended) this.#options.onInterim?.(this.#talk.result())
    else if (step === 'done' && this.#ended) this.#settle(() => this.#answer.resolve(this.#talk.result()))
  }

  #closed(code: number, reason: string): void {
    // Some are done when they close; one that closes before it was told all has failed.
    if (this.#ended && (code === 1000 || code === 1005)) this.#settle(() => this.#answer.resolve(this.#talk.result()))
    else this.#fail('failed', `closed the connection with ${code}${reason === '' ? '' : `: ${reason.slice(0, 200)}`}`)
  }

  #fail(code: 'busy' | 'failed' | 'refused' | 'unreachable', what: string): void {
    this.#settle(() => this.#answer.reject(new RecogniseError(code, `${this.#name} ${what}.`)))
  }

  #settle(how: () => void): void {
    if (this.#over) return
    this.#over = true
    this.#timer?.stop()
    this.#waiting = []
    how()
    this.#socket.close()
    if (this.#socket.readyState === WebSocket.CLOSED) return
    // A server that does not close in turn is not waited for.
    const patience = this.#clock.after(2000, () => this.#socket.terminate())
    this.#socket.once('close', () => patience.stop())
  }
}
