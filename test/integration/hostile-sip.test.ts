import { createSocket } from 'node:dgram'
import { setImmediate as tick } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { dice } from '../kit/dice.ts'
import { eventually } from '../kit/eventually.ts'
import { type InsideService, openInside } from '../kit/inside-service.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { freeRange } from '../kit/ports.ts'
import { headerOf, plainSdp, RawSip, statusOf, streamIn } from '../kit/raw-sip.ts'
import { PhoneShop, type VirtualPhone } from '../kit/virtual-phone.ts'

const scope = new Scope('hostile')
let house: InsideService
let shop: PhoneShop
let raw: RawSip
let server: number
let anns: VirtualPhone
let bobs: VirtualPhone
let forward: { number: string; voicemailNumber: string }

let names = 0
const name = (): string => `hostile${++names}`

beforeAll(async () => {
  house = await openInside(scope)
  server = house.service.sipPort
  shop = await PhoneShop.open({ rtpPorts: await freeRange(64) })
  scope.add('phones', () => shop.close())
  for (const username of ['1001', '1002'])
    await house.api('POST', '/v1/extensions', { username, password: `secret-of-${username}` })
  forward = await house.api('POST', '/v1/forwards', { name: 'Ann', targets: [{ to: '1001', seconds: 2 }] })
  anns = await shop.phone({ username: '1001', password: 'secret-of-1001', server: `127.0.0.1:${server}` })
  bobs = await shop.phone({ username: '1002', password: 'secret-of-1002', server: `127.0.0.1:${server}` })
  expect(await anns.register()).toBe(200)
  expect(await bobs.register()).toBe(200)
  raw = await RawSip.open(scope, server)
})

afterAll(() => scope.close())

/** Bob calls Ann, whose phone is ringing then. @throws Error with the refusal when it is refused */
async function bobCallsAnn(): Promise<{ call: PhoneCall; ringing: PhoneCall }> {
  const call = bobs.call('1001')
  const refused = call.ended.then((end) => {
    throw new Error(`the call was refused: ${end.how} ${end.status ?? ''}`)
  })
  const ringing = await Promise.race([anns.nextCall(), refused])
  // It ends in any case, later.
  refused.catch(() => {})
  return { call, ringing }
}

async function callsWork(): Promise<void> {
  const { call, ringing } = await bobCallsAnn()
  await ringing.answer()
  await call.answered
  call.hangup()
  expect((await ringing.ended).how).toBe('bye')
  await call.ended
}

/** Errors in the log since the last look. */
const faults = (): unknown[] => house.log.splice(0).filter((line) => Number(line.level) >= 50)

const invite = (callId: string, more: readonly string[] = [], body = plainSdp(40_000)): string =>
  raw.request({ uri: `sip:nobody@127.0.0.1:${server}`, callId, headers: more, body })

test('thousands of malformed datagrams change nothing', async () => {
  const roll = dice(1)
  for (let i = 0; i < 5000; i++) {
    const valid = Buffer.from(invite(name()))
    switch (i % 5) {
      case 0:
        await raw.send(Buffer.from(Array.from({ length: 1 + roll(1400) }, () => roll(256))))
        break
      case 1:
        await raw.send(valid.subarray(0, 1 + roll(valid.length - 1)))
        break
      case 2: {
        for (let flips = 1 + roll(6); flips > 0; flips--) {
          const at = roll(valid.length)
          valid[at] = (valid[at] ?? 0) ^ (1 << roll(8))
        }
        await raw.send(valid)
        break
      }
      case 3:
        await raw.send(
          valid
            .toString('latin1')
            .replace(/Content-Length: \d+/, `Content-Length: ${roll(2) ? '-' : ''}${roll(2 ** 31)}`),
        )
        break
      default:
        await raw.send(invite(name(), [`X-Long: ${'x'.repeat(roll(60_000))}`]))
    }
    if (i % 50 === 0) await tick()
  }
  await callsWork()
  expect(faults()).toEqual([])
}, 60_000)

