import { type Address, addressKey } from '../../phone/address.ts'
import type { TimelineEvent } from '../../phone/call.ts'
import { type EndCode, endCodes } from '../../phone/reason.ts'

/** Follows the story of a call that was handed over, and tells how it goes as a REFER is told (RFC 3515 §2.4.5). */
export function progressOf(tell: (status: number) => void): (event: TimelineEvent) => void {
  let over = false
  const last = (status: number): void => {
    if (over) return
    over = true
    tell(status)
  }
  return ({ kind, data }) => {
    switch (kind) {
      case 'ringing':
        if (!over) tell(180)
        return
      case 'bridged':
      case 'play':
      case 'gather':
      case 'record':
      case 'room':
        last(200)
        return
      case 'ended': {
        const { sip } = endCodes[data?.code as EndCode] ?? endCodes.failed
        last(sip >= 300 ? sip : 480)
        return
      }
      default:
    }
  }
}

/** The rule of a site that has no other. */
export async function extensionsOnly(_by: Address, to: Address): Promise<string | undefined> {
  return to.kind === 'extension' ? undefined : `${addressKey(to)} is no extension of this site`
}
