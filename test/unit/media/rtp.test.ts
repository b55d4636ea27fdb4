import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looksLikeRtcp, newRtpHeader, readRtp, writeRtpHeader } from '../../../src/media/rtp/packet.ts'
import { Reception } from '../../../src/media/rtp/reception.ts'
import { middleNtp, type ReportBlock, readRtcp, writeRtcp } from '../../../src/media/rtp/rtcp.ts'
import { isBehindNat, Source } from '../../../src/media/rtp/source.ts'

const u32 = fc.nat(2 ** 32 - 1)
const nobody = { senderReport: () => {}, reportBlock: () => {}, bye: () => {} }

describe('an RTP packet', () => {
  it('is read as it was written, behind CSRCs, an extension and padding', () => {
    fc.assert(
      fc.property(
        fc.nat(127),
        fc.boolean(),
        fc.nat(65_535),
        u32,
        u32,
        fc.nat(15),
        fc.nat(3),
        fc.nat(9),
        (pt, m, seq, ts, ssrc, cc, ext, pad) => {
          const extension = ext > 0 ? 4 + ext * 4 : 0
          const a = new Uint8Array(7 + 12 + cc * 4 + extension + 5 + pad)
          writeRtpHeader(a, 7, pt, m, seq, ts, ssrc)
          a[7] = 0x80 | cc | (ext > 0 ? 0x10 : 0) | (pad > 0 ? 0x20 : 0)
          if (ext > 0) a[7 + 12 + cc * 4 + 3] = ext
          if (pad > 0) a[a.length - 1] = pad
          const h = newRtpHeader()

          expect(readRtp(a, 7, a.length - 7, h)).toBe(true)
          expect(h).toEqual({
            payloadType: pt,
            marker: m,
            sequence: seq,
            timestamp: ts,
            ssrc,
            payloadAt: 7 + 12 + cc * 4 + extension,
            payloadLength: 5,
          })
        },
      ),
    )
  })

  it('random octets are refused or stay within themselves', () => {
    const h = newRtpHeader()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (a, versionTwo) => {
        if (versionTwo && a.length > 0) a[0] = 0x80 | (a[0]! & 0x3f)
        if (!readRtp(a, 0, a.length, h)) return true
        return h.payloadAt >= 12 && h.payloadLength >= 0 && h.payloadAt + h.payloadLength <= a.length
      }),
      { numRuns: 3000 },
    )
  })
})

describe('RTCP', () => {
  const block: ReportBlock = {
    ssrc: 9,
    fractionLost: 25,
    lost: -3,
    highest: 70_000,
    jitter: 12,
    lastReport: 0xfedcba98,
    sinceLastReport: 65_536,
  }

  it.each([true, false])('is read as it was written (sender: %s)', (sends) => {
    const a = new Uint8Array(200)
    const sender = sends ? { timestamp: 5, packets: 6, octets: 7 } : undefined
    const length = writeRtcp(a, 42, 1_700_000_000_250, sender, block, Buffer.from('someone'), true)
    const heard: unknown[] = []
    const whole = readRtcp(a, 0, length, {
      senderReport: (ssrc, ntp) => heard.push(['sr', ssrc, ntp]),
      reportBlock: (b) => heard.push(b),
      bye: (ssrc) => heard.push(['bye', ssrc]),
    })

    expect(whole).toBe(true)
    expect(length % 4).toBe(0)
    expect(looksLikeRtcp(a, 0, length)).toBe(true)
    expect(heard).toEqual([...(sends ? [['sr', 42, middleNtp(1_700_000_000_250)]] : []), block, ['bye', 42]])
  })

  it('time is in 1/65536 s since 1900', () => {
    expect(middleNtp(0)).toBe(((2208988800 & 0xffff) << 16) >>> 0)
    expect((middleNtp(1500) - middleNtp(1000)) >>> 0).toBe(32_768)
  })

  it('random and cut octets are refused without fault', () => {
    const a = new Uint8Array(200)
    const length = writeRtcp(a, 42, 0, { timestamp: 5, packets: 6, octets: 7 }, block, Buffer.from('x'), true)
    for (let cut = 0; cut < length; cut++) {
      // SR, SDES and BYE end at 52, 68 and 76; a compound packet cut there is whole.
      expect([52, 64, 72].includes(cut) || !readRtcp(a.slice(0, cut), 0, cut, nobody)).toBe(true)
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 80 }), fc.integer({ min: 200, max: 204 }), (noise, type) => {
        noise[0] = 0x80 | (noise[0]! & 0x3f)
        noise[1] = type
        return typeof readRtcp(noise, 0, noise.length, nobody) === 'boolean'
      }),
      { numRuns: 3000 },
    )
  })
})

describe('reception (RFC 3550 A)', () => {
  const feed = (r: Reception, seqs: number[], ssrc = 1): string[] =>
    seqs.map((s, i) => r.packet(ssrc, s & 0xffff, (s * 160) >>> 0, 160, i * 20, true))

  it.each<[string, number[], number]>([
    ['nothing lost across the wrap', [65_534, 65_535, 65_536, 65_537], 0],
    ['two lost', [10, 11, 14, 15], 2],
    ['reordered', [10, 12, 11, 13], 0],
    ['one doubled hides none', [10, 11, 11, 12], 0],
    ['lost at the wrap', [65_534, 65_537], 2],
  ])('%s', (_, seqs, lost) => {
    const r = new Reception()
    feed(r, seqs)
    expect(r.lost).toBe(lost)
  })

  it('one packet far off is odd, two in a row are a restart; losses before it still count', () => {
    const r = new Reception()
    expect(feed(r, [10, 12, 30_000, 13, 31_000, 31_001])).toEqual(['start', 'ok', 'odd', 'ok', 'odd', 'start'])
    expect(r.lost).toBe(1)
  })

  it('jitter is 0 at an even pace and tells ms of an uneven one', () => {
    const even = new Reception()
    const uneven = new Reception()
    for (let i = 0; i < 500; i++) {
      even.packet(1, i, i * 160, 160, i * 20, true)
      uneven.packet(1, i, i * 160, 160, i * 20 + (i % 2) * 10, true)
    }
    expect(even.jitter).toBe(0)
    expect(uneven.jitter / 8).toBeCloseTo(10, 0)
  })

  it('the fraction lost is that of the interval', () => {
    const r = new Reception()
    feed(r, [0, 1, 2, 3])
    expect(r.takeFractionLost()).toBe(0)
    feed(r, [5, 7])
    expect(r.takeFractionLost()).toBe(128)
    expect(r.takeFractionLost()).toBe(0)
  })
})

