import { DigestClient, type Login } from '../auth/client.ts'
import { type Dialog, type DialogEvent, requestLine, transition } from '../dialog/dialog.ts'
import { type Body, buildRequest } from '../message/build.ts'
import type { HeaderEntries } from '../message/headers.ts'
import type { Flow, SipRequest, SipResponse } from '../message/message.ts'
import type { SentRequest, Target } from '../transaction/layer.ts'
import { dialogTarget } from './dialog-route.ts'
import { Exchange } from './exchange.ts'
import type { SessionHost } from './host.ts'
import type { RequestFailure } from './options.ts'

const carriesContact: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'REFER', 'NOTIFY'])

export interface DialogAsk {
  readonly method: string
  readonly headers?: HeaderEntries
  readonly body?: Body
  /** Header fields that differ from one try to the next. */
  fresh?(): HeaderEntries
  /** See `ExchangeParts.again`. */
  again?(response: SipResponse): boolean
}

export interface DialogRequest extends DialogAsk {
  response(response: SipResponse, request: SipRequest, flow: Flow): void
  failed(failure: RequestFailure): void
}

/** A dialog together with what is needed to send in it: the flow, the credentials, the requests under way. */
export class DialogLink {
  dialog: Dialog | undefined
  /** The flow of now, or the last one where its connection is gone; `undefined` before the first. */
  lastFlow: Flow | undefined
  /** Taken away where a redirect led to somebody else. */
  digest: DigestClient | undefined
  #allowed: readonly string[] = []
  #flow: Flow | undefined
  readonly #host: SessionHost
  readonly #pinned: boolean
  readonly #exchanges = new Set<Exchange>()

  /** @param pinned requests go over the flow, whatever the other side's Contact says */
  constructor(host: SessionHost, login: Login | undefined, pinned: boolean) {
    this.#host = host
    this.#pinned = pinned
    this.digest = login === undefined ? undefined : new DigestClient(login)
  }

  /** What the dialog was made over; `undefined` before, and when that connection is gone. */
  get flow(): Flow | undefined {
    return this.#flow
  }

  set flow(flow: Flow | undefined) {
    this.#flow = flow
    if (flow !== undefined) this.lastFlow = flow
  }

  /** Applies an event; one that the dialog refuses changes nothing. */
  step(event: DialogEvent): void {
    if (this.dialog === undefined) return
    const step = transition(this.dialog, event)
    if (step.kind === 'ok') this.dialog = step.dialog
  }

  /** Learns from a message of the other side what it takes. */
  heard(message: SipRequest | SipResponse): void {
    if (message.headers.has('Allow')) this.#allowed = message.headers.all('Allow')
  }

  /** Whether the other side said that it takes that method. */
  allows(method: string): boolean {
    return this.#allowed.includes(method)
  }

  target(dialog: Dialog): Promise<Target> {
    return dialogTarget(dialog, this.flow, this.#pinned, (uri) => this.#host.locate(uri))
  }

  send(parts: DialogRequest): void {
    const asked = this.dialog
    if (asked === undefined) throw new Error('There is no dialog to send a request in.')
    const exchange: Exchange = new Exchange({
      layer: this.#host.layer,
      digest: this.digest,
      target: () => this.target(asked),
      make: (target) => this.#make(parts, target),
      ...(parts.again === undefined ? {} : { again: parts.again }),
      response: (response, request, flow) => {
        this.heard(response)
        parts.response(response, request, flow)
      },
      failed: parts.failed,
      ended: () => this.#exchanges.delete(exchange),
    })
    this.#exchanges.add(exchange)
  }

  /**
   * The final answer to a request. Rejects when none comes.
   * @param settled told of each final status, and of what a failure is taken for, after the promise is settled
   */
  ask(parts: DialogAsk, settled: (status: number) => void): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      this.send({
        ...parts,
        response: (response) => {
          if (response.status < 200) return
          resolve(response)
          settled(response.status)
        },
        failed: (failure) => {
          reject(new Error(failure.sentence))
          settled(failure.status)
        },
      })
    })
  }

  #make({ method, headers, body, fresh }: DialogRequest, target: Target): SipRequest {
    this.step({ kind: 'request_made' })
    const dialog = this.dialog!
    const { uri, routes } = requestLine(dialog)
    return buildRequest({
      method,
      uri,
      from: dialog.local,
      to: dialog.remote,
      callId: dialog.callId,
      cseq: dialog.localCSeq,
      routes,
      ...(carriesContact.has(method) ? { contact: this.#host.contact(target, uri.scheme === 'sips') } : {}),
      headers: [...this.#host.common.request, ...(headers ?? []), ...(fresh?.() ?? [])],
      ...(body === undefined ? {} : { body }),
    })
  }

  /** The ACK of a 2xx, with the credentials that its INVITE had (§22.1). A failure is logged; the 2xx comes again. */
  acknowledge(dialog: Dialog, invite: SipRequest, body?: Body): Promise<SentRequest> {
    const sent = this.#sendAck(dialog, invite, body)
    this.#note(sent)
    return sent
  }

  /** For a 2xx that came again. */
  acknowledgeAgain(acked: Promise<SentRequest>): void {
    this.#note(acked.then((sent) => this.#host.layer.sendAgain(sent)))
  }

  async #sendAck(dialog: Dialog, invite: SipRequest, body: Body | undefined): Promise<SentRequest> {
    const { uri, routes } = requestLine(dialog)
    const credentials: [string, string][] = []
    for (const name of ['Authorization', 'Proxy-Authorization']) {
      for (const value of invite.headers.all(name)) credentials.push([name, value])
    }
    const ack = buildRequest({
      method: 'ACK',
      uri,
      from: dialog.local,
      to: dialog.remote,
      callId: dialog.callId,
      cseq: invite.cseq.number,
      routes,
      headers: [...credentials, ...this.#host.common.request],
      ...(body === undefined ? {} : { body }),
    })
    return this.#host.layer.sendAck(ack, await this.target(dialog))
  }

  #note(sent: Promise<unknown>): void {
    sent.catch((error: unknown) =>
      this.#host.log.warn({ err: error, callId: this.dialog?.callId }, 'an ACK could not be sent'),
    )
  }
}
