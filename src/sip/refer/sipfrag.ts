import type { Body } from '../message/build.ts'
import { reasonPhrase } from '../message/status.ts'

export const sipfragType = 'message/sipfrag'

/** The status line alone (RFC 3515 §2.4.5): what else the answer of a third party had is not the referrer's. */
export const writeSipfrag = (status: number): Body => ({
  type: `${sipfragType};version=2.0`,
  content: `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`,
})

/** The status that a NOTIFY tells; `undefined` where there is none in it. */
export function readSipfrag(body: Buffer): number | undefined {
  const line = /^SIP\/2\.0 ([1-6]\d\d)(?: [^\r\n]*)?(?:\r?\n|$)/i.exec(body.toString('latin1', 0, 300))
  return line === null ? undefined : Number(line[1])
}
