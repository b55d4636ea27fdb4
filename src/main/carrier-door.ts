import { timingSafeEqual } from 'node:crypto'
import type { CarrierDoor, CarrierPost } from '../api/ports.ts'
import { readNews } from '../carriers/africas-talking/callback.ts'
import { africasTalkingName } from '../carriers/africas-talking/texts.ts'
import { readInbound, readReport } from '../carriers/plivo/callback.ts'
import { plivoName } from '../carriers/plivo/client.ts'
import type { CarrierNews } from '../phone/carrier.ts'
import type { Settings } from '../settings.ts'
import { hashToken } from '../store/tokens.ts'
import { isPlivoSigned } from '../webhooks/sign/verify-plivo.ts'

type Take = (carrier: string, news: CarrierNews) => Promise<void>

/** Whether a post is from the company, and what it says; `undefined` where it is not understood. */
type Reader = (post: CarrierPost) => 'not_allowed' | CarrierNews | undefined

/** Lets in what companies post that prove who they are. */
export function carrierDoor({ africasTalking, plivo }: Settings['carriers'], take: Take): CarrierDoor {
  const readers = new Map<string, Reader>()
  const key = africasTalking?.callbackKey
  if (key !== undefined) {
    const right = hashToken(key)
    readers.set(africasTalkingName, ({ kind, body }) =>
      timingSafeEqual(hashToken(kind), right) ? readNews(body) : 'not_allowed',
    )
  }
  if (plivo !== undefined) {
    readers.set(plivoName, (post) => {
      const { url, pairs: params, header } = post
      const nonce = header('x-plivo-signature-v3-nonce')
      const signatures = [header('x-plivo-signature-v3'), header('x-plivo-signature-ma-v3')]
      const signed = signatures.some((signature) => isPlivoSigned({ url, signature, nonce, params }, plivo.authToken))
      return signed ? readPlivo(post) : 'not_allowed'
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

function readPlivo({ kind, body, url }: CarrierPost): CarrierNews | undefined {
  if (kind === 'texts') {
    const text = readInbound(body)
    return text === undefined ? undefined : { kind: 'text', text }
  }
  const report = kind === 'reports' ? readReport(body) : undefined
  if (report === undefined) return undefined
  const message = new URL(url).searchParams.get('message')
  return { kind: 'report', report: message === null ? report : { ...report, message } }
}
