import type { Ticket } from '../apps/dialer/gate.ts'
import type { JoinedEngine } from '../engines/joined.ts'
import type { Address } from '../phone/address.ts'
import type { Call } from '../phone/call.ts'
import type { OriginateRequest } from '../phone/engine.ts'
import { Problem } from '../phone/problem.ts'

export interface Turn {
  /** Who the callee sees. */
  readonly from: Address
  /** Its turn in the order of those that leave; absent where nothing bounds when it may. */
  readonly ticket?: Ticket
}

/** Rejects with the Problem `destination_not_allowed` where it may not leave any more. */
export type TurnOf = (request: OriginateRequest, signal: AbortSignal) => Promise<Turn>

/** Places calls that nobody planned by the rules of the dialer, in one order with those that were. */
export const atItsTurn =
  (engine: Pick<JoinedEngine, 'originate' | 'refuse'>, turnOf: TurnOf) =>
  async (asked: OriginateRequest): Promise<Call> => {
    // An attempt of the dialer has its turn already.
    if (asked.beforeInvite !== undefined) return engine.originate(asked)
    const signal = asked.signal ?? new AbortController().signal
    const { from, ticket } = await turnOf(asked, signal).catch((error: unknown) => {
      if (!(error instanceof Problem) || error.code !== 'destination_not_allowed') throw error
      return engine.refuse(asked, 'not_allowed', error.message)
    })
    const request = { ...asked, from }
    if (ticket === undefined) return engine.originate(request)
    const beforeInvite = async (): Promise<() => void> => {
      await ticket.turn()
      if (signal.aborted) throw new Error('it was given up before it was sent')
      return () => ticket.left()
    }
    try {
      const call = await engine.originate({ ...request, beforeInvite })
      // Whatever carried it, what was answered has left.
      ticket.left()
      void call.ended.then(() => ticket.over())
      return call
    } catch (error) {
      ticket.over()
      throw error
    }
  }
