import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { deferred } from '../../src/base/deferred.ts'

export interface Wire {
  readonly localPort: number
  send(text: string): void
}

/** T1 and the number of tries of RFC 3261 §17.1.1.2. */
const t1 = 500
const tries = 7
/** For the final answer once one has been provisional. */
const patienceMs = 30_000

/** The caller's side of one call over UDP, written out by hand so that the generator stays cheap. */
export class OutgoingCall {
  readonly id = randomUUID()
  readonly #wire: Wire
  readonly #uri: string
  readonly #rtpPort: number
  readonly #tag = this.id.slice(0, 8)
  readonly #settled = deferred<void>()
  readonly #over = deferred<void>()
  #toTag = ''
  #target = ''
  #began = 0
  #waiting: NodeJS.Timeout | undefined
  outcome: 'answered' | 'refused' | 'failed' | undefined
  answerMs: number | undefined
  remotePort: number | undefined
  retransmissions = 0

  constructor(wire: Wire, to: string, port: number, rtpPort: number) {
    this.#wire = wire
    this.#uri = `sip:${to}@127.0.0.1:${port}`
    this.#rtpPort = rtpPort
  }

  /** `performance.now()` when the INVITE was sent first. */
  get began(): number {
    return this.#began
  }

  /** Resolves when the INVITE got its final answer, or none. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  start(): void {
    const sdp = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${this.#rtpPort} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n`
    this.#began = performance.now()
    this.#transmit(this.#request('INVITE', this.#uri, 'invite', sdp), () => this.#settle('failed'))
  }

  /** Resolves when the BYE was answered, or given up. */
  hangup(): Promise<void> {
    this.#transmit(this.#request('BYE', this.#target, 'bye'), () => this.#over.resolve())
    return this.#over.promise
  }

  heard(text: string): void {
    const status = Number(/^SIP\/2\.0 ([0-9]{3})/.exec(text)?.[1] ?? 0)
    const method = /^cseq: *[0-9]+ +(\w+)/im.exec(text)?.[1]
    if (status < 200) {
      // Provisional, or a request of the other side, which has none to make here.
      if (status === 0) return
      clearTimeout(this.#waiting)
      this.#waiting = setTimeout(() => this.#settle('failed'), patienceMs)
      return
    }
    if (method === 'BYE') {
      clearTimeout(this.#waiting)
      this.#over.resolve()
      return
    }
    this.#toTag = /^to:.*;tag=([^;\s]+)/im.exec(text)?.[1] ?? ''
    if (status >= 300) {
      // RFC 3261 §17.1.1.3: in the transaction of the INVITE.
      this.#wire.send(this.#request('ACK', this.#uri, 'invite'))
      this.#settle(status === 503 ? 'refused' : 'failed')
      return
    }
    this.#target = /^contact: *<([^>]+)>/im.exec(text)?.[1] ?? this.#uri
    this.#wire.send(this.#request('ACK', this.#target, 'ack'))
    this.remotePort = Number(/^m=audio ([0-9]+)/m.exec(text)?.[1] ?? 0)
    this.answerMs ??= performance.now() - this.#began
    this.#settle('answered')
  }

  #settle(outcome: 'answered' | 'refused' | 'failed'): void {
    clearTimeout(this.#waiting)
    this.outcome ??= outcome
    this.#settled.resolve()
  }

  #transmit(text: string, givenUp: () => void, tried = 1): void {
    this.#wire.send(text)
    clearTimeout(this.#waiting)
    this.#waiting = setTimeout(
      () => {
        if (tried === tries) return givenUp()
        this.retransmissions++
        this.#transmit(text, givenUp, tried + 1)
      },
      t1 * 2 ** (tried - 1),
    )
  }

  #request(method: string, uri: string, branch: string, sdp = ''): string {
    const toTag = this.#toTag === '' ? '' : `;tag=${this.#toTag}`
    const from = `127.0.0.1:${this.#wire.localPort}`
    return [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${from};branch=z9hG4bK-${this.id}-${branch}`,
      'Max-Forwards: 70',
      // By its name a webhook is told to be about this call.
      `From: "${this.id}" <sip:+12025550143@${from}>;tag=${this.#tag}`,
      `To: <${this.#uri}>${toTag}`,
      `Call-ID: ${this.id}`,
      `CSeq: ${method === 'BYE' ? 2 : 1} ${method}`,
      `Contact: <sip:load@${from}>`,
      'User-Agent: Offhook bench',
      ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${sdp.length}`,
      '',
      sdp,
    ].join('\r\n')
  }
}
