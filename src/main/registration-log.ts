import type { Logger } from '../base/log.ts'
import type { Binding } from '../sip/registrar/binding-store.ts'

/** Says which phones are new and which signed out; a refresh of one that is known already is not worth a line. */
export function logRegistration(
  log: Logger,
  extension: string,
  before: readonly Binding[],
  { added, removed }: { readonly added: readonly Binding[]; readonly removed: readonly Binding[] },
): void {
  const known = new Set(before.map(({ contact }) => contact))
  for (const binding of added) {
    if (!known.has(binding.contact)) log.info(facts(extension, binding), 'a phone signed in')
  }
  const again = new Set(added.map(({ contact }) => contact))
  for (const binding of removed) {
    if (!again.has(binding.contact)) log.info(facts(extension, binding), 'a phone signed out')
  }
}

/** Registrations that nobody renewed, or whose connection is gone. */
export function logExpiry(log: Logger, extension: string, ended: readonly Binding[]): void {
  for (const binding of ended)
    log.info(facts(extension, binding), 'a phone is no longer registered: its time or its connection ended')
}

function facts(extension: string, { contact, flow, userAgent }: Binding): object {
  const from = `${flow.transport.toLowerCase()} ${flow.remoteAddress} port ${flow.remotePort}`
  return { extension, from, contact, ...(userAgent === undefined ? {} : { userAgent }) }
}
