import { type Cipher, createCipheriv } from 'node:crypto'

const BLOCK = 16
/** Octets of a salt; the two below it count the blocks of a packet. */
export const SALT = 14

/**
 * AES in counter mode as RFC 3711 §4.1.1 has it. The cipher is kept and makes the key stream of a packet in one call: a new
 * object per packet, which `aes-128-ctr` would need for its own initial value, takes four times as long.
 */
export class CounterMode {
  readonly #cipher: Cipher
  readonly #salt: Uint8Array
  readonly #counters: Uint8Array
  /** As much of them as the last packet took: most are as long as the one before. */
  #used: Uint8Array

  /** @param most the longest packet in octets */
  constructor(key: Uint8Array, salt: Uint8Array, most: number) {
    this.#cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false)
    this.#salt = salt
    this.#counters = new Uint8Array(Math.ceil(most / BLOCK) * BLOCK)
    this.#used = this.#counters
  }

  /**
   * Encrypts or decrypts in place.
   * @param ssrc 32 bit
   * @param high the upper 16 bit of the packet's index of 48, `low` the other 32
   */
  apply(a: Uint8Array, at: number, length: number, ssrc: number, high: number, low: number): void {
    if (length === 0) return
    const whole = Math.ceil(length / BLOCK) * BLOCK
    const c = this.#counters
    this.#first(ssrc, high, low)
    for (let p = BLOCK; p < whole; p += BLOCK) {
      c.copyWithin(p, 0, SALT)
      const n = p / BLOCK
      c[p + SALT] = n >>> 8
      c[p + SALT + 1] = n
    }
    if (this.#used.length !== whole) this.#used = c.subarray(0, whole)
    const stream = this.#cipher.update(this.#used)
    for (let i = 0; i < length; i++) a[at + i] = a[at + i]! ^ stream[i]!
  }

  /** IV = (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16). */
  #first(ssrc: number, high: number, low: number): void {
    const c = this.#counters
    for (let i = 0; i < SALT; i++) c[i] = this.#salt[i]!
    for (let i = 0; i < 4; i++) {
      c[4 + i] = c[4 + i]! ^ (ssrc >>> (24 - 8 * i))
      c[10 + i] = c[10 + i]! ^ (low >>> (24 - 8 * i))
    }
    c[8] = c[8]! ^ (high >>> 8)
    c[9] = c[9]! ^ high
    c[SALT] = 0
    c[SALT + 1] = 0
  }
}

/** `length` octets for one purpose out of the master key (RFC 3711 §4.3.1, §4.3.3; no key derivation rate). */
export function deriveKey(masterKey: Uint8Array, masterSalt: Uint8Array, label: number, length: number): Uint8Array {
  const salt = Uint8Array.from(masterSalt)
  salt[7] = salt[7]! ^ label
  const out = new Uint8Array(length)
  new CounterMode(masterKey, salt, length).apply(out, 0, length, 0, 0, 0)
  return out
}
