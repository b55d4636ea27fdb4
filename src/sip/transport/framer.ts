import { limits } from '../message/limits.ts'
import { contentLength, endOfHead } from '../message/parse.ts'

export type Frame =
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** CRLFCRLF between messages, to be answered by CRLF (RFC 5626 §4.4.1). */
  | { readonly kind: 'ping' }
  /** The stream cannot be read on. `bytes` is the head as far as it came; it may be answered once. */
  | { readonly kind: 'broken'; readonly bytes: Buffer; readonly status: 400 | 513; readonly sentence: string }

/** Cuts a byte stream into messages by Content-Length (RFC 3261 §18.3). Holds at most one message. */
export class Framer {
  #buffer: Buffer = Buffer.alloc(0)
  #length = 0
  /** Where the search for the end of the head goes on. */
  #searched = 0
  /** Line ends seen between messages: one CRLF is a pong, two are a ping. */
  #blank = 0
  #broken = false

  /** Bytes of a message that has begun and is not whole. */
  get pending(): number {
    return this.#length
  }

  push(chunk: Buffer): Frame[] {
    if (this.#broken) return []
    this.#append(chunk)
    const frames: Frame[] = []
    let at = 0
    let pinged = false
    while (at < this.#length) {
      const byte = this.#buffer[at]
      if (byte === 0x0d || byte === 0x0a) {
        at++
        this.#blank = (this.#blank + 1) % 4
        // One answer for a run of them.
        if (this.#blank === 0 && !pinged) frames.push({ kind: 'ping' })
        pinged ||= this.#blank === 0
        continue
      }
      this.#blank = 0
      pinged = false
      const frame = this.#next(this.#buffer.subarray(0, this.#length), at)
      if (frame === undefined) break
      frames.push(frame)
      if (frame.kind === 'broken') {
        this.#broken = true
        this.#length = 0
        return frames
      }
      if (frame.kind === 'message') at += frame.bytes.length
      this.#searched = at
    }
    this.#drop(at)
    return frames
  }

  #next(bytes: Buffer, at: number): Frame | undefined {
    const head = endOfHead(bytes, Math.max(at, this.#searched))
    if (head < 0) {
      this.#searched = Math.max(at, bytes.length - 3)
      if (bytes.length - at <= limits.head) return undefined
      return broken(bytes.subarray(at), 513, `the headers are longer than ${limits.head} bytes`)
    }
    this.#searched = at
    if (head - at > limits.head)
      return broken(bytes.subarray(at, head), 513, `the headers are longer than ${limits.head} bytes`)
    const found = lengthFields(bytes.toString('latin1', at, head))
    const text = found[0]
    if (text === undefined) return broken(bytes.subarray(at, head), 400, 'Content-Length is missing')
    if (found.length > 1) return broken(bytes.subarray(at, head), 400, 'Content-Length stands there more than once')
    const length = contentLength(text)
    if (length === undefined) return broken(bytes.subarray(at, head), 400, 'Content-Length is not a number of bytes')
    if (length > limits.streamBody)
      return broken(bytes.subarray(at, head), 513, `the body is longer than ${limits.streamBody} bytes`)
    if (bytes.length < head + length) return undefined
    // Copied: the buffer is used again.
    return { kind: 'message', bytes: Buffer.from(bytes.subarray(at, head + length)) }
  }

  #append(chunk: Buffer): void {
    const needed = this.#length + chunk.length
    if (needed > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(needed, this.#buffer.length * 2, 4096))
      this.#buffer.copy(grown, 0, 0, this.#length)
      this.#buffer = grown
    }
    chunk.copy(this.#buffer, this.#length)
    this.#length = needed
  }

  #drop(bytes: number): void {
    this.#buffer.copy(this.#buffer, 0, bytes, this.#length)
    this.#length -= bytes
    this.#searched = Math.max(0, this.#searched - bytes)
    // What one large message needed is not kept for the life of the connection.
    if (this.#length === 0 && this.#buffer.length > 16_384) this.#buffer = Buffer.alloc(0)
  }
}

function broken(bytes: Buffer, status: 400 | 513, sentence: string): Frame {
  return { kind: 'broken', bytes: Buffer.from(bytes), status, sentence }
}

/** The values of Content-Length, folds joined. By hand: a pattern that skips white space on both sides can be made slow. */
function lengthFields(head: string): string[] {
  const found: string[] = []
  let at = head.indexOf('\n') + 1
  while (at > 0 && at < head.length) {
    let end = head.indexOf('\n', at)
    if (end < 0) end = head.length
    while (head[end + 1] === ' ' || head[end + 1] === '\t') {
      const next = head.indexOf('\n', end + 1)
      end = next < 0 ? head.length : next
    }
    const first = head[at]
    if (first === 'C' || first === 'c' || first === 'L' || first === 'l') {
      const colon = head.indexOf(':', at)
      const name = colon < 0 || colon > end ? '' : head.slice(at, colon).trimEnd().toLowerCase()
      if (name === 'content-length' || name === 'l') found.push(head.slice(colon + 1, end).trim())
    }
    at = end + 1
  }
  return found
}
