import { type Address, addressKey, describeAddress } from '../../phone/address.ts'
import type { CallSource, TimelineEvent } from '../../phone/call.ts'
import { type CallEnd, endCodes } from '../../phone/reason.ts'
import type { EmbeddedCall } from './call.ts'
import { type Leg, soundOf } from './leg.ts'
import type { Dialer, HandOver } from './ring.ts'
import { firstWay, type Way } from './route.ts'

/** What the call of a party that was handed over is made of. */
export interface HandedOver {
  readonly source: CallSource
  readonly from: Address
  readonly to: Address
  readonly leg: Leg
  readonly handedOver: true
  readonly way: Way
  readonly dialer: Partial<Dialer>
  heard(event: TimelineEvent): void
  takeBack(): boolean
}

/** A party that left its call goes on as one that calls `to`. @param begin hands the call up; absent where no more calls are taken */
export async function handOver(
  { leg, from, to, source, by, waiting, after, progress, takeBack }: HandOver,
  make: (parts: HandedOver) => EmbeddedCall,
  begin: ((call: EmbeddedCall) => void) | undefined,
): Promise<void> {
  for (const left of after) left.session.hangup()
  await Promise.all(after.map((left) => left.ended))
  let queue = waiting
  const take = (): Leg | undefined => {
    const first = queue
    queue = undefined
    return first
  }
  const story = new Progress(progress)
  const call = make({
    source,
    from,
    to,
    leg,
    handedOver: true,
    way: firstWay,
    dialer: { waiting: take },
    heard: (event) => story.heard(event),
    takeBack: () => !story.reached && takeBack?.() === true,
  })
  call.note('arrived', `${by} handed ${describeAddress(from)} over to ${describeAddress(to)}`)
  call.note('answered', 'was up already', soundOf(leg.media))
  void call.ended.then((end) => {
    story.last(statusOf(end))
    take()?.session.hangup()
  })
  if (begin === undefined) await call.hangup({ code: 'interrupted', sentence: 'the service is stopping' })
  else begin(call)
}

/** Follows the story of a call that was handed over, and tells how it goes as a REFER is told (RFC 3515 §2.4.5). */
class Progress {
  readonly #tell: (status: number) => void
  #over = false
  #reached = false

  constructor(tell: (status: number) => void) {
    this.#tell = tell
  }

  /** Somebody or something answered. */
  get reached(): boolean {
    return this.#reached
  }

  heard({ kind }: TimelineEvent): void {
    switch (kind) {
      case 'ringing':
        if (!this.#over) this.#tell(180)
        return
      case 'bridged':
      case 'play':
      case 'gather':
      case 'record':
      case 'room':
        this.#reached = true
        this.last(200)
        return
      default:
    }
  }

  last(status: number): void {
    if (this.#over) return
    this.#over = true
    this.#tell(status)
  }
}

/** What the target answered where it answered something, else what fits the reason (RFC 3398). */
function statusOf({ code, chain }: CallEnd): number {
  const answered = chain.findLast((link) => link.code === code && link.sip !== undefined)?.sip
  const status = answered ?? endCodes[code].sip
  return status >= 300 ? status : 480
}

/** The rule of a site that has no other. */
export async function extensionsOnly(_by: Address, to: Address): Promise<string | undefined> {
  return to.kind === 'extension' ? undefined : `${addressKey(to)} is no extension of this site`
}
