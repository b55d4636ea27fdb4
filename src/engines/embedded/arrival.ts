import { describeAddress } from '../../phone/address.ts'
import type { Call } from '../../phone/call.ts'

/** The first line of the story of a call that came in. */
export function arrival(call: Call, address: string, port: number): string {
  const { source } = call
  const parties = `${describeAddress(call.from)} calls ${describeAddress(call.to)}`
  if (source.kind === 'call') return `${parties}, from the call ${source.id} of this service`
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  const who =
    source.kind === 'extension'
      ? `the extension ${source.username}`
      : source.kind === 'trunk'
        ? `the trunk ${source.name}`
        : 'a trusted network'
  return `${parties}, through ${who} at ${place}`
}
