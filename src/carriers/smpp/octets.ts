import { escapeCode, locking, type ShiftLanguage, single } from '../../phone/gsm.ts'
import { type Segments, segmentsOf } from '../../phone/segments.ts'

/** One `short_message` with what says how it is to be read (SMPP 3.4 §5.2.12, §5.2.19, §5.2.22). */
export interface ShortMessage {
  readonly data: Buffer
  /** 0: the default alphabet of the SMSC; 8: UCS-2. */
  readonly dataCoding: 0 | 8
  /** Whether it begins with a header (TS 23.040 §9.2.3.24). */
  readonly headed: boolean
}

const shiftNumbers: Readonly<Record<ShiftLanguage, number>> = { turkish: 1, spanish: 2, portuguese: 3 }

/** Elements of the header (TS 23.040 §9.2.3.24). */
const concatenated = 0x00
const singleShift = 0x24
const lockingShift = 0x25

/** The messages that a text is sent in. @param reference the same in all of them, 0–255 */
export function shortMessages(text: string, reference: number, languages: readonly ShiftLanguage[]): ShortMessage[] {
  const segments = segmentsOf(text, languages)
  const { parts, encoding } = segments
  return parts.map((part, i) => {
    const elements = [
      ...(parts.length === 1 ? [] : [concatenated, 3, reference, parts.length, i + 1]),
      ...(segments.single === undefined ? [] : [singleShift, 1, shiftNumbers[segments.single]]),
      ...(segments.locking === undefined ? [] : [lockingShift, 1, shiftNumbers[segments.locking]]),
    ]
    const header = elements.length === 0 ? [] : [elements.length, ...elements]
    const body = encoding === 'gsm7' ? septets(part, segments) : Buffer.from(part, 'utf16le').swap16()
    return {
      data: Buffer.concat([Buffer.from(header), body]),
      dataCoding: encoding === 'gsm7' ? 0 : 8,
      headed: header.length > 0,
    }
  })
}

/** One septet an octet: the SMSC packs them. */
function septets(text: string, shifts: Pick<Segments, 'locking' | 'single'>): Buffer {
  const plain = locking[shifts.locking === 'turkish' || shifts.locking === 'portuguese' ? shifts.locking : 'basic']
  const escaped = single[shifts.single ?? 'basic']
  return Buffer.from(
    [...text].flatMap((character) => {
      const code = plain.get(character)
      return code === undefined ? [escapeCode, escaped.get(character) ?? 0x20] : [code]
    }),
  )
}

/** Which part of how many this is; `undefined` for one that stands alone. @param header its elements, without their length */
export function partOf(header: Buffer): { reference: number; parts: number; part: number } | undefined {
  for (let at = 0; at + 1 < header.length; at += 2 + header[at + 1]!) {
    const [id, length] = [header[at], header[at + 1]]
    const value = header.subarray(at + 2, at + 2 + length!)
    if (value.length !== length) return undefined
    if (id === concatenated && length === 3) return { reference: value[0]!, parts: value[1]!, part: value[2]! }
    if (id === 0x08 && length === 4) return { reference: value.readUInt16BE(0), parts: value[2]!, part: value[3]! }
  }
  return undefined
}
