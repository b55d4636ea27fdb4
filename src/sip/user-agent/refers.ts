import type { Timer } from '../../base/clock.ts'
import { type Deferred, deferred } from '../../base/deferred.ts'
import { parseNameAddr } from '../message/name-addr.ts'
import { formatReferTo, readReferTo } from '../refer/refer-to.ts'
import { readSipfrag, writeSipfrag } from '../refer/sipfrag.ts'
import {
  type NotifierEvent,
  type NotifierState,
  notifier,
  type ReferEnd,
  type SubscriberEvent,
  type SubscriberState,
  subscriber,
} from '../refer/subscription.ts'
import type { ServerTransaction } from '../transaction/layer.ts'
import type { DialogLink } from './dialog-link.ts'
import type { SessionHost } from './host.ts'
import { warning } from './refuse.ts'
import type { IncomingRefer, ReferOptions } from './session.ts'

export interface ReferHooks {
  readonly host: SessionHost
  /** The one that the session goes on with may be chosen late, by who answers first. */
  link(): DialogLink
  /** Told what the REFER was answered: 408 and 481 end the dialog. */
  answered(status: number): void
}

interface Asked {
  state: SubscriberState
  readonly outcome: Deferred<ReferEnd>
  readonly progress: ((status: number) => void) | undefined
  /** Of the REFER as it was answered; unknown until then. */
  cseq: number | undefined
  timer: Timer | undefined
}

interface Taken {
  state: NotifierState
  readonly transaction: ServerTransaction
  timer: Timer | undefined
}

/** The REFERs of one session, in and out, with their subscriptions (RFC 3515). */
export class Refers {
  readonly #hooks: ReferHooks
  readonly #asked = new Set<Asked>()
  readonly #taken = new Set<Taken>()

  constructor(hooks: ReferHooks) {
    this.#hooks = hooks
  }

  /** @throws TypeError that names the bad field */
  send({ to, replaces, referredBy, progress }: ReferOptions): Promise<ReferEnd> {
    const dialog = replaces?.dialog
    if (replaces !== undefined && dialog === undefined) throw new TypeError('replaces: that session is not up')
    // The receiver's own tag is the one that is remote to us.
    const tags = dialog && {
      callId: replaces!.callId,
      toTag: dialog.remoteTag,
      fromTag: dialog.localTag,
      earlyOnly: false,
    }
    const headers: [string, string][] = [['Refer-To', formatReferTo(to, tags)]]
    if (referredBy !== undefined) headers.push(['Referred-By', formatReferTo(referredBy)])
    const asked: Asked = {
      state: { name: 'asked' },
      outcome: deferred(),
      progress,
      cseq: undefined,
      timer: undefined,
    }
    this.#asked.add(asked)
    this.#hooks.link().send({
      method: 'REFER',
      headers,
      response: (response, request) => {
        if (response.status < 200) return
        asked.cseq = request.cseq.number
        this.#subscribe(asked, { kind: 'answered', status: response.status })
        this.#hooks.answered(response.status)
      },
      failed: (failure) => {
        this.#subscribe(asked, { kind: 'answered', status: failure.status })
        this.#hooks.answered(failure.status)
      },
    })
    return asked.outcome.promise
  }

  /** A NOTIFY in the dialog. */
  notified(transaction: ServerTransaction): void {
    const { host } = this.#hooks
    const { headers, body } = transaction.request
    const [event = '', ...params] = (headers.get('Event') ?? '').split(';').map((part) => part.trim())
    if (event.toLowerCase() !== 'refer') {
      host.respond(transaction, 489, { headers: [['Allow-Events', 'refer']] })
      return
    }
    const id = params.find((param) => /^id=/i.test(param))?.slice(3)
    const open = [...this.#asked]
    const asked =
      open.find(({ cseq }) => id !== undefined && cseq === Number(id)) ??
      open.find(({ cseq }) => id === undefined || cseq === undefined)
    if (asked === undefined) {
      host.respond(transaction, 481)
      return
    }
    host.respond(transaction, 200)
    const terminated = /^\s*terminated\b/i.test(headers.get('Subscription-State') ?? '')
    this.#subscribe(asked, { kind: 'notified', status: readSipfrag(body), terminated })
  }

  /** A REFER in the dialog. @param handler 603 where there is none */
  received(transaction: ServerTransaction, handler: ((refer: IncomingRefer) => void) | undefined): void {
    const { host } = this.#hooks
    const { request } = transaction
    const read = readReferTo(request.headers)
    if (read.kind === 'fault') {
      host.respond(transaction, 400, { headers: [warning(transaction, read.sentence, 399)] })
      return
    }
    if (handler === undefined) {
      host.respond(transaction, 603)
      return
    }
    const taken: Taken = { state: { name: 'asked' }, transaction, timer: undefined }
    this.#taken.add(taken)
    const referredBy = parseNameAddr(request.headers.get('Referred-By') ?? '')
    handler({
      ...read.target,
      request,
      ...(referredBy === undefined ? {} : { referredBy }),
      accept: () => this.#tell(taken, { kind: 'accept' }),
      notify: (status) => this.#tell(taken, { kind: 'status', status }),
      reject: (status) => this.#tell(taken, { kind: 'reject', status }),
    })
  }

  /** The session has ended. */
  close(): void {
    for (const asked of this.#asked) this.#subscribe(asked, { kind: 'ended' })
    for (const taken of this.#taken) this.#tell(taken, { kind: 'ended' })
  }

  #subscribe(asked: Asked, event: SubscriberEvent): void {
    const { state, effects } = subscriber(asked.state, event)
    asked.state = state
    for (const effect of effects) {
      switch (effect.kind) {
        case 'startTimer':
          asked.timer = this.#hooks.host.clock.after(effect.ms, () => this.#subscribe(asked, { kind: 'timer' }))
          break
        case 'stopTimer':
          asked.timer?.stop()
          break
        case 'progress':
          asked.progress?.(effect.status)
          break
        case 'done':
          this.#asked.delete(asked)
          asked.outcome.resolve(effect.end)
          break
      }
    }
  }

  #tell(taken: Taken, event: NotifierEvent): void {
    const { host } = this.#hooks
    const { state, effects } = notifier(taken.state, event)
    taken.state = state
    if (state.name === 'over') this.#taken.delete(taken)
    for (const effect of effects) {
      switch (effect.kind) {
        case 'respond': {
          const contact = host.contact(taken.transaction.flow, taken.transaction.request.uri.scheme === 'sips')
          host.respond(taken.transaction, effect.status, effect.status < 300 ? { contact } : {})
          break
        }
        case 'notify':
          this.#notify(taken, effect.status, effect.subscription)
          break
        case 'startTimer':
          taken.timer = host.clock.after(effect.ms, () => this.#tell(taken, { kind: 'timer' }))
          break
        case 'stopTimer':
          taken.timer?.stop()
          break
      }
    }
  }

  #notify(taken: Taken, status: number, subscription: string): void {
    const { host } = this.#hooks
    const link = this.#hooks.link()
    const { number } = taken.transaction.request.cseq
    // 481 ends the subscription and not the call (RFC 5057 §5.1).
    const settled = (answer: number): void => {
      if (answer === 481) this.#tell(taken, { kind: 'ended' })
    }
    link
      .ask(
        {
          method: 'NOTIFY',
          headers: [
            ['Event', `refer;id=${number}`],
            ['Subscription-State', subscription],
          ],
          body: writeSipfrag(status),
        },
        settled,
      )
      .catch((error: unknown) => host.log.debug({ err: error }, 'a NOTIFY got no answer'))
  }
}
