/** What is wrong with a document; a document with any fault is not run at all. */
export interface DocumentFault {
  /** 1 for the first line. */
  readonly line: number
  readonly element?: string
  readonly attribute?: string
  /** Names element and attribute, says what was found and what would be accepted. */
  readonly sentence: string
}

/** A document that cannot be run. */
export class InvalidDocument extends Error {
  override readonly name = 'InvalidDocument'
  readonly faults: readonly DocumentFault[]
  constructor(faults: readonly DocumentFault[]) {
    super(faults.map(({ sentence }) => sentence).join(' '))
    this.faults = faults
  }
}

/** User-given text in a sentence: one line, not long. */
export function quoted(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim()
  return `"${plain.length > 60 ? `${plain.slice(0, 60)}…` : plain}"`
}
