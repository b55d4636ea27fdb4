import { randomUUID } from 'node:crypto'
import { AskFailed, type DocumentSource, type Params, type Unfinished } from '../apps/document/ports.ts'
import type { WebTarget } from '../apps/document/web-target.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { CallId } from '../phone/id.ts'
import { Problem } from '../phone/problem.ts'
import { newNonce } from '../webhooks/attempt.ts'
import { FetchFailed, type GuardedFetch, type GuardedResponse, type Redirected } from '../webhooks/guard.ts'
import type { Outbox, OutgoingWebhook } from '../webhooks/outbox.ts'
import { signPlivo } from '../webhooks/sign/plivo.ts'
import type { PendingEnds, PendingHangup, PendingPart } from './pending-ends.ts'

export interface DocumentRequestsOptions {
  readonly clock: Pick<Clock, 'after' | 'now'>
  readonly log: Logger
  readonly fetch: GuardedFetch
  readonly outbox: Pick<Outbox, 'send'>
  readonly pending: PendingEnds
  /** Resolves when the row of the call is in the store. */
  readonly written: (call: CallId) => Promise<void>
}

const form = 'application/x-www-form-urlencoded'
/** A document has 100 KB; what is longer is refused by its reader, in a sentence about documents. */
const maxAnswerBytes = 128 * 1024
const retryMs = 500

/** Requests to the URLs of whoever writes documents, signed with this token. @param account whose they are, where that is known */
export function documentRequests(
  { clock, log, fetch, outbox, pending, written }: DocumentRequestsOptions,
  token: string,
  account?: string,
): DocumentSource {
  const author: Author = account === undefined ? { token } : { token, account }

  async function askOnce(
    { url, method, tuning }: WebTarget,
    told: Params,
    leftMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const params = owned(told, author)
    let response: GuardedResponse
    try {
      response = await fetch({
        ...signedRequest(url, method, params, token),
        method,
        redirected: (next, method) => signedRequest(next, method === 'POST' ? 'POST' : 'GET', params, token),
        connectMs: tuning.connectMs,
        timeoutMs: Math.min(leftMs, tuning.connectMs + tuning.readMs),
        maxBytes: maxAnswerBytes,
        maxRedirects: 3,
        ...(signal === undefined ? {} : { signal }),
      })
    } catch (error) {
      if (error instanceof Problem) return failed('unreachable', error.message)
      if (!(error instanceof FetchFailed)) throw error
      return notFetched(error)
    }
    const { status } = response
    if (status < 200 || status > 299) {
      const sentence = `${url} answered with status ${status}.`
      return failed('unreachable', sentence, status >= 500 ? '5xx' : '4xx')
    }
    const text = response.body.toString('utf8')
    return text.trim() === '' ? failed('content', `${url} answered with nothing.`) : { kind: 'text', text }
  }

  return {
    async ask(target, params, _about, inVain) {
      const { retries, retryOn, totalMs } = target.tuning
      const until = clock.now() + totalMs
      for (let attempt = 0; ; attempt++) {
        const answer = await askOnce(target, params, until - clock.now(), inVain)
        if (answer.kind === 'text') return answer.text
        const again = answer.cause !== undefined && retryOn.includes(answer.cause)
        // All tries together have the whole time, and none begins that could not end in it.
        if (!again || inVain?.aborted || attempt >= retries || clock.now() + retryMs >= until)
          throw new AskFailed(answer.failure, answer.sentence)
        await new Promise<void>((resolve) => clock.after(retryMs, resolve))
      }
    },
    tell(target, params, about) {
      outbox
        .send(callbackOf(target, params, about.id, author))
        .catch((err: unknown) => log.error({ about: about.id, err }, 'a callback could not be queued'))
    },
    keep(first, call) {
      const id = `${call}/${randomUUID()}`
      let work = written(call)
      const then = (step: () => Promise<void>): void => {
        work = work
          .then(step)
          .catch((err: unknown) => log.error({ call, err }, 'a callback could not be kept for the next start, or told'))
      }
      // Most elements have no URL: they cost the store nothing.
      let state: 'unkept' | 'kept' | 'over' = 'unkept'
      const change = (unfinished: Unfinished): void => {
        // What is told of late, of a recording that began meanwhile, must not be kept again.
        if (state === 'over' || (state === 'unkept' && unfinished.told.length === 0)) return
        state = 'kept'
        then(() => pending.keep(id, call, 'documents', { unfinished, ...author } satisfies PendingPart))
      }
      change(first)
      return {
        change,
        over(...told) {
          const wasKept = state === 'kept'
          state = 'over'
          if (!wasKept && told.length === 0) return
          const requests = told.map(({ target, params }) => callbackOf(target, params, call, author))
          then(() => pending.settle(id, requests))
        },
      }
    },
    tellAtEnd({ url, method }, call) {
      const kept = written(call)
        .then(() => pending.keep(call, call, 'documents', { url, method, ...author } satisfies PendingHangup))
        .catch((err: unknown) => log.error({ call, err }, 'a hangup URL could not be kept for the next start'))
      return (params) => {
        kept
          .then(() => pending.settle(call, [callbackOf({ url, method }, params, call, author)]))
          .catch((err: unknown) => log.error({ call, err }, 'a hangup URL could not be told'))
      }
    },
  }
}

