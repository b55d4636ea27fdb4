import { createSocket, type Socket } from 'node:dgram'
import { deferred } from '../../src/base/deferred.ts'
import type { Scope } from '../../src/base/scope.ts'
import { rate } from './audio.ts'
import { fromUlaw, toUlaw } from './ulaw.ts'

const frameSamples = 160
const frameMs = 20
const silence = 0xff
const keypad = '0123456789*#ABCD'

export interface RtpAddress {
  readonly host: string
  readonly port: number
}

/**
 * The ear and mouth of a peer whose signalling another program does: PCMU in 20 ms packets, telephone-event as payload
 * type 96. It sends to where packets come from, so it speaks only after it heard something, or once `remote` was given.
 */
export interface RtpPeer {
  readonly port: number
  /** Everything heard so far; what never came is silence. */
  heard(): Int16Array
  /** Keys heard so far, one for each telephone-event. */
  keys(): string
  /** Waits until `test` holds for what was heard. @throws Error after `timeoutMs` */
  until(what: string, test: (heard: Int16Array, keys: string) => boolean, timeoutMs?: number): Promise<void>
  /** Packets that came so far. */
  packets(): number
  remote(address: RtpAddress): void
  /** Resolves when the last frame was sent. Silence is sent before and after, as a phone does. */
  speak(samples: Int16Array): Promise<void>
  /** Presses keys of 100 ms with pauses of 60 ms (RFC 4733). */
  press(keys: string): Promise<void>
  /** Lets its port go before the test is over. Idempotent. */
  close(): Promise<void>
}

type Frame =
  | { readonly kind: 'audio'; readonly payload: Buffer; readonly done?: () => void }
  | {
      readonly kind: 'event'
      readonly event: number
      readonly duration: number
      readonly first: boolean
      readonly last: boolean
      readonly done?: () => void
    }

export async function startRtpPeer(scope: Scope, port = 0): Promise<RtpPeer> {
  const socket = await open(port)
  const peer = new Peer(socket)
  scope.add(`rtp peer ${peer.port}`, () => peer.close())
  return peer
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    socket.once('error', reject)
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.removeListener('error', reject)
      resolve(socket)
    })
  })
}

class Peer implements RtpPeer {
  readonly port: number
  readonly #socket: Socket
  #remote: RtpAddress | undefined
  #heard = new Int16Array(rate * 60)
  #length = 0
  #ssrc: number | undefined
  /** Where in `#heard` the timestamp 0 of the current source stands. */
  #origin = 0
  #keys = ''
  #lastEvent = ''
  #packets = 0
  #closed: Promise<void> | undefined
  readonly #watchers = new Set<() => void>()
  readonly #frames: Frame[] = []
  #timer: NodeJS.Timeout | undefined
  #sequence = Math.floor(Math.random() * 0x8000)
  #timestamp = Math.floor(Math.random() * 0x7fffffff)
  #eventStart = 0
  readonly #ownSsrc = Math.floor(Math.random() * 0xffffffff)
  #sent = 0
  #startedAt = 0

  constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', (packet, from) => this.#receive(packet, { host: from.address, port: from.port }))
    // A closed port at the other side comes back as an ICMP error; the call ends there anyway.
    socket.on('error', () => {})
  }

  heard(): Int16Array {
    return this.#heard.slice(0, this.#length)
  }

  keys(): string {
    return this.#keys
  }

  packets(): number {
    return this.#packets
  }

  remote(address: RtpAddress): void {
    this.#remote = address
    this.#run()
  }

  until(what: string, test: (heard: Int16Array, keys: string) => boolean, timeoutMs = 20_000): Promise<void> {
    const waiting = deferred<void>()
    const look = (): void => {
      if (!test(this.#heard.subarray(0, this.#length), this.#keys)) return
      clearTimeout(timer)
      this.#watchers.delete(look)
      waiting.resolve()
    }
    const timer = setTimeout(() => {
      this.#watchers.delete(look)
      const heard = `${(this.#length / rate).toFixed(1)} s of audio and the keys ${JSON.stringify(this.#keys)}`
      waiting.reject(new Error(`${what} was not heard within ${timeoutMs} ms; heard were ${heard}`))
    }, timeoutMs)
    this.#watchers.add(look)
    look()
    return waiting.promise
  }

  speak(samples: Int16Array): Promise<void> {
    const bytes = toUlaw(samples)
    const sent = deferred<void>()
    for (let at = 0; at < bytes.length; at += frameSamples) {
      const payload = Buffer.alloc(frameSamples, silence)
      bytes.copy(payload, 0, at, Math.min(bytes.length, at + frameSamples))
      const last = at + frameSamples >= bytes.length
      this.#frames.push({ kind: 'audio', payload, ...(last ? { done: sent.resolve } : {}) })
    }
    if (bytes.length === 0) sent.resolve()
    return sent.promise
  }

  press(keys: string): Promise<void> {
    const sent = deferred<void>()
    for (const key of keys) {
      const event = keypad.indexOf(key.toUpperCase())
      if (event < 0) throw new Error(`There is no key ${JSON.stringify(key)}`)
      for (let i = 1; i <= 5; i++)
        this.#frames.push({ kind: 'event', event, duration: i * frameSamples, first: i === 1, last: i === 5 })
      for (let i = 0; i < 3; i++) this.#frames.push({ kind: 'audio', payload: Buffer.alloc(frameSamples, silence) })
    }
    this.#frames.push({ kind: 'audio', payload: Buffer.alloc(frameSamples, silence), done: () => sent.resolve() })
    return sent.promise
  }

  close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#closed ??= new Promise((resolve) => this.#socket.close(() => resolve()))
    return this.#closed
  }

  #receive(packet: Buffer, from: RtpAddress): void {
    if (packet.length < 12 || packet[0]! >> 6 !== 2) return
    const type = packet[1]! & 0x7f
    // RTCP on the same port has 200–204 there, which is 72–76 without the marker bit.
    if (type >= 72 && type <= 76) return
    if (this.#remote === undefined) {
      this.#remote = from
      this.#run()
    }
    this.#packets++
    const timestamp = packet.readUInt32BE(4)
    const payload = packet.subarray(12 + 4 * (packet[0]! & 0x0f))
    if (type === 0) this.#hear(packet.readUInt32BE(8), timestamp, fromUlaw(payload))
    if (type === 96 && payload.length >= 4) this.#hearKey(payload[0]!, timestamp)
    for (const look of [...this.#watchers]) look()
  }

  #hear(ssrc: number, timestamp: number, samples: Int16Array): void {
    const at = (timestamp - this.#origin) | 0
    // A new source, or a jump of more than ten seconds, goes on where the last one ended.
    if (ssrc !== this.#ssrc || at < 0 || at > this.#length + rate * 10) {
      this.#ssrc = ssrc
      this.#origin = timestamp - this.#length
      this.#hear(ssrc, timestamp, samples)
      return
    }
    if (at + samples.length > this.#heard.length) {
      const larger = new Int16Array((at + samples.length) * 2)
      larger.set(this.#heard)
      this.#heard = larger
    }
    this.#heard.set(samples, at)
    this.#length = Math.max(this.#length, at + samples.length)
  }

  #hearKey(event: number, timestamp: number): void {
    const id = `${event}@${timestamp}`
    if (id === this.#lastEvent) return
    this.#lastEvent = id
    this.#keys += keypad[event] ?? '?'
  }

  #run(): void {
    if (this.#timer !== undefined) return
    this.#startedAt = performance.now()
    const tick = (): void => {
      while (this.#sent * frameMs <= performance.now() - this.#startedAt) this.#sendFrame()
      this.#timer = setTimeout(tick, Math.max(1, this.#startedAt + this.#sent * frameMs - performance.now()))
    }
    tick()
  }

  #sendFrame(): void {
    const frame = this.#frames.shift() ?? { kind: 'audio', payload: Buffer.alloc(frameSamples, silence) }
    if (frame.kind === 'audio') this.#send(0, this.#sent === 0, this.#timestamp, frame.payload)
    else {
      if (frame.first) this.#eventStart = this.#timestamp
      const payload = Buffer.from([frame.event, (frame.last ? 0x80 : 0) | 10, 0, 0])
      payload.writeUInt16BE(frame.duration, 2)
      // The end is sent three times (RFC 4733 §2.5.1.4).
      for (let i = 0; i < (frame.last ? 3 : 1); i++) this.#send(96, frame.first, this.#eventStart, payload)
    }
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0
    this.#sent++
    frame.done?.()
  }

  #send(type: number, marker: boolean, timestamp: number, payload: Buffer): void {
    if (this.#remote === undefined) return
    const packet = Buffer.alloc(12 + payload.length)
    packet[0] = 0x80
    packet[1] = (marker ? 0x80 : 0) | type
    packet.writeUInt16BE(this.#sequence, 2)
    packet.writeUInt32BE(timestamp, 4)
    packet.writeUInt32BE(this.#ownSsrc, 8)
    payload.copy(packet, 12)
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#socket.send(packet, this.#remote.port, this.#remote.host)
  }
}
