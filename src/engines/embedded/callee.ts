import { type Address, addressKey } from '../../phone/address.ts'
import {
  type Announcement,
  type AnnounceOptions,
  type Call,
  type Callee,
  type CallSource,
  remoteParty,
} from '../../phone/call.ts'
import { type CallId, newId } from '../../phone/id.ts'
import type { Prompt } from '../../phone/prompt.ts'
import { announce } from './announce.ts'
import type { BlockContext } from './block.ts'
import type { EmbeddedCall } from './call.ts'
import type { EmbeddedEngineOptions } from './engine-options.ts'
import { type Leg, soundOf } from './leg.ts'
import { preparePrompt } from './prompts.ts'
import { firstWay, type Way } from './route.ts'
import type { Talks } from './talks.ts'

/** What the call of a callee is made of that was taken out of its talk. */
export interface TakenCallee {
  readonly id: CallId
  readonly source: CallSource
  readonly from: Address
  readonly to: Address
  readonly leg: Leg
  readonly way: Way
}

/** Who talks with the caller of a dial; a transfer may put somebody else there. `undefined` while nobody does. */
export function calleeOf(
  call: EmbeddedCall,
  talks: Talks,
  { clock, ...makers }: Pick<EmbeddedEngineOptions, 'speaker' | 'fetcher' | 'clock'>,
  make: (parts: TakenCallee) => EmbeddedCall,
): Callee | undefined {
  const talk = talks.ofCaller(call.leg)
  if (talk === undefined) return undefined
  const note: BlockContext['note'] = (kind, text, data) =>
    call.note(kind, `${text}, to ${addressKey(talk.callee().target)}`, data)
  const prepare: BlockContext['prepare'] = (prompt) =>
    preparePrompt(prompt, makers, (sentence) => note('warning', sentence))
  return {
    get address() {
      return talk.callee().target
    },
    announce: (prompt: Prompt, options?: AnnounceOptions): Promise<Announcement> =>
      announce({ leg: talk.callee().leg, note, alive: (work) => work, prepare }, prompt, options),
    send: (digits) => talk.callee().leg.stream.send(digits),
    take(): Call {
      const { leg, target } = talk.give()
      const parties = { source: { kind: 'service' }, from: remoteParty(call), to: target } as const
      const taken = make({ id: newId('call', clock.wall()), ...parties, leg, way: firstWay })
      taken.note('arrived', `${addressKey(target)} was taken out of its talk with the caller of ${call.id}`)
      taken.note('answered', 'was up already', soundOf(leg.media))
      return taken
    },
  }
}
