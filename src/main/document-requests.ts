import { randomInt } from 'node:crypto'
import { AskFailed, type DocumentSource, type Params } from '../apps/document/ports.ts'
import type { WebTarget } from '../apps/document/web-target.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { Problem } from '../phone/problem.ts'
import { FetchFailed, type GuardedFetch, type GuardedResponse } from '../webhooks/guard.ts'
import type { Outbox } from '../webhooks/outbox.ts'
import { signPlivo } from '../webhooks/sign/plivo.ts'

export interface DocumentRequestsOptions {
  readonly clock: Pick<Clock, 'after'>
  readonly log: Logger
  readonly fetch: GuardedFetch
  readonly outbox: Pick<Outbox, 'send'>
}

const form = 'application/x-www-form-urlencoded'
/** A document has 100 KB; what is longer is refused by its reader, in a sentence about documents. */
const maxAnswerBytes = 128 * 1024
const retryMs = 500

/** Requests to the URLs of whoever writes documents, signed with this token. @param account whose they are, where that is known */
export function documentRequests(
  { clock, log, fetch, outbox }: DocumentRequestsOptions,
  token: string,
  account?: string,
): DocumentSource {
  const owned = (params: Params): Params =>
    account === undefined ? params : [...params, ['ParentAuthID', account] as const]

  async function askOnce({ url, method, tuning }: WebTarget, told: Params): Promise<Answer> {
    const params = owned(told)
    const nonce = Array.from({ length: 20 }, () => randomInt(10)).join('')
    const headers = signPlivo({ method, url, params, nonce }, token)
    const asked = new URL(url)
    if (method === 'GET') for (const [name, value] of params) asked.searchParams.append(name, value)
    let response: GuardedResponse
    try {
      response = await fetch({
        url: asked.href,
        method,
        headers: {
          ...headers,
          accept: 'application/xml, text/xml',
          ...(method === 'POST' ? { 'content-type': form } : {}),
        },
        ...(method === 'POST' ? { body: formOf(params) } : {}),
        timeoutMs: Math.min(tuning.totalMs, tuning.connectMs + tuning.readMs),
        maxBytes: maxAnswerBytes,
        maxRedirects: 3,
      })
    } catch (error) {
      if (error instanceof Problem) return failed('unreachable', error.message)
      if (!(error instanceof FetchFailed)) throw error
      return failed('unreachable', error.message, error.kind === 'timeout' ? 'rt' : 'ct')
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
    async ask(target, params) {
      const { retries, retryOn } = target.tuning
      for (let attempt = 0; ; attempt++) {
        const answer = await askOnce(target, params)
        if (answer.kind === 'text') return answer.text
        const again = answer.cause !== undefined && retryOn.includes(answer.cause)
        if (!again || attempt >= retries) throw new AskFailed(answer.failure, answer.sentence)
        await new Promise<void>((resolve) => clock.after(retryMs, resolve))
      }
    },
    tell({ url, method }, params, about) {
      const signing = { dialect: 'plivo', token } as const
      const body = formOf(owned(params))
      outbox
        .send({ url, method, key: about.id, contentType: form, body, signing, event: 'document.callback' })
        .catch((err: unknown) => log.error({ about: about.id, err }, 'a callback could not be queued'))
    },
  }
}

const formOf = (params: Params): string =>
  String(new URLSearchParams(params.map(([name, value]): [string, string] => [name, value])))

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
