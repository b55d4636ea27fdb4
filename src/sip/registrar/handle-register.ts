import type { Clock } from '../../base/clock.ts'
import type { HeaderEntries } from '../message/headers.ts'
import type { IncomingRequest } from '../user-agent/options.ts'
import type { Binding, BindingStore } from './binding-store.ts'
import { contactValues, type ExpiryLimits, expiryLimits, register } from './bindings.ts'
import { changeBindings } from './change-bindings.ts'

export interface RegisterOptions {
  /** The address of record: who the request was authenticated as. */
  readonly username: string
  readonly store: BindingStore
  readonly clock: Clock
  readonly limits?: ExpiryLimits
}

export interface RegisterResult {
  readonly added: readonly Binding[]
  readonly removed: readonly Binding[]
}

/**
 * Answers a REGISTER (RFC 3261 §10.3) of a user who is known to be the one. 403 where To names somebody else: nobody
 * takes another one's calls. Nothing is changed where the answer is not 200.
 */
export async function handleRegister(incoming: IncomingRequest, options: RegisterOptions): Promise<RegisterResult> {
  const { username, store, clock } = options
  const { request, flow } = incoming
  const limits = options.limits ?? expiryLimits
  const nothing: RegisterResult = { added: [], removed: [] }
  if (!names(request.to.uri, username)) {
    incoming.reply(403, { reason: 'Not Your Address Of Record' })
    return nothing
  }
  const now = clock.wall()
  const result = await changeBindings(store, username, (bindings) => {
    const step = register(bindings, request, flow, now, limits)
    return step.kind === 'ok' && (step.added.length > 0 || step.removed.length > 0)
      ? { result: step, bindings: step.bindings }
      : { result: step }
  })
  if (result.kind === 'refused') {
    const headers: HeaderEntries = result.status === 423 ? [['Min-Expires', String(limits.min)]] : []
    incoming.reply(result.status, { headers, ...(result.status === 400 ? { reason: phrase(result.sentence) } : {}) })
    return nothing
  }
  const contacts = contactValues(result.bindings, now).map((value): [string, string] => ['Contact', value])
  // RFC 3261 §10.3 step 8 wants a Date, from which a phone without a clock sets its own.
  incoming.reply(200, { headers: [...contacts, ['Date', new Date(now).toUTCString()]] })
  return { added: result.added, removed: result.removed }
}

const names = (uri: IncomingRequest['request']['to']['uri'], username: string): boolean =>
  (uri.scheme === 'sip' || uri.scheme === 'sips') && uri.user === username

/** A reason phrase: our own sentence, without what is not allowed in a start line. */
const phrase = (sentence: string): string => sentence.replace(/[^\x20-\x7e]/g, '').replace(/\.$/, '')
