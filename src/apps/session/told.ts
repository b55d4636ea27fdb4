import type { Call } from '../../phone/call.ts'
import type { CallEnd } from '../../phone/reason.ts'
import type { DialBlock, NextBlock } from './block.ts'
import type { BlockResult, EndedFacts } from './notice.ts'
import type { SessionPorts } from './ports.ts'
import type { Prepared } from './run-block.ts'

/** Whose call it is. */
export type Parties = Pick<Call, 'id' | 'from' | 'to'>

/** Where the end of the call is told, and as what. */
export interface Told {
  readonly url: string | undefined
  readonly tag: string | undefined
  readonly result: BlockResult
}

export const toldOf = (block: DialBlock | NextBlock, result: BlockResult): Told => ({
  url: block.notifyUrl,
  tag: block.tag,
  result,
})

/** Hold and unhold need no URL: the end goes where the last block told it. Without one after others nothing is told. */
export const keepUrl = (told: Told, block: NextBlock): Partial<Told> =>
  block.notifyUrl === undefined && (block.kind === 'hold' || block.kind === 'unhold') ? { url: told.url } : {}

/** The end of a call that nothing ran on does not tell again what the last block found. */
export function bare(result: BlockResult): BlockResult {
  switch (result.block) {
    case 'gather':
    case 'record':
    case 'monitor':
      return { block: result.block }
    case 'transfer':
      return { block: 'transfer', dest: result.dest }
    case 'dial':
    case 'answer':
    case 'play':
    case 'hold':
    case 'unhold':
    case 'hangup':
      return result
  }
}

export function factsOf(call: Call, end: CallEnd): EndedFacts {
  return { at: end.at, seconds: call.answeredAt === undefined ? 0 : (end.at - call.answeredAt) / 1000 }
}

/** Who is called, what they see, and what they hear first. */
export interface DialPlace {
  readonly to: Parameters<SessionPorts['originate']>[0]['to']
  readonly from: Parameters<SessionPorts['originate']>[0]['from']
  readonly prompt?: Prepared['prompt']
}
