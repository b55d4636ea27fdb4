import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SrtpKey, SrtpSuite } from '../../../src/media/plane.ts'
import { u16, writeRtpHeader } from '../../../src/media/rtp/packet.ts'
import { CounterMode, deriveKey } from '../../../src/media/srtp/counter-mode.ts'
import { HmacSha1 } from '../../../src/media/srtp/hmac-sha1.ts'
import { packetIndex } from '../../../src/media/srtp/packet-index.ts'
import { SrtpReceiver } from '../../../src/media/srtp/receiver.ts'
import { ReplayWindow } from '../../../src/media/srtp/replay-window.ts'
import { SrtpSender } from '../../../src/media/srtp/sender.ts'
import { srtpFor } from '../../../src/media/srtp/srtp.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const text = (a: Uint8Array): string => Buffer.from(a).toString('hex').toUpperCase()
const suites: readonly SrtpSuite[] = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32']
const newKey = (suite: SrtpSuite = suites[0]!): SrtpKey => ({ suite, keySalt: randomBytes(30).toString('base64') })

/** An RTP packet of 160 octets of audio, with room for a tag. */
function packet(sequence: number, fill = sequence & 0xff, ssrc = 0xcafe_babe): Uint8Array {
  const made = new Uint8Array(12 + 160 + 16).fill(fill, 12, 172)
  writeRtpHeader(made, 0, 0, false, sequence & 0xffff, sequence * 160, ssrc)
  return made
}
const plain = 172

/** Seals and opens, far from each other. @returns what came out, or undefined where it was refused */
function across(sender: SrtpSender, receiver: SrtpReceiver, sequence: number): Uint8Array | undefined {
  const sent = packet(sequence)
  const length = sender.rtp(sent, plain)
  const opened = receiver.rtp(sent, 0, length)
  return opened === 0 ? undefined : sent.subarray(0, opened)
}

describe('RFC 3711 appendix B', () => {
  it('B.2: the key stream of AES in counter mode', () => {
    const key = hex('2B7E151628AED2A6ABF7158809CF4F3C')
    const salt = hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD')
    const stream = new Uint8Array(0xff02 * 16)
    new CounterMode(key, salt, stream.length).apply(stream, 0, stream.length, 0, 0, 0)

    expect(text(stream.subarray(0, 48))).toBe(
      'E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0',
    )
    expect(text(stream.subarray(0xfeff * 16))).toBe(
      'EC8CDF7398607CB0F2D21675EA9EA1E4362B7C3C6773516318A077D7FC5073AE6A2CC3787889374FBEB4C81B17BA6C44',
    )
  })

  it('B.3: the session keys', () => {
    const key = hex('E1F97A0D3E018BE0D64FA32C06DE4139')
    const salt = hex('0EC675AD498AFEEBB6960B3AABE6')

    expect(text(deriveKey(key, salt, 0, 16))).toBe('C61E7A93744F39EE10734AFE3FF7A087')
    expect(text(deriveKey(key, salt, 2, 14))).toBe('30CBBC08863D8C85D49DB34A9AE1')
    expect(text(deriveKey(key, salt, 1, 94))).toBe(
      'CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2',
    )
  })
})

// Figures of libsrtp's own test driver, which many others are held against.
describe('packets as others seal them', () => {
  const keySalt = Buffer.from('e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6', 'hex').toString('base64')
  const key = { suite: suites[0]!, keySalt }

  it('RTP', () => {
    const sent = new Uint8Array(38)
    sent.set(hex('800f1234decafbadcafebabeabababababababababababababababab'))

    expect(new SrtpSender(key).rtp(sent, 28)).toBe(38)
    expect(text(sent)).toBe('800F1234DECAFBADCAFEBABE4E55DC4CE79978D88CA4D215949D2402B78D6ACC99EA179B8DBB')
  })

  it('RTCP, with the index 1', () => {
    const sender = new SrtpSender(key)
    const sent = new Uint8Array(38)
    sender.rtcp(sent, 24)
    sent.set(hex('81c8000bcafebabeabababababababababababababababab'))

    expect(sender.rtcp(sent, 24)).toBe(38)
    expect(text(sent)).toBe('81C8000BCAFEBABE7128035BE487B9BDBEF89041F977A5A880000001993E08CD54D6C1230798')
  })

  it('both with a key identifier of 4 octets', () => {
    const receiver = new SrtpReceiver({ ...key, mki: 4 })
    const rtp = hex('800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402e1f97a0db78d6acc99ea179b8dbb')
    const rtcp = hex('81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001e1f97a0d993e08cd54d6c1230798')

    expect(receiver.rtp(rtp, 0, rtp.length)).toBe(28)
    expect(text(rtp.subarray(12, 28))).toBe('AB'.repeat(16))
    expect(receiver.rtcp(rtcp, 0, rtcp.length)).toBe(24)
    expect(text(rtcp.subarray(8, 24))).toBe('AB'.repeat(16))
  })
})

