import { formatHostPort } from '../message/host.ts'
import { quote } from '../message/scan.ts'
import type { ServerTransaction } from '../transaction/layer.ts'
import { sdpType } from './body.ts'
import { dtmfTypes } from './dtmf-info.ts'
import type { SessionHost } from './host.ts'

/** `Warning` (RFC 3261 §20.43) with a sentence of ours: 305 for media that is refused, 399 for the rest. */
export function warning(transaction: ServerTransaction, sentence: string, code = 305): [string, string] {
  const { localAddress, localPort } = transaction.flow
  return ['Warning', `${code} ${formatHostPort({ host: localAddress, port: localPort })} ${quote(sentence)}`]
}

/** Refuses a request for what is in its body. */
export function refuseBody(
  host: SessionHost,
  transaction: ServerTransaction,
  fault: { readonly status: number; readonly sentence: string },
): void {
  const accept: [string, string][] = fault.status === 415 ? [['Accept', [sdpType, ...dtmfTypes].join(', ')]] : []
  host.respond(transaction, fault.status, {
    headers: [...accept, warning(transaction, fault.sentence, fault.status === 488 ? 305 : 399)],
  })
}

/** RFC 3261 §14.2: a random wait of 0 to 10 seconds. */
export const retryAfter = (): [string, string][] => [['Retry-After', String(Math.floor(Math.random() * 11))]]
