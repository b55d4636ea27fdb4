import type { Logger } from '../base/log.ts'
import { addressKey, describeAddress } from '../phone/address.ts'
import type { Assignment } from '../phone/assignment.ts'
import { type Call, CallEnded } from '../phone/call.ts'
import type { Forward } from '../phone/forward.ts'
import { connect } from './connect.ts'
import { forwardCall } from './forward.ts'
import { type Mailbox, takeMessage } from './voicemail.ts'

/** How long an extension rings that was called by its own name or number. */
const extensionSeconds = 60

/** What the numbers of the site are for. */
export interface Plan {
  assignment(e164: string): Promise<Assignment | undefined>
  forward(id: string): Promise<Forward | undefined>
}

export interface InboundApp {
  readonly plan: Plan
  readonly mailbox: Mailbox
  readonly log: Logger
}

/** Runs the app that a call is for, to its end. Never rejects: a fault is logged and ends the call with `failed`. */
export async function handleCall(call: Call, app: InboundApp): Promise<void> {
  try {
    await runApp(call, app)
  } catch (error) {
    if (error instanceof CallEnded) return
    app.log.error({ call: call.id, err: error }, 'an app failed; the call is hung up')
    await call.hangup({
      code: 'failed',
      sentence: 'a fault in the service ended the call; the log has it under the id of the call',
    })
  }
}

async function runApp(call: Call, app: InboundApp): Promise<void> {
  const { to } = call
  if (to.kind !== 'number') {
    // The engine lets nobody in who may not call there, so an extension or URI is simply rung.
    await connect(call, [{ to, seconds: extensionSeconds }])
    return
  }
  const assignment = await app.plan.assignment(to.e164)
  if (assignment === undefined) {
    await connect(call, [{ to, seconds: extensionSeconds }])
    return
  }
  switch (assignment.kind) {
    case 'extension':
      await connect(call, [
        {
          to: { kind: 'extension', username: assignment.username, raw: assignment.username },
          seconds: extensionSeconds,
        },
      ])
      return
    case 'forward':
    case 'voicemail': {
      const forward = await app.plan.forward(assignment.forward)
      if (forward === undefined) {
        await call.hangup({
          code: 'not_found',
          sentence: `${addressKey(to)} belongs to the forward ${assignment.forward}, which is gone`,
        })
        return
      }
      app.log.info({ call: call.id, forward: forward.id, from: describeAddress(call.from) }, 'a call for a forward')
      if (assignment.kind === 'forward') await forwardCall(call, forward, app.mailbox)
      else await takeMessage(call, forward, app.mailbox)
    }
  }
}
