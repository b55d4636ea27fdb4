import { Fields } from './fields.ts'

export interface Frame {
  readonly fields: Fields
  /** '' where it has none. */
  readonly body: string
}

/** All channels of a large switch in one answer are a few megabytes. */
const longestBody = 64 * 1024 * 1024
const longestHead = 1024 * 1024
const lineFeed = 10

/** What came is no event socket; nothing after it can be read. */
export class FramingError extends Error {
  override readonly name = 'FramingError'
}

/** Cuts what comes on an event socket into messages: lines `Name: value`, an empty line, and so many octets of body as Content-Length says. */
export class FrameReader {
  #pieces: Buffer[] = []
  #length = 0
  /** Octets of the head that have been looked through. */
  #seen = 0
  #head: { readonly fields: Fields; readonly body: number } | undefined

  /** Octets that belong to a message that is not whole yet. */
  get waiting(): number {
    return this.#length
  }

  /** @throws FramingError */
  push(chunk: Buffer): readonly Frame[] {
    this.#pieces.push(chunk)
    this.#length += chunk.length
    const frames: Frame[] = []
    for (;;) {
      this.#head ??= this.#readHead()
      if (this.#head === undefined || this.#length < this.#head.body) return frames
      frames.push({ fields: this.#head.fields, body: this.#take(this.#head.body).toString('utf8') })
      this.#head = undefined
    }
  }

  #readHead(): { readonly fields: Fields; readonly body: number } | undefined {
    const all = this.#whole()
    let start = 0
    while (all[start] === lineFeed) start++
    if (start > 0) {
      this.#take(start)
      this.#seen = 0
    }
    const rest = this.#whole()
    const end = rest.indexOf('\n\n', Math.max(0, this.#seen - 1), 'latin1')
    if ((end < 0 ? rest.length : end) > longestHead)
      throw new FramingError(`a head is longer than ${longestHead} octets`)
    if (end < 0) {
      this.#seen = rest.length
      return undefined
    }
    const fields = Fields.read(this.#take(end + 2).toString('utf8'))
    this.#seen = 0
    return { fields, body: lengthOf(fields) }
  }

  #whole(): Buffer {
    const [first, second] = this.#pieces
    if (first === undefined) return Buffer.alloc(0)
    if (second === undefined) return first
    const all = Buffer.concat(this.#pieces, this.#length)
    this.#pieces = [all]
    return all
  }

  #take(octets: number): Buffer {
    const all = this.#whole()
    this.#pieces = octets < all.length ? [all.subarray(octets)] : []
    this.#length -= octets
    return all.subarray(0, octets)
  }
}

/** @throws FramingError */
export function lengthOf(fields: Fields): number {
  const text = fields.get('Content-Length')
  if (text === undefined) return 0
  const length = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY
  if (length > longestBody) throw new FramingError(`Content-Length is ${JSON.stringify(text.slice(0, 40))}`)
  return length
}
