import { timingSafeEqual } from 'node:crypto'
import type { CarrierDoor, CarrierPost } from '../api/ports.ts'
import { readNews } from '../carriers/africas-talking/callback.ts'
import { africasTalkingName } from '../carriers/africas-talking/texts.ts'
import * as flowroute from '../carriers/flowroute/callback.ts'
import { flowrouteName } from '../carriers/flowroute/numbers.ts'
import * as plivo from '../carriers/plivo/callback.ts'
import { plivoName } from '../carriers/plivo/client.ts'
import type { CarrierNews, DeliveryReport, InboundText } from '../phone/carrier.ts'
import type { Settings } from '../settings.ts'
import { hashToken } from '../store/tokens.ts'
import { isPlivoSigned } from '../webhooks/sign/verify-plivo.ts'

type Take = (carrier: string, news: CarrierNews) => Promise<void>

/** Whether a post is from the company, and what it says; `undefined` where it is not understood. */
type Reader = (post: CarrierPost) => 'not_allowed' | CarrierNews | undefined

/** Lets in what companies post that prove who they are. */
export function carrierDoor(settings: Pick<Settings, 'carriers' | 'flowroute'>, take: Take): CarrierDoor {
  const readers = new Map<string, Reader>()
  const account = settings.carriers.plivo
  const flowrouteKey = settings.flowroute?.callbackKey
  if (flowrouteKey !== undefined) {
    const right = secretOf(flowrouteKey)
    readers.set(flowrouteName, (post) => (right(post.secret ?? '') ? readOne(post, flowroute) : 'not_allowed'))
  }
  const africasTalkingKey = settings.carriers.africasTalking?.callbackKey
  if (africasTalkingKey !== undefined) {
    const right = secretOf(africasTalkingKey)
    readers.set(africasTalkingName, ({ kind, body }) => (right(kind) ? readNews(body) : 'not_allowed'))
  }
  if (account !== undefined) {
    readers.set(plivoName, (post) => {
      const { url, pairs: params, header } = post
      const nonce = header('x-plivo-signature-v3-nonce')
      const signatures = [header('x-plivo-signature-v3'), header('x-plivo-signature-ma-v3')]
      const signed = signatures.some((signature) => isPlivoSigned({ url, signature, nonce, params }, account.authToken))
      return signed ? readOne(post, plivo) : 'not_allowed'
    })
  }
  return {
    async take(post) {
      const read = readers.get(post.carrier)
      const news = read === undefined ? 'not_allowed' : read(post)
      if (news === 'not_allowed') return news
      if (news === undefined) return 'not_understood'
      await take(post.carrier, news)
      return 'taken'
    },
  }
}

/** Whether a secret is this one, in a time that tells nothing of it. */
function secretOf(key: string): (given: string) => boolean {
  const right = hashToken(key)
  return (given) => timingSafeEqual(hashToken(given), right)
}

interface Callbacks {
  readonly readInbound: (posted: unknown) => InboundText | undefined
  readonly readReport: (posted: unknown) => DeliveryReport | undefined
}

function readOne({ kind, body, url }: CarrierPost, { readInbound, readReport }: Callbacks): CarrierNews | undefined {
  if (kind === 'texts') {
    const text = readInbound(body)
    return text === undefined ? undefined : { kind: 'text', text }
  }
  const report = kind === 'reports' ? readReport(body) : undefined
  if (report === undefined) return undefined
  const message = new URL(url).searchParams.get('message')
  return { kind: 'report', report: message === null ? report : { ...report, message } }
}
