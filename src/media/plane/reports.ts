import { randomBytes } from 'node:crypto'
import type { Reception } from '../rtp/reception.ts'
import { middleNtp, type ReportBlock, type RtcpListener, readRtcp, type SenderInfo, writeRtcp } from '../rtp/rtcp.ts'

/** RFC 3550 §6.2: 5 s on average, spread between half and one and a half of it. */
const INTERVAL_MS = 5000

/** RTCP of one stream: when to report, what to say, what the far end said. */
export class Reports {
  roundTripMs: number | undefined
  lostByRemote: number | undefined
  readonly #ssrc: number
  /** RFC 7022 §4.2: random, for the length of the call, says nothing about the machine. */
  readonly #cname = randomBytes(12).toString('base64url')
  readonly #cnameOctets = Buffer.from(this.#cname)
  #next = 0
  #lastReport = 0
  #lastReportAt = 0
  #packetsReported = 0
  readonly #listener: RtcpListener

  constructor(ssrc: number, remoteSsrc: () => number, bye: () => void) {
    this.#ssrc = ssrc
    this.#listener = {
      senderReport: (from, ntp) => {
        if (from !== remoteSsrc()) return
        this.#lastReport = ntp
        this.#lastReportAt = performance.now()
      },
      reportBlock: (block) => this.#heard(block),
      bye: (from) => {
        if (from === remoteSsrc()) bye()
      },
    }
  }

  due(now: number): boolean {
    if (this.#next === 0) this.#schedule(now)
    if (now < this.#next) return false
    this.#schedule(now)
    return true
  }

  /** @returns octets written */
  write(out: Uint8Array, now: number, sender: SenderInfo, reception: Reception, bye: boolean): number {
    const sent = sender.packets !== this.#packetsReported
    this.#packetsReported = sender.packets
    const block = reception.started ? this.#block(reception, now) : undefined
    return writeRtcp(out, this.#ssrc, Date.now(), sent ? sender : undefined, block, this.#cnameOctets, bye)
  }

  /** @returns false when it is no RTCP */
  read(a: Uint8Array, at: number, length: number): boolean {
    return readRtcp(a, at, length, this.#listener)
  }

  #schedule(now: number): void {
    this.#next = now + INTERVAL_MS * (0.5 + Math.random())
  }

  #block(reception: Reception, now: number): ReportBlock {
    return {
      ssrc: reception.ssrc,
      fractionLost: reception.takeFractionLost(),
      lost: reception.lost,
      highest: reception.extendedHighest,
      jitter: reception.jitter,
      lastReport: this.#lastReport,
      sinceLastReport: this.#lastReport === 0 ? 0 : Math.round(((now - this.#lastReportAt) * 65536) / 1000),
    }
  }

  #heard(block: ReportBlock): void {
    if (block.ssrc !== this.#ssrc) return
    this.lostByRemote = Math.max(0, block.lost)
    if (block.lastReport === 0) return
    // RFC 3550 §6.4.1: A - LSR - DLSR, in 1/65536 s. A clock that was set makes it absurd.
    const elapsed = (middleNtp(Date.now()) - block.lastReport - block.sinceLastReport) | 0
    const ms = (elapsed * 1000) / 65536
    if (ms >= 0 && ms < 60_000) this.roundTripMs = Math.round(ms * 10) / 10
  }
}
