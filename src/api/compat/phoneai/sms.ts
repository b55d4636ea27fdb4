import { z } from 'zod'
import { addressKey } from '../../../phone/address.ts'
import { allExtensions } from '../../../store/extensions.ts'
import { rentedNumbers } from '../../../store/numbers.ts'
import { idOf } from '../../../store/phoneai.ts'
import { writes } from '../../auth.ts'
import type { Api, ApiOptions } from '../../options.ts'
import { putReplyUrl } from '../../reply-url.ts'
import { bothOf, digits, door, refuse } from './door.ts'
import { readParty } from './party.ts'

const Send = z.object({
  sms_to: digits(z.string().min(1).max(20)),
  sms_body: z
    .string()
    .min(1)
    // Ten parts of a long one; there it ends at 140.
    .max(1600)
    .regex(/^[^\0\p{Cs}]*$/u, 'takes no NUL character and no half of a surrogate pair'),
  callback_url: z.union([z.literal('').transform(() => null), z.url().max(2000), z.null()]).optional(),
})
const Query = z.object({ from_number: z.string().min(1).max(64).optional() })

/** What a text waits for; other states are never told here, since this answers before it is sent. */
const pending = 0

export function registerTexts(app: Api, { store, texts, country, webhooks }: ApiOptions): void {
  const { db, keys } = store

  function receiver(text: string, usernames: ReadonlySet<string>): string {
    const address = readParty(text, usernames, country)
    if (address?.kind === 'number' || (address?.kind === 'extension' && usernames.has(address.username)))
      return addressKey(address)
    throw refuse('sms_to', `names nobody: there is no extension ${text}, and it is no number`)
  }

  /** The first number of the site unless another is named. */
  async function sender(text: string | undefined, usernames: ReadonlySet<string>): Promise<string> {
    const ours = (await rentedNumbers(db)).map(({ e164 }) => e164)
    if (text === undefined) {
      const [first] = ours
      if (first !== undefined) return first
      throw refuse('from_number', 'is missing, and no number is rented here that could stand for it')
    }
    const address = readParty(text, usernames, country)
    const key = address === undefined ? '' : addressKey(address)
    if (usernames.has(key) || ours.includes(key)) return key
    throw refuse('from_number', 'takes an extension or a number that is rented here')
  }

  async function checkCallback(url: string): Promise<void> {
    const sentence = await webhooks.refuses(url)
    if (sentence !== undefined) throw refuse('callback_url', sentence)
  }

  for (const path of bothOf('sendsms')) {
    const send = { ...door(writes('messages').need), schema: { hide: true, body: Send, querystring: Query } }
    app.post(path, send, async (request, reply) => {
      const { sms_to: to, sms_body: body, callback_url: url } = request.body
      const usernames = new Set((await allExtensions(db)).map((extension) => extension.username))
      const row = {
        from: await sender(request.query.from_number, usernames),
        to: receiver(to, usernames),
        body,
      }
      if (url != null) await checkCallback(url)
      const queued = await db.transaction(async (tx) => {
        const made = await texts.put(tx, row)
        const { id } = made.row
        if (url != null) await putReplyUrl(tx, keys, id, url, request.headers.authorization)
        return made.row
      })
      texts.told(queued)
      const shown = {
        id: await idOf(db, queued.id),
        sms_to: to,
        sms_body: body,
        callback_url: url ?? null,
        status: pending,
      }
      return reply.code(201).send(shown)
    })
  }
}