/** Who wrote the documents: `token` signs, `account` is told where it is known. */
export interface Author {
  readonly token: string
  readonly account?: string
}

/** In order per call or message. */
export const callbackOf = (
  { url, method }: Pick<WebTarget, 'url' | 'method'>,
  params: Params,
  about: string,
  author: Author,
): OutgoingWebhook => ({
  ...{ url, method, key: about, contentType: form, body: formOf(owned(params, author)), event: 'document.callback' },
  signing: { dialect: 'plivo', token: author.token },
})

/** Parameters in the form of a POST, in the query of a GET; a redirect may have kept them there. */
function signedRequest(target: string, method: 'GET' | 'POST', told: Params, token: string): Redirected {
  const nonce = newNonce()
  const url = new URL(target)
  const accept = 'application/xml, text/xml'
  if (method === 'POST') {
    const signed = signPlivo({ method, url: target, params: told, nonce }, token)
    return { url: target, headers: { ...signed, accept, 'content-type': form }, body: formOf(told) }
  }
  const params = told.filter(([name, value]) => !url.searchParams.getAll(name).includes(value))
  const signed = signPlivo({ method, url: target, params, nonce }, token)
  for (const [name, value] of params) url.searchParams.append(name, value)
  return { url: url.href, headers: { ...signed, accept } }
}

const owned = (params: Params, { account }: Author): Params =>
  account === undefined ? params : [...params, ['ParentAuthID', account] as const]

const formOf = (params: Params): string =>
  String(new URLSearchParams(params.map(([name, value]): [string, string] => [name, value])))

/** What is answered too long or leads in circles was reached, and is so the next time. */
function notFetched({ kind, message }: FetchFailed): Answer {
  switch (kind) {
    case 'timeout':
      return failed('unreachable', message, 'rt')
    case 'name':
    case 'connection':
      return failed('unreachable', message, 'ct')
    case 'redirects':
    case 'given_up':
      return failed('unreachable', message)
    case 'too_large':
    case 'type':
      return failed('content', message)
  }
}

type Answer =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'failed'
      readonly failure: AskFailed['kind']
      readonly sentence: string
      readonly cause?: '4xx' | '5xx' | 'ct' | 'rt'
    }

const failed = (failure: AskFailed['kind'], sentence: string, cause?: '4xx' | '5xx' | 'ct' | 'rt'): Answer => ({
  kind: 'failed',
  failure,
  sentence,
  ...(cause === undefined ? {} : { cause }),
})
