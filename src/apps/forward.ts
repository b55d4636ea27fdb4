import type { Logger } from '../base/log.ts'
import { type Address, readAddress } from '../phone/address.ts'
import { type Call, type DialTarget, remoteParty } from '../phone/call.ts'
import type { Forward } from '../phone/forward.ts'
import { talkEnded } from './connect.ts'
import { playText } from './play-text.ts'
import { type Mailbox, takeMessage } from './voicemail.ts'

/**
 * Rings the targets of a forward in order and takes a message when none of them answered. A talk that took place ends
 * the call: only a target that never answered leads on.
 */
export async function forwardCall(call: Call, forward: Forward, mailbox: Mailbox, log: Logger): Promise<void> {
  await call.answer()
  await playText(call, forward.prompts.forwarding, log)
  const from = callerId(call, forward)
  const end = await call.dial(dialTargets(forward), { number: forward.number, ...(from === undefined ? {} : { from }) })
  if (end.kind === 'answered') {
    await call.hangup(talkEnded(end))
    return
  }
  await playText(call, forward.prompts.unreachable, log)
  await takeMessage(call, forward, mailbox, log)
}

function dialTargets(forward: Forward): DialTarget[] {
  return forward.targets.flatMap(({ to, seconds }) => {
    const address = readAddress(to)
    return address === undefined ? [] : [{ to: address, seconds }]
  })
}

function callerId(call: Call, forward: Forward): Address | undefined {
  switch (forward.callerId) {
    case 'caller':
      return undefined
    case 'number':
      return { kind: 'number', e164: forward.number, raw: forward.number, ...(name(remoteParty(call)) ?? {}) }
  }
}

function name(address: Address): { name: string } | undefined {
  return address.kind !== 'anonymous' && address.name !== undefined ? { name: address.name } : undefined
}