describe('HMAC-SHA1', () => {
  it('is what node:crypto makes, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }),
        (key, parts) => {
          const hmac = new HmacSha1(key)
          const out = new Uint8Array(20)
          // Twice: the second one shows that nothing is left of the first.
          for (let i = 0; i < 2; i++) {
            for (const part of parts) hmac.update(part, 0, part.length)
            hmac.digest(out)
          }
          expect(text(out)).toBe(createHmac('sha1', key).update(Buffer.concat(parts)).digest('hex').toUpperCase())
        },
      ),
    )
  })

  it('takes no longer key', () => {
    expect(() => new HmacSha1(new Uint8Array(65))).toThrow('key: 65 octets are more than 64')
  })
})

it('counter mode is what node:crypto makes for any packet', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ minLength: 14, maxLength: 14 }),
      fc.nat(0xffff_ffff),
      fc.nat(0xffff),
      fc.nat(0xffff_ffff),
      fc.uint8Array({ minLength: 1, maxLength: 400 }),
      (key, salt, ssrc, high, low, data) => {
        const iv = Buffer.alloc(16)
        iv.set(salt)
        const mask = Buffer.alloc(16)
        mask.writeUInt32BE(ssrc, 4)
        mask.writeUInt16BE(high, 8)
        mask.writeUInt32BE(low, 10)
        for (let i = 0; i < 16; i++) iv[i] = iv[i]! ^ mask[i]!
        const expected = createCipheriv('aes-128-ctr', key, iv).update(data)
        const made = data.slice()
        new CounterMode(key, salt, 400).apply(made, 0, made.length, ssrc, high, low)
        expect(text(made)).toBe(text(expected))
      },
    ),
  )
})

describe('the index of a packet', () => {
  it.each([
    { highest: -1, sequence: 65_535, index: 65_535 },
    { highest: 65_535, sequence: 0, index: 65_536 },
    { highest: 65_536, sequence: 65_535, index: 65_535 },
    { highest: 5, sequence: 65_530, index: 65_530 },
    { highest: 65_536 + 40_000, sequence: 39_000, index: 65_536 + 39_000 },
    { highest: 65_536 + 40_000, sequence: 7000, index: 2 * 65_536 + 7000 },
    { highest: 2 ** 40, sequence: 1, index: 2 ** 40 + 1 },
  ])('$sequence after $highest is $index', ({ highest, sequence, index }) => {
    expect(packetIndex(sequence, highest)).toBe(index)
  })

  it('is found again wherever the packet is within half a circle', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 32_768, max: 2 ** 47 }),
        fc.integer({ min: -32_767, max: 32_767 }),
        (highest, by) => {
          expect(packetIndex((highest + by) % 65_536, highest)).toBe(highest + by)
        },
      ),
    )
  })
})

it('a window knows exactly what it saw, as far as it reaches', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(600), { maxLength: 300 }), (indices) => {
      const window = new ReplayWindow()
      const seen = new Set<number>()
      for (const index of indices) {
        const old = index <= window.highest - 128
        expect(window.has(index)).toBe(old || seen.has(index))
        if (!old) window.add(index)
        seen.add(index)
      }
    }),
  )
})

