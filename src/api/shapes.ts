import { z } from 'zod'
import { type Address, addressKey, extensionPattern, readAddress, readNumber } from '../phone/address.ts'
import { type Id, idPrefixes, isId, type Noun } from '../phone/id.ts'
import { offerPolicies } from '../phone/offer.ts'
import { srtpPolicies } from '../phone/srtp.ts'
import type { StoredAddress } from '../store/shapes.ts'

/** A request refuses fields that it does not know: a misspelt one must not pass unnoticed. */
export const body = z.strictObject

export const time = z.iso.datetime().describe('ISO 8601, UTC')
export const iso = (date: Date): string => date.toISOString()
export const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null

export function id<N extends Noun>(noun: N) {
  return z
    .string()
    .refine((text): text is Id<N> => isId(noun, text), `takes an id such as ${exampleId(noun)}`)
    .meta({ examples: [exampleId(noun)] })
}

export const exampleId = (noun: Noun): string => `${idPrefixes[noun]}_1ka0b1w8004m2n8x5t9q3r7v`

export const e164 = z
  .string()
  .transform((text) => readNumber(text) ?? '')
  .pipe(z.string().regex(/^\+/, 'takes a number in E.164 form, such as +15550100'))

export const username = z
  .string()
  .regex(extensionPattern, 'takes 1 to 64 letters, digits, dots, underscores or hyphens, the first a letter or digit')

// Control characters would end up in headers, logs and terminals; halves of surrogate pairs are no text.
const plain = /^[^\p{Cc}\p{Cs}]*$/u
export const line = (least: number, most: number) =>
  z.string().min(least).max(most).regex(plain, 'takes no control characters')

export const Srtp = z
  .enum(srtpPolicies)
  .describe(
    'Encrypted audio. `off`: never. `allowed`: where the other side offers it, and offered where its signalling goes by TLS. `required`: calls without it are refused',
  )

export const Offer = z
  .enum(offerPolicies)
  .describe(
    'Who offers the audio of a call out. `early`: we, in the INVITE. `delayed`: the other side, in its answer; ours goes back in the ACK',
  )

/** What a thing is looked up by; anything that is plain text, since a wrong one is simply not found. */
export const key = line(1, 64)
/** What a list is narrowed by. */
export const filter = line(1, 256).optional()

export const limit = z.coerce.number().int().min(1).max(200).default(50).describe('How many on a page, 1 to 200')
// Of ids and, for numbers, of E.164: what `next` may be.
const cursor = z
  .string()
  .regex(/^(?:[a-z]{2,4}_[0-9a-z]{1,40}|\+[1-9][0-9]{4,14})$/, 'takes the `next` of the page before, as it was given')
export const page = { limit, after: cursor.optional().describe('The `next` of the page before') }

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next: z.string().optional().describe('`after` of the next page; absent on the last'),
  })

export function toPage<R, T>(found: { readonly rows: readonly R[]; readonly next?: string }, show: (row: R) => T) {
  return { items: found.rows.map(show), ...(found.next === undefined ? {} : { next: found.next }) }
}

export const FieldFault = z.object({ field: z.string(), sentence: z.string() }).meta({
  id: 'FieldFault',
  examples: [{ field: '/targets/0/seconds', sentence: 'takes a whole number from 1 to 120' }],
})

export const ProblemDocument = z
  .object({
    type: z.string().describe('Where the code is explained'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What is wrong in this very case'),
    code: z.string().describe('Stable; switch on this'),
    errors: z.array(FieldFault).optional().describe('Every field that was refused'),
    instance: z.string().describe('Stands in the log beside the request'),
  })
  .meta({
    id: 'Problem',
    examples: [
      {
        type: 'http://127.0.0.1:8080/docs/errors#number_taken',
        title: 'That number is rented already.',
        status: 409,
        detail: '+15550100 is rented already.',
        code: 'number_taken',
        instance: 'req-1a',
      },
    ],
  })

/** Every route may answer with a problem. */
export const problem = { '4xx': ProblemDocument, '5xx': ProblemDocument }

export const AddressShape = z
  .object({
    kind: z.enum(['number', 'extension', 'uri', 'anonymous']),
    address: z.string().describe('The normal form: E.164, username, URI, or `anonymous`'),
    name: z.string().optional(),
    raw: z.string().describe('What the network or the user sent'),
  })
  .meta({ id: 'Address', examples: [{ kind: 'number', address: '+15550142', raw: '+1 555 0142' }] })

export function showAddress(address: StoredAddress): z.infer<typeof AddressShape> {
  const name = address.kind === 'anonymous' ? undefined : address.name
  return { kind: address.kind, address: addressKey(address), raw: address.raw, ...(name === undefined ? {} : { name }) }
}

export const addressText = z
  .string()
  .max(256)
  .refine(
    (text) => plain.test(text) && (readAddress(text)?.kind ?? 'anonymous') !== 'anonymous',
    'takes an extension such as 1001, a number such as +15550142, or a SIP URI',
  )

export function parseAddress(
  text: string,
  country: string | undefined,
  usernames: ReadonlySet<string>,
): Address | undefined {
  return readAddress(text, {
    isExtension: (name) => usernames.has(name),
    ...(country === undefined ? {} : { country }),
  })
}
