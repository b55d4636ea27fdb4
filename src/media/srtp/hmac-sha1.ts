/** Octets of a digest. */
export const DIGEST = 20
const BLOCK = 64

const words = new Int32Array(80)

/** One step of SHA-1 (RFC 3174 §6.1) over the 64 octets at `at`. */
function compress(state: Int32Array, a: Uint8Array, at: number): void {
  for (let i = 0, p = at; i < 16; i++, p += 4)
    words[i] = (a[p]! << 24) | (a[p + 1]! << 16) | (a[p + 2]! << 8) | a[p + 3]!
  for (let i = 16; i < 80; i++) {
    const x = words[i - 3]! ^ words[i - 8]! ^ words[i - 14]! ^ words[i - 16]!
    words[i] = (x << 1) | (x >>> 31)
  }
  let [v, w, x, y, z] = [state[0]!, state[1]!, state[2]!, state[3]!, state[4]!]
  for (let i = 0; i < 80; i++) {
    let mixed: number
    if (i < 20) mixed = ((w & x) | (~w & y)) + 0x5a827999
    else if (i < 40) mixed = (w ^ x ^ y) + 0x6ed9eba1
    else if (i < 60) mixed = ((w & x) | (w & y) | (x & y)) + 0x8f1bbcdc
    else mixed = (w ^ x ^ y) + 0xca62c1d6
    const next = (((v << 5) | (v >>> 27)) + mixed + z + words[i]!) | 0
    z = y
    y = x
    x = (w << 30) | (w >>> 2)
    w = v
    v = next
  }
  state[0] = (state[0]! + v) | 0
  state[1] = (state[1]! + w) | 0
  state[2] = (state[2]! + x) | 0
  state[3] = (state[3]! + y) | 0
  state[4] = (state[4]! + z) | 0
}

function padded(key: Uint8Array, by: number): Int32Array {
  const block = new Uint8Array(BLOCK).fill(by)
  for (let i = 0; i < key.length; i++) block[i] = key[i]! ^ by
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
  compress(state, block, 0)
  return state
}

/**
 * HMAC-SHA1 (RFC 2104) for one key and many short messages. Written out as `createHmac` makes several objects per message
 * and takes twice the time; nothing is allocated here, and no step depends on what is secret.
 */
export class HmacSha1 {
  readonly #inner: Int32Array
  readonly #outer: Int32Array
  readonly #state = new Int32Array(5)
  readonly #block = new Uint8Array(BLOCK)
  #filled = 0
  #length = 0

  /** @param key at most 64 octets */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK) throw new RangeError(`key: ${key.length} octets are more than ${BLOCK}`)
    this.#inner = padded(key, 0x36)
    this.#outer = padded(key, 0x5c)
    this.#begin(this.#inner)
  }

  update(a: Uint8Array, at: number, length: number): void {
    this.#length += length
    let p = at
    const end = at + length
    while (p < end) {
      if (this.#filled === 0 && end - p >= BLOCK) {
        compress(this.#state, a, p)
        p += BLOCK
        continue
      }
      this.#block[this.#filled++] = a[p++]!
      if (this.#filled === BLOCK) this.#flush()
    }
  }

  /** Writes the digest of what was given since the last one, 20 octets. */
  digest(out: Uint8Array): void {
    this.#finish(out)
    this.#begin(this.#outer)
    this.update(out, 0, DIGEST)
    this.#finish(out)
    this.#begin(this.#inner)
  }

  #begin(state: Int32Array): void {
    for (let i = 0; i < 5; i++) this.#state[i] = state[i]!
    this.#filled = 0
    this.#length = BLOCK
  }

  #flush(): void {
    compress(this.#state, this.#block, 0)
    this.#filled = 0
  }

  #finish(out: Uint8Array): void {
    const bits = this.#length * 8
    const block = this.#block
    block[this.#filled++] = 0x80
    if (this.#filled > BLOCK - 8) {
      block.fill(0, this.#filled)
      this.#flush()
    }
    block.fill(0, this.#filled)
    for (let i = 0, rest = bits; i < 6; i++, rest = Math.floor(rest / 256)) block[BLOCK - 1 - i] = rest % 256
    this.#flush()
    for (let i = 0; i < DIGEST; i++) out[i] = this.#state[i >> 2]! >>> (24 - (i & 3) * 8)
  }
}
