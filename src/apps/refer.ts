import type { Address } from '../phone/address.ts'
import { mayCallOut } from '../phone/outbound.ts'
import type { Plan } from './inbound.ts'

/**
 * Whether a party of a call may have somebody called on its behalf, by a transfer or a redirect: whoever sends a call on chooses who pays.
 * @returns why not; `undefined` where it may
 */
export async function mayRefer(by: Address, to: Address, plan: Plan): Promise<string | undefined> {
  switch (to.kind) {
    case 'anonymous':
      return 'it names nobody'
    case 'uri':
      return `${to.uri} is neither an extension nor a number of this site`
    case 'extension':
      return (await plan.hasExtension(to.username)) ? undefined : `there is no extension ${to.username}`
    case 'number': {
      if ((await plan.assignment(to.e164)) !== undefined) return undefined
      const username = await extensionOf(by, plan)
      const outbound = username === undefined ? undefined : await plan.outbound(username)
      if (outbound === undefined) return `only an extension may have ${to.e164} called`
      const verdict = mayCallOut(outbound.rule, to.e164, await plan.ownNumbers())
      return verdict.allowed ? undefined : verdict.sentence
    }
  }
}

async function extensionOf(party: Address, plan: Plan): Promise<string | undefined> {
  if (party.kind === 'extension') return party.username
  if (party.kind !== 'number') return undefined
  const assignment = await plan.assignment(party.e164)
  return assignment !== undefined && assignment !== 'unassigned' && assignment.kind === 'extension'
    ? assignment.username
    : undefined
}
