import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { RTP_HEADER, writeRtpHeader } from '../../src/media/rtp/packet.ts'
import { answerParent } from './child.ts'
import { type HookMessage, sharedMs } from './hooks.ts'
import { OutgoingCall, type Wire } from './outgoing-call.ts'
import type { CallerQuestion, Calls, Packets, Told } from './protocol.ts'

// The process that calls. It knows just enough SIP to place calls and end them, and counts nothing of its own cost.

interface Talk {
  readonly call: OutgoingCall
  readonly socket: Socket
}

const sip = await openSocket()
const calls = new Map<string, OutgoingCall>()
const talks: Talk[] = []
const packet = new Uint8Array(RTP_HEADER + 160).fill(0x55, RTP_HEADER)
let sent = 0
let received = 0
let frame = 0
let origin = 0
let hooks: Worker | undefined
const toldAt = new Map<string, number>()
const beganAt = new Map<string, number>()
let pacing: NodeJS.Timeout | undefined

sip.on('message', (data) => {
  const text = data.toString('latin1')
  const id = /^call-id: *(\S+)/im.exec(text)?.[1]
  if (id !== undefined) calls.get(id)?.heard(text)
})

answerParent<CallerQuestion>(
  async (question) => {
    switch (question.kind) {
      case 'setups':
        return summary(await place(question, async () => undefined))
      case 'hold':
        return hold(question)
      case 'packets': {
        const counted: Packets = { sent, received }
        sent = 0
        received = 0
        return counted
      }
      case 'listen':
        return listen()
      case 'told':
        return told()
      case 'release':
        return release()
    }
  },
  async () => {
    clearInterval(pacing)
    for (const { socket } of talks) socket.close()
    sip.close()
    await hooks?.terminate()
  },
)

async function listen(): Promise<number> {
  hooks = new Worker(new URL('./hooks.js', import.meta.url))
  const first = once(hooks, 'message') as Promise<[HookMessage]>
  hooks.on('message', (message: HookMessage) => {
    if ('name' in message) toldAt.set(message.name, message.atMs)
  })
  const [message] = await first
  if (!('port' in message)) throw new Error('The receiver of webhooks told of a call before its port.')
  return message.port
}

function told(): Told {
  const times = [...toldAt]
    .flatMap(([name, atMs]) => {
      const began = beganAt.get(name)
      return began === undefined ? [] : [atMs - began]
    })
    .sort((a, b) => a - b)
  toldAt.clear()
  beganAt.clear()
  return { count: times.length, p50Ms: atShare(times, 0.5), p99Ms: atShare(times, 0.99) }
}

/**
 * Until they are all up: on a machine that is busy with other things admission control refuses some that it takes a
 * moment later. Every refusal is counted.
 */
async function hold(question: Extract<CallerQuestion, { kind: 'hold' }>): Promise<Calls> {
  const rounds: OutgoingCall[] = []
  for (let round = 0; round < holdRounds; round++) {
    const missing = question.count - talks.length
    if (missing === 0) break
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, 1500))
    rounds.push(...(await place({ ...question, count: missing }, openSocket)))
  }
  return summary(rounds)
}
const holdRounds = 15

/** @param open audio of a call that is to stay; `undefined` for one that is hung up as soon as it is answered */
async function place(
  { count, perSecond, port, to }: Extract<CallerQuestion, { kind: 'setups' | 'hold' }>,
  open: () => Promise<Socket | undefined>,
): Promise<OutgoingCall[]> {
  const began = performance.now()
  const placed: Promise<OutgoingCall>[] = []
  while (placed.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - began) * perSecond) / 1000) + 1)
    while (placed.length < due) placed.push(placeOne(port, to, open))
    await new Promise((resolve) => setTimeout(resolve, 4))
  }
  return Promise.all(placed)
}

async function placeOne(port: number, to: string, open: () => Promise<Socket | undefined>): Promise<OutgoingCall> {
  const socket = await open()
  const wire: Wire = { localPort: sip.address().port, send: (text) => sip.send(text, port, '127.0.0.1') }
  const call = new OutgoingCall(wire, to, port, socket?.address().port ?? 40_002)
  calls.set(call.id, call)
  beganAt.set(call.id, sharedMs())
  call.start()
  await call.settled
  if (socket !== undefined && call.remotePort !== undefined) {
    talks.push({ call, socket })
    socket.on('message', () => {
      received++
    })
    pacing ??= startPacing()
    return call
  }
  socket?.close()
  if (call.outcome === 'answered') await call.hangup()
  calls.delete(call.id)
  return call
}

function startPacing(): NodeJS.Timeout {
  origin = performance.now()
  // A quarter of the calls every 5 ms.
  return setInterval(() => {
    for (; origin + frame * 5 <= performance.now(); frame++) {
      const n = frame >> 2
      for (let i = frame % 4; i < talks.length; i += 4) {
        const { call, socket } = talks[i]!
        writeRtpHeader(packet, 0, 0, false, n & 0xffff, (n * 160) >>> 0, i + 1)
        socket.send(packet, call.remotePort ?? 0, '127.0.0.1')
        sent++
      }
    }
  }, 2)
}

async function release(): Promise<void> {
  clearInterval(pacing)
  pacing = undefined
  frame = 0
  for (const { call, socket } of talks.splice(0)) {
    await call.hangup()
    calls.delete(call.id)
    socket.close()
  }
}

function summary(all: readonly OutgoingCall[]): Calls {
  const times = all.flatMap(({ answerMs }) => (answerMs === undefined ? [] : [answerMs])).sort((a, b) => a - b)
  const number = (outcome: OutgoingCall['outcome']): number => all.filter((call) => call.outcome === outcome).length
  return {
    answered: number('answered'),
    refused: number('refused'),
    failed: all.length - number('answered') - number('refused'),
    retransmissions: all.reduce((sum, call) => sum + call.retransmissions, 0),
    answerP50Ms: atShare(times, 0.5),
    answerP99Ms: atShare(times, 0.99),
  }
}

/** Of sorted times. */
const atShare = (times: readonly number[], share: number): number =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0

async function openSocket(): Promise<Socket> {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: 4 << 20,
    lookup: (address: string, _: unknown, done: (error: null, address: string, family: number) => void) =>
      done(null, address, 4),
  })
  const listening = once(socket, 'listening')
  socket.bind(0, '127.0.0.1')
  await listening
  return socket
}