describe.each(suites)('%s', (suite) => {
  it('brings packets across, whatever is lost or late, over rollovers', () => {
    fc.assert(
      fc.property(fc.nat(0x7fff), fc.array(fc.integer({ min: -60, max: 3000 }), { maxLength: 80 }), (first, steps) => {
        const key = newKey(suite)
        const [sender, receiver] = [new SrtpSender(key), new SrtpReceiver(key)]
        let at = first + 65_536
        const sent = new Set<number>()
        // A receiver learns the rounds from what it hears first, so it begins at none.
        expect(across(sender, receiver, first)).toEqual(packet(first).subarray(0, plain))
        for (const hop of [30_000, 60_000]) expect(across(sender, receiver, first + hop)).toBeDefined()
        expect(across(sender, receiver, at)).toBeDefined()
        sent.add(at)
        for (const step of steps) {
          const next = Math.max(first + 65_536, at + step)
          if (sent.has(next)) continue
          sent.add(next)
          expect(across(sender, receiver, next)).toEqual(packet(next).subarray(0, plain))
          at = Math.max(at, next)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('refuses what one bit was changed in, and takes what was meant after it', () => {
    fc.assert(
      fc.property(fc.nat(), (at) => {
        const key = newKey(suite)
        const [sender, receiver] = [new SrtpSender(key), new SrtpReceiver(key)]
        expect(across(sender, receiver, 1)).toBeDefined()
        const sent = packet(2)
        const length = sender.rtp(sent, plain)
        const changed = sent.slice()
        const bit = at % (length * 8)
        changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7))
        expect(receiver.rtp(changed, 0, length)).toBe(0)
        expect(receiver.rtp(sent, 0, length)).toBe(plain)
      }),
    )
  })

  it('the audio cannot be read on the way, the header can', () => {
    const sent = packet(7)
    new SrtpSender(newKey(suite)).rtp(sent, plain)

    expect(sent.subarray(0, 12)).toEqual(packet(7).subarray(0, 12))
    expect(sent.subarray(12, plain).filter((octet) => octet === 7).length).toBeLessThan(16)
  })

  it('takes a packet once', () => {
    const key = newKey(suite)
    const sent = packet(9)
    const length = new SrtpSender(key).rtp(sent, plain)
    const receiver = new SrtpReceiver(key)

    expect(receiver.rtp(sent.slice(), 0, length)).toBe(plain)
    expect(receiver.rtp(sent, 0, length)).toBe(0)
  })

  it('brings reports across, each once', () => {
    const key = newKey(suite)
    const [sender, receiver] = [new SrtpSender(key), new SrtpReceiver(key)]
    const report = new Uint8Array(64)
    report.set(hex('81C8000C CAFEBABE 0102030405060708'))
    const clear = report.slice()

    for (let i = 0; i < 3; i++) {
      const sent = clear.slice()
      const length = sender.rtcp(sent, 28)
      expect(length).toBe(28 + 4 + 10)
      expect(sent.subarray(8, 16)).not.toEqual(clear.subarray(8, 16))
      const again = sent.slice()
      expect(receiver.rtcp(sent, 0, length)).toBe(28)
      expect(sent.subarray(0, 28)).toEqual(clear.subarray(0, 28))
      expect(receiver.rtcp(again, 0, length)).toBe(0)
    }
  })

  it('never throws and never takes what is no packet of the key', () => {
    const receiver = new SrtpReceiver(newKey(suite))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(receiver.rtp(noise, 0, noise.length)).toBe(0)
        expect(receiver.rtcp(noise, 0, noise.length)).toBe(0)
      }),
    )
  })
})

describe('a sender', () => {
  it('never uses the key stream of an index twice', () => {
    const sender = new SrtpSender(newKey())

    expect(sender.rtp(packet(5, 1), plain)).toBeGreaterThan(0)
    expect(sender.rtp(packet(5, 2), plain)).toBe(0)
  })

  it('sends nothing that has no room for its tag', () => {
    expect(new SrtpSender(newKey()).rtp(packet(5).subarray(0, plain + 9), plain)).toBe(0)
  })
})

describe('a receiver', () => {
  it('follows the far end to another source and back', () => {
    const key = newKey()
    const receiver = new SrtpReceiver(key)
    const [first, second] = [new SrtpSender(key), new SrtpSender(key)]
    const heard = [1, 2].map((sequence) => {
      const sent = packet(sequence)
      return receiver.rtp(sent, 0, first.rtp(sent, plain))
    })
    const other = packet(60_000, 1, 77)
    heard.push(receiver.rtp(other, 0, second.rtp(other, plain)))
    const back = packet(3)
    heard.push(receiver.rtp(back, 0, first.rtp(back, plain)))

    expect(heard).toEqual([plain, plain, plain, plain])
  })

  it.each(['goes on', 'begins anew'])('knows a far end whose count of rounds %s with a new key', (how) => {
    const [before, after] = [newKey(), newKey()]
    const old = new SrtpSender(before)
    const first = srtpFor({ send: newKey(), receive: before }, undefined)!
    for (const sequence of [10, 30_000, 60_000, 65_536 + 100])
      expect(across(old, first.receiver, sequence)).toBeDefined()
    const fresh = new SrtpSender(after)
    if (how === 'goes on') for (const at of [10, 30_000, 60_000]) fresh.rtp(packet(at), plain)
    const second = srtpFor({ send: first.sender.key, receive: after }, first)!

    expect(second.sender).toBe(first.sender)
    expect(across(fresh, second.receiver, 65_536 + 101)).toBeDefined()
    expect(across(fresh, second.receiver, 65_536 + 102)).toBeDefined()
  })

  it('goes on where nothing changed', () => {
    const keys = { send: newKey(), receive: newKey() }
    const first = srtpFor(keys, undefined)

    expect(srtpFor({ ...keys }, first)).toEqual(first)
    expect(srtpFor(undefined, first)).toBeUndefined()
  })

  it('says which key cannot be used', () => {
    expect(() => new SrtpReceiver({ suite: suites[0]!, keySalt: 'AAAA' })).toThrow(
      'srtp: a key of 3 octets is not one of 30',
    )
  })
})

it('the sequence number of what is sealed stays what it was', () => {
  const sent = packet(1234)
  new SrtpSender(newKey()).rtp(sent, plain)

  expect(u16(sent, 2)).toBe(1234)
})
