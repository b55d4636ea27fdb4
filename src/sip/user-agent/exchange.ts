import type { DigestClient } from '../auth/client.ts'
import { type HeaderEntries, HeaderList } from '../message/headers.ts'
import type { Flow, SipRequest, SipResponse } from '../message/message.ts'
import { formatUri } from '../message/uri.ts'
import type { ClientTransaction, Target, TransactionLayer } from '../transaction/layer.ts'
import type { RequestFailure } from './options.ts'

export interface ExchangeParts {
  readonly layer: TransactionLayer
  readonly digest?: DigestClient | undefined
  target(): Promise<Target>
  /** A request with its next CSeq, without credentials. Called again for each answer to a challenge. */
  make(target: Target): SipRequest
  /** Each answer but those whose challenge is answered. `request` is the one that it answers. */
  response(response: SipResponse, request: SipRequest, flow: Flow): void
  /** Asked before `response` with each final answer: whether what `make` and `target` give now is sent in place of it. */
  again?(response: SipResponse): boolean
  failed(failure: RequestFailure): void
  /** Nothing comes any more. */
  ended(): void
}

// Once for a proxy, once for the server, and once more for a nonce of each that went stale meanwhile.
const maxRounds = 4

/** One request of ours to its end: finds the target, sends, answers challenges (RFC 3261 §22.2, §22.3). */
export class Exchange {
  readonly #parts: ExchangeParts
  #transaction: ClientTransaction | undefined
  #request: SipRequest | undefined
  #cancel: { readonly headers: HeaderEntries | undefined } | undefined
  #rounds = 0
  #retrying = false
  /** Statuses whose challenge was answered here: only that answer says something about the password. */
  readonly #challenged = new Set<401 | 407>()

  constructor(parts: ExchangeParts) {
    this.#parts = parts
    void this.#start()
  }

  /** As sent last, credentials included; an ACK of a 2xx carries the same ones (§22.1). */
  get request(): SipRequest | undefined {
    return this.#request
  }

  get flow(): Flow | undefined {
    return this.#transaction?.flow
  }

  /** INVITE only; see `ClientTransaction.cancel`. */
  cancel(headers?: HeaderEntries): void {
    if (this.#cancel !== undefined) return
    this.#cancel = { headers }
    this.#transaction?.cancel(headers)
  }

  async #start(): Promise<void> {
    let target: Target
    try {
      target = await this.#parts.target()
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error)
      this.#fail({ kind: 'unresolved', status: 503, sentence })
      return
    }
    if (this.#cancel !== undefined) {
      this.#fail({ kind: 'cancelled', status: 487, sentence: 'The request was cancelled before it was sent.' })
      return
    }
    try {
      this.#send(target)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#fail({ kind: 'unresolved', status: 503, sentence: `The request cannot be written: ${why}.` })
    }
  }

  #send(target: Target): void {
    const { layer, digest } = this.#parts
    const bare = this.#parts.make(target)
    const credentials = digest?.authorize(bare.method, formatUri(bare.uri)) ?? []
    const request = withHeaders(bare, credentials)
    this.#request = request
    this.#rounds += 1
    this.#retrying = false
    this.#transaction = layer.request(request, target, {
      response: (response, flow) => {
        if (this.#answerChallenge(response, request, target) || this.#sendAnew(response)) return
        this.#parts.response(response, request, flow)
      },
      failed: (failure) => this.#parts.failed(failure),
      ended: () => {
        // The transaction of a challenged request ends after the next one began.
        if (this.#request === request && !this.#retrying) this.#parts.ended()
      },
    })
  }

  #answerChallenge(response: SipResponse, request: SipRequest, target: Target): boolean {
    const { status } = response
    const { digest } = this.#parts
    if ((status !== 401 && status !== 407) || digest === undefined) return false
    if (this.#cancel !== undefined || this.#rounds >= maxRounds) return false
    const [challenge, answer] =
      status === 401 ? ['WWW-Authenticate', 'Authorization'] : ['Proxy-Authenticate', 'Proxy-Authorization']
    // Credentials from an earlier request may have been refused for their nonce alone: not every server says stale=true.
    const answered = this.#challenged.has(status) && request.headers.has(answer!)
    if (!digest.take(status, response.headers.all(challenge!), answered)) return false
    this.#challenged.add(status)
    this.#retrying = true
    try {
      this.#send(target)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#fail({ kind: 'unresolved', status: 503, sentence: `The request cannot be written: ${why}.` })
    }
    return true
  }

  #sendAnew(response: SipResponse): boolean {
    if (response.status < 300 || this.#cancel !== undefined || this.#parts.again?.(response) !== true) return false
    this.#retrying = true
    void this.#start()
    return true
  }

  #fail(failure: RequestFailure): void {
    this.#parts.failed(failure)
    this.#parts.ended()
  }
}

function withHeaders(request: SipRequest, added: readonly { name: string; value: string }[]): SipRequest {
  if (added.length === 0) return request
  const headers = HeaderList.of(request.headers)
  for (const { name, value } of added) headers.add(name, value)
  return { ...request, headers }
}
