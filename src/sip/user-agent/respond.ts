import { buildResponse } from '../message/build.ts'
import type { HeaderEntries } from '../message/headers.ts'
import type { NameAddr } from '../message/message.ts'
import { formatNameAddr } from '../message/name-addr.ts'
import type { ServerTransaction } from '../transaction/layer.ts'
import type { Reply } from './options.ts'

/** Answers a request with our tag. @param common entries of every answer, where `parts` has none of that name */
export function respond(
  common: HeaderEntries,
  transaction: ServerTransaction,
  status: number,
  parts: Reply & { readonly contact?: NameAddr } = {},
): void {
  const { reason, body, contact } = parts
  const headers: [string, string][] = []
  if (contact !== undefined) headers.push(['Contact', formatNameAddr(contact)])
  const given = new Set<string>()
  for (const [name, value] of parts.headers ?? []) {
    given.add(name.toLowerCase())
    headers.push([name, value])
  }
  for (const [name, value] of common) if (!given.has(name.toLowerCase())) headers.push([name, value])
  transaction.respond(
    buildResponse(transaction.request, status, {
      toTag: transaction.toTag,
      headers,
      ...(reason === undefined ? {} : { reason }),
      ...(body === undefined ? {} : { body }),
    }),
  )
}
