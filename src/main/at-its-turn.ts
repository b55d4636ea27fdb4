import type { Ticket } from '../apps/dialer/gate.ts'
import type { Call } from '../phone/call.ts'
import type { Engine, OriginateRequest } from '../phone/engine.ts'

/** The turn of a call in the order of those that leave; `undefined` where nothing bounds when it may. */
export type TurnOf = (request: OriginateRequest, signal: AbortSignal) => Promise<Ticket | undefined>

/** Places calls that nobody planned at the rates of their trunk and destination, in one order with those that were. */
export const atItsTurn =
  (engine: Pick<Engine, 'originate'>, turnOf: TurnOf) =>
  async (request: OriginateRequest & { readonly signal: AbortSignal }): Promise<Call> => {
    const { signal } = request
    const ticket = request.beforeInvite === undefined ? await turnOf(request, signal) : undefined
    if (ticket === undefined) return engine.originate(request)
    const beforeInvite = async (): Promise<() => void> => {
      await ticket.turn()
      if (signal.aborted) throw new Error('it was given up before it was sent')
      return () => ticket.left()
    }
    try {
      const call = await engine.originate({ ...request, beforeInvite })
      void call.ended.then(() => ticket.over())
      return call
    } catch (error) {
      ticket.over()
      throw error
    }
  }
