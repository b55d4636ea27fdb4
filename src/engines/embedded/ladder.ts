import type { TimelineEvent } from '../../phone/call.ts'
import type { CallId } from '../../phone/id.ts'
import type { SipMessage } from '../../sip/message/message.ts'
import { formatUri, type Uri } from '../../sip/message/uri.ts'
import type { TraceEntry } from '../../sip/transaction/layer.ts'

/** Messages of a dialog that no call is known for yet are held; so many dialogs, so many messages each. */
const heldDialogs = 500
const heldMessages = 8
/** Characters of a line; a start line may have thousands. */
const longestLine = 300

type Note = (call: CallId, event: TimelineEvent) => void

/**
 * Sorts signalling into the stories of calls. The INVITE of a call is seen before the call exists, so the first messages
 * of a dialog wait for its name.
 */
export class Ladder {
  readonly #calls = new Map<string, CallId>()
  readonly #held = new Map<string, TimelineEvent[]>()
  readonly #note: Note

  constructor(note: Note) {
    this.#note = note
  }

  readonly trace = (entry: TraceEntry): void => {
    const { callId } = entry.message
    const call = this.#calls.get(callId)
    const { method } = entry.message.cseq
    if (call === undefined && method !== 'INVITE' && method !== 'ACK' && method !== 'CANCEL') return
    const event = describe(entry)
    if (call !== undefined) {
      this.#note(call, event)
      return
    }
    const held = this.#held.get(callId)
    if (held !== undefined) {
      if (held.length < heldMessages) held.push(event)
      return
    }
    this.#held.set(callId, [event])
    if (this.#held.size > heldDialogs) {
      const oldest = this.#held.keys().next()
      if (!oldest.done) this.#held.delete(oldest.value)
    }
  }

  /** From now on the dialog's messages belong to the call; those held are told at once. */
  belongs(sipCallId: string, call: CallId): void {
    this.#calls.set(sipCallId, call)
    for (const event of this.#held.get(sipCallId) ?? []) this.#note(call, event)
    this.#held.delete(sipCallId)
  }

  forget(sipCallId: string): void {
    this.#calls.delete(sipCallId)
    this.#held.delete(sipCallId)
  }

  /** Dialogs that belong to calls, for the leak check. */
  get size(): number {
    return this.#calls.size
  }
}

function describe({ at, direction, flow, message }: TraceEntry): TimelineEvent {
  const { remoteAddress, remotePort, transport } = flow
  const host = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress
  return {
    at,
    kind: direction === 'received' ? 'sip_in' : 'sip_out',
    text: firstLine(message),
    data: {
      peer: `${host}:${remotePort}`,
      transport,
      cseq: `${message.cseq.number} ${message.cseq.method}`,
      sipCallId: message.callId.slice(0, longestLine),
    },
  }
}

function firstLine(message: SipMessage): string {
  const text =
    message.kind === 'request' ? `${message.method} ${uriText(message.uri)}` : `${message.status} ${message.reason}`
  return text.length > longestLine ? `${text.slice(0, longestLine - 1)}…` : text
}

/** The URI of a request that is refused as malformed stands there as it came, and may be no URI at all. */
const uriText = (uri: Uri): string =>
  uri.scheme === 'other' ? uri.text.replace(/[\s<>"\p{Cc}]+/gu, ' ') : formatUri(uri)