const packet = (s: Source, address: string, port: number, sequence = 0) => s.check(address, port, 1, sequence)

describe('whom to listen to', () => {
  it.each([
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['172.32.0.1', false],
    ['192.168.1.1', true],
    ['100.64.0.1', true],
    ['169.254.1.1', true],
    ['0.0.0.0', true],
    ['203.0.113.9', false],
    ['::ffff:192.168.1.1', true],
    ['fe80::1', true],
    ['fd00::1', true],
    ['2001:db8::1', false],
  ])('%s is behind a NAT: %s', (address, expected) => {
    expect(isBehindNat(address)).toBe(expected)
  })

  it('a public address is kept to, from whatever port', () => {
    const s = new Source()
    s.signal('203.0.113.9', 4000)
    expect(packet(s, '198.51.100.1', 4000)).toBe('stranger')
    expect(packet(s, '203.0.113.9', 5000)).toBe('latched')
    expect([s.address, s.port]).toEqual(['203.0.113.9', 5000])
    expect(packet(s, '203.0.113.9', 5002)).toBe('stranger')
  })

  it('the exact address wins over a guess, once', () => {
    const s = new Source()
    s.signal('203.0.113.9', 4000)
    packet(s, '203.0.113.9', 5000)
    expect(packet(s, '203.0.113.9', 4000)).toBe('latched')
    expect(packet(s, '203.0.113.9', 5000)).toBe('stranger')
  })

  it('a private address may be anywhere, until one was heard', () => {
    const s = new Source()
    s.signal('192.168.1.5', 4000)
    expect(packet(s, '198.51.100.1', 61_000)).toBe('latched')
    expect(packet(s, '198.51.100.2', 61_000)).toBe('stranger')
    s.release()
    expect(packet(s, '198.51.100.2', 61_000)).toBe('latched')
  })

  it('the same signalled again changes nothing; another starts anew', () => {
    const s = new Source()
    s.signal('203.0.113.9', 4000)
    packet(s, '203.0.113.9', 5000)
    s.signal('203.0.113.9', 4000)
    expect(s.port).toBe(5000)
    s.signal('203.0.113.10', 4000)
    expect([s.address, s.port, s.latched]).toEqual(['203.0.113.10', 4000, false])
  })

  it('who keeps speaking from elsewhere is heard while the signalled address is silent, and gets nothing', () => {
    const s = new Source()
    s.signal('203.0.113.9', 4000)
    const verdicts = Array.from({ length: 12 }, (_, n) => packet(s, '198.51.100.1', 7000, n))
    expect(verdicts).toEqual([...Array(9).fill('stranger'), 'latched', 'ours', 'ours'])
    expect([s.heardAddress, s.heardPort]).toEqual(['198.51.100.1', 7000])
    expect([s.address, s.port]).toEqual(['203.0.113.9', 4000])
    expect(s.sameHost('198.51.100.1')).toBe(true)
    expect(packet(s, '198.51.100.2', 7000, 12)).toBe('stranger')
  })

  it('the signalled address is heard again as soon as it speaks', () => {
    const s = new Source()
    s.signal('203.0.113.9', 4000)
    for (let n = 0; n < 10; n++) packet(s, '198.51.100.1', 7000, n)
    expect(packet(s, '203.0.113.9', 5000)).toBe('latched')
    expect([s.heardAddress, s.heardPort, s.address, s.port]).toEqual(['203.0.113.9', 5000, '203.0.113.9', 5000])
    for (let n = 10; n < 40; n++) expect(packet(s, '198.51.100.1', 7000, n)).toBe('stranger')
  })

  it.each<[string, (n: number) => [string, number, number, number]]>([
    ['many hosts', (n) => [`198.51.100.${n % 3}`, 7000, 1, n]],
    ['many ports', (n) => ['198.51.100.1', 7000 + (n % 2), 1, n]],
    ['many sources', (n) => ['198.51.100.1', 7000, n, n]],
    ['one packet again and again', () => ['198.51.100.1', 7000, 1, 5]],
    ['random numbers', (n) => ['198.51.100.1', 7000, 1, (n * 7919) & 0xffff]],
  ])('%s are nobody', (_, make) => {
    const s = new Source()
    s.signal('203.0.113.9', 4000)
    for (let n = 0; n < 100; n++) expect(s.check(...make(n))).toBe('stranger')
    expect(s.latched).toBe(false)
  })

  it('numbers go on across the wrap and a lost packet', () => {
    const s = new Source()
    s.signal('203.0.113.9', 4000)
    const numbers = [65_530, 65_531, 65_532, 65_534, 65_535, 0, 1, 2, 3, 4]
    expect(numbers.map((n) => packet(s, '198.51.100.1', 7000, n)).at(-1)).toBe('latched')
  })
})
