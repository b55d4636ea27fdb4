import type { DigestClient } from '../auth/client.ts'
import { type Dialog, requestLine, transition } from '../dialog/dialog.ts'
import { buildRequest } from '../message/build.ts'
import type { Target } from '../transaction/layer.ts'
import { Exchange } from './exchange.ts'
import type { SessionHost } from './host.ts'

/** BYE for a dialog that no session keeps: of a fork that lost, or one whose 2xx crossed our CANCEL. */
export function leaveDialog(
  host: SessionHost,
  dialog: Dialog,
  options: {
    readonly target: () => Promise<Target>
    readonly digest: DigestClient | undefined
    readonly ended: () => void
  },
): void {
  let current = dialog
  new Exchange({
    layer: host.layer,
    digest: options.digest,
    target: options.target,
    make() {
      const step = transition(current, { kind: 'request_made' })
      if (step.kind === 'ok') current = step.dialog
      const { uri, routes } = requestLine(current)
      const { local: from, remote: to, callId, localCSeq: cseq } = current
      return buildRequest({ method: 'BYE', uri, from, to, callId, cseq, routes, headers: host.common.request })
    },
    response() {},
    failed: (failure) => host.log.debug({ callId: dialog.callId, failure: failure.sentence }, 'a BYE got no answer'),
    ended: options.ended,
  })
}
