import type { ServerTransaction } from '../transaction/layer.ts'
import { mediaType } from './body.ts'
import { dtmfTypes, type InfoKey, readInfoKey } from './dtmf-info.ts'
import type { SessionHost } from './host.ts'

/** Answers an INFO. @returns the key that it brought, if any */
export function receiveInfo(host: SessionHost, transaction: ServerTransaction): InfoKey | undefined {
  const { request } = transaction
  if (request.body.length === 0) {
    host.respond(transaction, 200)
    return undefined
  }
  const type = mediaType(request)
  if (!dtmfTypes.includes(type)) {
    host.respond(transaction, 415, { headers: [['Accept', dtmfTypes.join(', ')]] })
    return undefined
  }
  const key = readInfoKey(request, type)
  if (key === undefined) host.respond(transaction, 400, { reason: 'No Key In The Body' })
  else host.respond(transaction, 200)
  return key
}