test('malformed streams change nothing', async () => {
  const roll = dice(2)
  const valid = (): string => invite(name()).replace('SIP/2.0/UDP', 'SIP/2.0/TCP')
  for (let i = 0; i < 60; i++) {
    const message = valid()
    await Promise.all([
      streamIn(server, [Buffer.from(Array.from({ length: 2000 }, () => roll(256)))], 100),
      streamIn(server, [message.slice(0, roll(message.length))], 100),
      streamIn(server, [message.replace(/Content-Length: \d+/, 'Content-Length: 99999999999')], 100),
      streamIn(server, [message.replace(/Content-Length: \d+/, `Content-Length: ${roll(100)}`), valid()], 100),
      streamIn(server, [`INVITE sip:x@127.0.0.1 SIP/2.0\r\n${'X: y\r\n'.repeat(20_000)}\r\n`], 100),
      streamIn(
        server,
        [...valid()].map((c) => c),
        100,
      ),
    ])
  }
  await callsWork()
  expect(faults()).toEqual([])
}, 60_000)

const sdp = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`
const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0']
const hostileOffers: Record<string, string> = {
  'audio sent to somebody else': plainSdp(40_000, '192.0.2.77'),
  'audio sent to a broadcast': plainSdp(40_000, '255.255.255.255'),
  'audio sent to a multicast group': plainSdp(40_000, '224.0.0.1'),
  'audio sent to everybody': plainSdp(40_000, '0.0.0.0'),
  'a host name': plainSdp(40_000, 'localhost'),
  'port 0': plainSdp(0),
  'port 1': plainSdp(1),
  'a port beyond all': plainSdp(70_000),
  'no codec': sdp([...head, 'm=audio 40000 RTP/AVP']),
  'no codec of ours': sdp([...head, 'm=audio 40000 RTP/AVP 9 18']),
  'a payload type beyond all': sdp([...head, 'm=audio 40000 RTP/AVP 999 0']),
  'a rate that is none': sdp([...head, 'm=audio 40000 RTP/AVP 96', 'a=rtpmap:96 PCMU/0']),
  'a ptime beyond all': sdp([...head, 'm=audio 40000 RTP/AVP 0', 'a=ptime:99999999999', 'a=maxptime:-1']),
  'a thousand lines': sdp([...head, 'm=audio 40000 RTP/AVP 0', ...Array.from({ length: 1000 }, (_, i) => `a=x${i}:y`)]),
  'a hundred streams': sdp([...head, ...Array.from({ length: 100 }, (_, i) => `m=audio ${40_000 + i} RTP/AVP 0`)]),
  'a stream of another kind alone': sdp([...head, 'm=video 40000 RTP/AVP 31']),
  'IPv6 on an IPv4 flow': sdp(['v=0', 'o=- 1 1 IN IP6 ::1', 's=-', 'c=IN IP6 ::1', 't=0 0', 'm=audio 40000 RTP/AVP 0']),
  'two directions': sdp([...head, 'm=audio 40000 RTP/AVP 0', 'a=sendonly', 'a=recvonly']),
  'an unknown direction': sdp([...head, 'm=audio 40000 RTP/AVP 0', 'a=sideways']),
  'no version': 'm=audio 40000 RTP/AVP 0\r\n',
  'no line ends': 'v=0 m=audio 40000 RTP/AVP 0',
  'zero bytes': `${plainSdp(40_000)}\0\0\0`,
  'a session of one byte': 'v',
  'secure audio': sdp([...head, 'm=audio 40000 RTP/SAVP 0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x']),
}

test.each(Object.entries(hostileOffers))(
  'an offer with %s is answered or refused, and leaves no port open',
  async (_what, body) => {
    const callId = name()
    const uri = `sip:${forward.voicemailNumber}@127.0.0.1:${server}`
    const final = await raw.ask({ uri, callId, body })
    const status = statusOf(final)
    expect([200, 400, 415, 488, 606]).toContain(status)
    const to = headerOf(final, 'To') as string
    const method = status === 200 ? 'ACK' : 'ACK'
    await raw.send(
      raw.request({ method, uri, callId, to, ...(status === 200 ? { branch: `z9hG4bKack${callId}` } : {}) }),
    )
    if (status === 200) expect(statusOf(await raw.ask({ method: 'BYE', uri, callId, to, cseq: 2 }))).toBe(200)
    const { streams, calls } = await eventually(
      () => house.service.counts(),
      (seen) => seen.streams === 0 && seen.calls === 0,
    )
    expect({ streams, calls }).toEqual({ streams: 0, calls: 0 })
    expect(faults()).toEqual([])
  },
)

test('an offer anew that cannot be used changes nothing; one with port 0 rests the audio', async () => {
  const callId = name()
  const uri = `sip:${forward.voicemailNumber}@127.0.0.1:${server}`
  const to = headerOf(await raw.ask({ uri, callId, body: plainSdp(40_000) }), 'To') as string
  const ack = (cseq: number): Promise<void> =>
    raw.send(raw.request({ method: 'ACK', uri, callId, to, cseq, branch: `z9hG4bKack${callId}${cseq}` }))
  await ack(1)
  for (const [i, host] of ['a.name.test', '::1'].entries()) {
    const body = host.includes(':') ? plainSdp(40_000).replaceAll('IP4 127.0.0.1', 'IP6 ::1') : plainSdp(40_000, host)
    expect(statusOf(await raw.ask({ uri, callId, to, cseq: 2 + i, body }))).toBe(488)
    await raw.send(raw.request({ method: 'ACK', uri, callId, to, cseq: 2 + i }))
  }
  const rested = await raw.ask({ uri, callId, to, cseq: 4, body: plainSdp(0) })
  expect(rested).toMatch(/^m=audio 0 /m)
  await ack(4)
  expect(await raw.ask({ uri, callId, to, cseq: 5, body: plainSdp(65_535) })).toMatch(/^m=audio [1-9]/m)
  await ack(5)
  expect(statusOf(await raw.ask({ method: 'BYE', uri, callId, to, cseq: 6 }))).toBe(200)
  expect(faults()).toEqual([])
})

test('a call whose offer is refused is told of, with the reason', async () => {
  await raw.ask({
    uri: `sip:1001@127.0.0.1:${server}`,
    callId: name(),
    body: sdp([...head, 'm=audio 40000 RTP/AVP 9']),
  })
  const end = await eventually(
    async () => (await house.api<{ items: { end: unknown }[] }>('GET', '/v1/calls?limit=1')).items[0]?.end,
    (seen) => JSON.stringify(seen ?? null).includes('PCMU, PCMA'),
  )
  expect(end).toMatchObject({ code: 'incompatible_media', sip: 488, sentence: expect.stringContaining('PCMU, PCMA') })
})

/** Its row is written a moment after the answer, together with those of others. */
const lastCallUp = () =>
  eventually(
    () => house.api<{ items: { id: string; state: string }[] }>('GET', '/v1/calls?limit=1'),
    (seen) => seen.items[0]?.state === 'up',
  )

test('requests for dialogs of others touch no call', async () => {
  const { call, ringing } = await bobCallsAnn()
  await ringing.answer()
  await call.answered
  const { items } = await lastCallUp()
  const uri = `sip:1001@127.0.0.1:${server}`
  for (const method of ['BYE', 'INVITE', 'INFO', 'UPDATE', 'REFER']) {
    const answer = await raw.ask({
      ...{ method, uri, callId: name(), to: `<${uri}>;tag=guessed`, from: '<sip:1002@127.0.0.1>;tag=guessed' },
      ...(method === 'INVITE' ? { body: plainSdp(40_000) } : {}),
    })
    expect([481, 405]).toContain(statusOf(answer))
  }
  expect(statusOf(await raw.ask({ method: 'CANCEL', uri, callId: name() }))).toBe(481)
  expect(await house.api('GET', `/v1/calls/${items[0]?.id}`)).toMatchObject({ state: 'up' })
  call.hangup()
  await ringing.ended
})

test('a flood of INVITE with CANCEL right behind leaves nothing', async () => {
  for (let i = 0; i < 500; i++) {
    const callId = name()
    const uri = `sip:${forward.number}@127.0.0.1:${server}`
    await raw.send(raw.request({ uri, callId, body: plainSdp(40_000) }))
    await raw.send(raw.request({ method: 'CANCEL', uri, callId, branch: `z9hG4bK${callId}1` }))
    if (i % 20 === 0) await tick()
  }
  // Those that were answered before their CANCEL came are unconfirmed for 32 s; the rest is gone.
  const after = await eventually(
    () => house.service.counts(),
    (seen) => seen.streams === 0 && seen.calls === 0,
    45_000,
  )
  expect(after).toMatchObject({ streams: 0, calls: 0, placing: 0 })
  await callsWork()
  expect(faults()).toEqual([])
}, 90_000)

test('a storm of INVITE without ACK is bounded by the ports, says why, and passes', async () => {
  const before = process.memoryUsage().rss
  const uri = `sip:${forward.voicemailNumber}@127.0.0.1:${server}`
  const ids = Array.from({ length: 400 }, name)
  for (const [i, callId] of ids.entries()) {
    await raw.send(raw.request({ uri, callId, body: plainSdp(40_000) }))
    if (i % 20 === 0) await tick()
  }
  const refused = await raw.answer((m) => statusOf(m) === 503 && m.includes(`Call-ID: ${ids.at(-1)}\r\n`))
  expect(headerOf(refused, 'Retry-After')).toBeDefined()
  const { items } = await eventually(
    () => house.api<{ items: { end: { sentence: string; code: string } | null }[] }>('GET', '/v1/calls?limit=5'),
    (seen) => seen.items[0]?.end?.code === 'overloaded',
  )
  expect(items[0]?.end).toMatchObject({ code: 'overloaded', sentence: expect.stringMatching(/port|limit/) })
  const after = await eventually(
    () => house.service.counts(),
    (seen) => seen.streams === 0 && seen.calls === 0,
    60_000,
  )
  expect(after).toMatchObject({ streams: 0, calls: 0 })
  expect(process.memoryUsage().rss - before).toBeLessThan(200e6)
  await callsWork()
  expect(faults()).toEqual([])
}, 120_000)

test('a REGISTER with a thousand contacts is refused whole', async () => {
  const phone = await RawSip.open(scope, server)
  const registrar = `sip:127.0.0.1:${server}`
  const contacts = Array.from({ length: 1000 }, (_, i) => `<sip:1002@127.0.0.1:${10_000 + i}>`).join(', ')
  const answer = await phone.ask({
    ...{ method: 'REGISTER', uri: registrar, callId: name(), from: '<sip:1002@h>;tag=1', to: '<sip:1002@h>' },
    headers: [`Contact: ${contacts}`],
  })
  expect(statusOf(answer)).toBe(400)
  await callsWork()
})

test('what a caller calls itself reaches nobody as markup, header or line of a log', async () => {
  const uri = `sip:1001@127.0.0.1:${server}`
  const roll = dice(4)
  const readable = [
    '"<script>alert(1)</script>" <sip:+15550177@127.0.0.1>;tag=1',
    '"a\\"b\\\\" <sip:+15550177@127.0.0.1>;tag=1',
    '"%0d%0aX-Injected: yes" <sip:%0d%0aX-Injected:%20yes@127.0.0.1>;tag=1',
    `"${'n'.repeat(3000)}" <sip:${Array.from({ length: 3000 }, () => roll(36).toString(36)).join('')}@127.0.0.1>;tag=1`,
    '<sip:a%00b@127.0.0.1>;tag=1',
    '"\ud83d\ude00 Zo\u00eb" <sip:+15550177@127.0.0.1>;tag=1',
  ]
  for (const from of readable) {
    const callId = name()
    await raw.send(raw.request({ uri, callId, from, body: plainSdp(40_000) }))
    const ringing = await anns.nextCall()
    expect(ringing.remote.name ?? '').not.toMatch(/\p{Cc}/u)
    expect((ringing.remote.name ?? '').length).toBeLessThanOrEqual(100)
    await raw.send(raw.request({ method: 'CANCEL', uri, callId, from, branch: `z9hG4bK${callId}1` }))
    await ringing.ended
  }
  // With no From that can be read there is nobody to answer.
  const unreadable = [
    '"x\r\nX-Injected: yes" <sip:+15550177@127.0.0.1>;tag=1',
    '"\u202Egnp.exe\u0000" <sip:+15550177@127.0.0.1>;tag=1',
  ]
  for (const from of unreadable) {
    await raw.send(raw.request({ uri, callId: name(), from, body: plainSdp(40_000) }))
    expect(statusOf(await raw.ask({ method: 'OPTIONS', uri, callId: name() }))).toBe(200)
  }
  expect(raw.received.join('')).not.toMatch(/^X-Injected/m)
  await callsWork()
  const { items } = await house.api<{ items: { id: string }[] }>('GET', '/v1/calls?limit=9')
  for (const { id } of items) {
    const { timeline } = await house.api<{ timeline: { text: string }[] }>('GET', `/v1/calls/${id}`)
    for (const { text } of timeline) {
      expect(text).not.toMatch(/\p{Cc}/u)
      expect(text.length).toBeLessThan(1000)
    }
  }
  expect(faults()).toEqual([])
})

test('a user or a text with a zero byte is no fault of ours', async () => {
  for (const user of ['a%00b', '%00', '%ff%fe', '%ED%A0%80']) {
    const answer = await raw.ask({
      uri: `sip:${user}@127.0.0.1:${server}`,
      to: '<sip:x@h>',
      callId: name(),
      body: plainSdp(40_000),
    })
    expect([400, 403, 404]).toContain(statusOf(answer))
  }
  const text = { method: 'MESSAGE', uri: `sip:1001@127.0.0.1:${server}`, contentType: 'text/plain' }
  const answer = await raw.ask({ ...text, callId: name(), body: 'a\0b', from: '<sip:x%00y@h>;tag=1' })
  expect(statusOf(answer)).toBeLessThan(500)
  await eventually(
    () => house.service.counts(),
    (seen) => seen.journal === 0,
  )
  expect(faults()).toEqual([])
})

test('garbage on the open ports of audio harms no call', async () => {
  const { call, ringing } = await bobCallsAnn()
  await ringing.answer()
  await call.answered
  const { items } = await lastCallUp()
  const socket = createSocket('udp4')
  scope.add('garbage', () => void socket.close())
  const roll = dice(3)
  const story = await house.api<{ timeline: unknown[] }>('GET', `/v1/calls/${items[0]?.id}`)
  expect(story.timeline.length).toBeLessThan(200)
  const ports = house.rtp
  for (let i = 0; i < 6000; i++) {
    const bytes = Buffer.from(Array.from({ length: roll(300) }, () => roll(256)))
    // Half of it looks like RTP or RTCP of version 2.
    if (i % 2 === 0 && bytes.length > 1) {
      bytes[0] = 0x80 | (bytes[0]! & 0x3f)
      if (i % 4 === 0) bytes[1] = 200 + roll(8)
    }
    socket.send(bytes, ports.first + roll(ports.count), '127.0.0.1')
    if (i % 100 === 0) await tick()
  }
  await call.press('5')
  expect(await ringing.heardKeys(1)).toContain('5')
  expect(await house.api('GET', `/v1/calls/${items[0]?.id}`)).toMatchObject({ state: 'up' })
  call.hangup()
  await ringing.ended
  expect(faults()).toEqual([])
}, 60_000)

test('nothing is left in the end', async () => {
  const left = await eventually(
    () => house.service.counts(),
    (seen) => Object.values(seen).every((count) => count === 0),
    60_000,
  )
  expect(Object.entries(left).filter(([, count]) => count !== 0)).toEqual([])
  expect(faults()).toEqual([])
}, 90_000)
