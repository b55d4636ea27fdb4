import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { defaultForwardPrompts } from '../../src/phone/forward.ts'
import { likeness, loudness, rate, toneShare, tune } from '../kit/audio.ts'
import { Baresip } from '../kit/baresip.ts'
import { House, shortPrompts } from '../kit/house.ts'
import { type RtpPeer, startRtpPeer } from '../kit/rtp-peer.ts'
import { mustPass, runSipp, type SippRun, type SippScenario, startSipp } from '../kit/sipp.ts'
import { describeWith } from '../setup/tools.ts'

const transports = ['udp', 'tcp'] as const
type Transport = (typeof transports)[number]

/** The end of what was heard is the beep: 1000 Hz, while our own voice and the prompts are not. */
function beeps(heard: Int16Array): boolean {
  const end = heard.subarray(Math.max(0, heard.length - rate / 5))
  return loudness(end) > 2000 && toneShare(end, 1000) > 0.95
}

/** A person takes a moment after the beep, too. */
async function afterBeep(rtp: RtpPeer, ms = 10_000): Promise<void> {
  await rtp.until('the beep', beeps, ms)
  await rtp.until('its end', (heard) => loudness(heard.subarray(heard.length - rate / 10)) < 100)
}

describeWith(['sipp', 'baresip'], 'SIPp calls a number whose targets are baresip and a carrier', () => {
  const whole = new Scope('whole')
  let house: House
  let scope: Scope

  beforeAll(async () => {
    house = await House.open({ scope: whole })
  })
  afterAll(() => whole.close())
  beforeEach(() => {
    scope = whole.child('test')
  })
  afterEach(() => scope.close())

  const softphone = async (
    transport: Transport,
    answer: 'auto' | 'manual',
    o: { username?: string; says?: Int16Array } = {},
  ): Promise<Baresip & { username: string }> => {
    const username = o.username ?? (await house.extension())
    const phone = await Baresip.start({
      ...{ scope, username, password: `${username}-secret`, registrarPort: house.service.sipPort, transport, answer },
      ...(o.says === undefined ? {} : { says: o.says }),
    })
    await phone.registered()
    return Object.assign(phone, { username })
  }

  const caller = async (
    number: string,
    transport: Transport,
    scenario: SippScenario = 'call-until-bye',
    o: { pauseMs?: number } = {},
  ): Promise<{ run: SippRun; rtp: RtpPeer; from: string }> => {
    const rtp = await startRtpPeer(scope)
    const from = house.stranger()
    const keys = { number, caller: from }
    const run = await startSipp({ scope, scenario, transport, remotePort: house.service.sipPort, keys, rtp, ...o })
    return { run, rtp, from }
  }

  const carrier = async (o: Readonly<Record<string, unknown>>): Promise<void> => {
    const { id } = await house.service.api<{ id: string }>('POST', '/v1/trunks', { name: 'pstn', default: true, ...o })
    scope.add('trunk', async () => void (await house.service.api('DELETE', `/v1/trunks/${id}`)))
  }

  it.each(transports)(
    'no answer, voicemail, text, by %s',
    async (transport) => {
      const ann = await softphone(transport, 'manual')
      const { number, id } = await house.forward({
        targets: [{ to: ann.username, seconds: 3 }],
        notify: ann.username,
        prompts: defaultForwardPrompts,
      })
      const { run, rtp, from } = await caller(number, transport)
      await ann.incoming()
      await afterBeep(rtp, 40_000)
      await rtp.speak(tune(31, 3))
      await rtp.press('#')
      mustPass(await run.finished)

      for (const words of Object.values(defaultForwardPrompts))
        expect(await house.saysIn(rtp.heard(), words), words).toBeGreaterThan(0.9)
      const text = await ann.message(/New voice message/)
      expect(text.from).toContain(`sip:${number}@`)
      const [, from_, link] =
        /^New voice message for Forward \d+ from "SIPp" <(\S+)>, [345] s: (\S+)$/.exec(text.body) ?? []
      expect(from_).toBe(from)
      const message = await house.download(link!)
      expect(likeness(message, tune(31, 3))).toBeGreaterThan(0.95)
      expect(likeness(message, tune(32, 3))).toBeLessThan(0.5)
      expect(await house.voicemails(id, 1)).toMatchObject([{ state: 'new', from: { address: from } }])
      expect((await house.endedCall(from)).end?.chain).toMatchObject([
        { code: 'no_answer', target: ann.username, sentence: `${ann.username} did not answer within 3 seconds` },
        { code: 'completed', by: 'service', sentence: 'the caller left a message' },
      ])
      await house.texts(ann.username, 1, 'delivered')
      expect(ann.messageCount).toBe(1)
      await ann.closed()
    },
    90_000,
  )

  it.each(transports)(
    'the extension answers, holds, resumes, and hangs up, by %s',
    async (transport) => {
      const ann = await softphone(transport, 'manual', { says: tune(33, 20) })
      const { number, id } = await house.forward({ targets: [{ to: ann.username, seconds: 20 }], notify: ann.username })
      const { run, rtp, from } = await caller(number, transport)
      await ann.incoming()
      await ann.answer()
      await ann.established()
      await house.told(from, /both sides hear each other/)
      await rtp.speak(tune(34, 2))
      await rtp.press('42')
      await ann.press('7')
      await rtp.until('the key 7', (_, keys) => keys.includes('7'))
      await ann.hold()
      await house.told(from, /put the caller on hold/)
      await ann.resume()
      await house.told(from, /took the caller off hold/)
      // Its ear, sndfile, writes nothing any more once it held a call; that it hears shows by a key.
      await rtp.press('3')
      expect((await ann.event('CALL_DTMF_START', 3)).param).toBe('3')
      const before = rtp.heard().length
      await rtp.until('two seconds', (heard) => heard.length > before + 2 * rate)
      expect(loudness(rtp.heard().subarray(before))).toBeGreaterThan(1000)
      await ann.hangup()
      mustPass(await run.finished)

      expect(likeness(ann.heard(), tune(34, 2))).toBeGreaterThan(0.95)
      expect(likeness(rtp.heard(), tune(33, 2))).toBeGreaterThan(0.9)
      expect(rtp.keys()).toBe('7')
      const { end } = await house.endedCall(from)
      expect(end).toMatchObject({ code: 'completed', by: 'callee' })
      expect(await house.voicemails(id, 0)).toEqual([])
      expect(ann.messageCount).toBe(0)
    },
    60_000,
  )

  it.each(transports)('the caller holds and resumes, then hangs up, by %s', async (transport) => {
    const ann = await softphone(transport, 'auto')
    const { number } = await house.forward({ targets: [{ to: ann.username, seconds: 20 }] })
    const { run, from } = await caller(number, transport, 'call-hold', { pauseMs: 3000 })
    await ann.established()
    mustPass(await run.finished)
    await ann.closed()

    expect((await house.endedCall(from)).end).toMatchObject({ code: 'completed', by: 'caller' })
  })

  it('the extension says no', async () => {
    const ann = await softphone('udp', 'manual')
    const { number } = await house.forward({ targets: [{ to: ann.username, seconds: 20 }] })
    const { run, rtp, from } = await caller(number, 'udp')
    await ann.incoming()
    await ann.hangup()
    await afterBeep(rtp)
    await rtp.press('#')
    mustPass(await run.finished)

    expect((await house.endedCall(from)).end?.chain[0]).toMatchObject({ code: 'busy', target: ann.username, sip: 486 })
  })

  it.each(transports)('a carrier that asks for a password is the second target, by %s', async (transport) => {
    const rtp = await startRtpPeer(scope)
    const keys = { username: 'offhook', password: 'trunk-secret' }
    const far = await startSipp({ scope, scenario: 'answer-digest', transport, keys, rtp, pauseMs: 300 })
    await carrier({ uri: `sip:127.0.0.1:${far.port};transport=${transport}`, ...keys })
    const away = await house.extension()
    const { number } = await house.forward({
      targets: [
        { to: away, seconds: 10 },
        { to: '+15550142', seconds: 10 },
      ],
    })
    const near = await caller(number, transport)
    await far.saw(/CSeq: [0-9]+ ACK[\s\S]*CSeq: [0-9]+ ACK/)
    await house.told(near.from, /both sides hear each other/)
    await Promise.all([near.rtp.speak(tune(36, 2)), rtp.speak(tune(37, 2))])
    await near.rtp.press('5')
    await rtp.until('the key', (_, pressed) => pressed === '5')
    const { id } = (await house.calls('state=live'))[0]!
    await house.service.api('POST', `/v1/calls/${id}/hangup`)
    mustPass(await near.run.finished)
    const { messages } = mustPass(await far.finished)

    expect(likeness(rtp.heard(), tune(36, 2))).toBeGreaterThan(0.95)
    expect(likeness(near.rtp.heard(), tune(37, 2))).toBeGreaterThan(0.95)
    expect(messages).toMatch(/^INVITE sip:\+15550142@127\.0\.0\.1:/m)
    expect(messages).toMatch(new RegExp(`^From: .*<sip:\\${near.from}@`, 'm'))
    const { end } = await house.endedCall(near.from)
    expect(end).toMatchObject({ by: 'operator', sentence: 'the call was hung up through the API' })
    expect(end?.chain.map(({ code }) => code)).toEqual(['not_registered', 'completed'])
  })

  it.each([
    [486, 'Busy Here', 'busy', '+15550142 is busy (486 Busy Here)'],
    [404, 'Not Found', 'not_found', 'nobody is known as +15550142 there (404 Not Found)'],
    [
      503,
      'Service Unavailable',
      'unreachable',
      '+15550142 cannot be reached through that server (503 Service Unavailable)',
    ],
  ])('a carrier that answers %i leads to the voicemail', async (status, reason, code, sentence) => {
    const far = await startSipp({ scope, scenario: 'refuse', transport: 'udp', keys: { status, reason } })
    await carrier({ uri: `sip:127.0.0.1:${far.port}` })
    const { number, id } = await house.forward({ targets: [{ to: '+15550142', seconds: 10 }] })
    const { run, rtp, from } = await caller(number, 'udp')
    await afterBeep(rtp)
    await rtp.speak(tune(38, 1))
    await rtp.press('#')
    mustPass(await run.finished)
    mustPass(await far.finished)

    expect((await house.endedCall(from)).end?.chain[0]).toMatchObject({ code, sip: status, sentence })
    expect(await house.voicemails(id, 1)).toMatchObject([{ state: 'new' }])
  })

  it('a carrier that refuses our password is written down as that', async () => {
    const keys = { username: 'offhook', password: 'right' }
    const far = await startSipp({ scope, scenario: 'answer-digest', transport: 'udp', keys })
    await carrier({ uri: `sip:127.0.0.1:${far.port}`, username: 'offhook', password: 'wrong' })
    const { number } = await house.forward({ targets: [{ to: '+15550142', seconds: 10 }] })
    const { run, rtp, from } = await caller(number, 'udp')
    await afterBeep(rtp)
    await rtp.press('#')
    mustPass(await run.finished)
    mustPass(await far.finished)

    expect((await house.endedCall(from)).end?.chain[0]).toMatchObject({
      code: 'not_allowed',
      sip: 403,
      target: '+15550142',
    })
  })

  it('without any carrier a number outside is not reached, and it says what to do', async () => {
    const { number } = await house.forward({ targets: [{ to: '+15550142', seconds: 10 }] })
    const { run, rtp, from } = await caller(number, 'udp')
    await afterBeep(rtp)
    await rtp.press('#')
    mustPass(await run.finished)

    expect((await house.endedCall(from)).end?.chain[0]).toMatchObject({
      code: 'unreachable',
      by: 'service',
      sentence: 'no trunk carries calls to +15550142; add one with "default": true to reach numbers outside',
    })
  })

  it('the caller hangs up while it rings: the extension stops ringing', async () => {
    const ann = await softphone('udp', 'manual')
    const { number, id } = await house.forward({ targets: [{ to: ann.username, seconds: 30 }], notify: ann.username })
    const { run, from } = await caller(number, 'udp', 'call-cued')
    await ann.incoming()
    await run.cue()
    await run.finished
    await ann.closed()

    expect((await house.endedCall(from)).end).toMatchObject({ code: 'completed', by: 'caller' })
    expect(await house.voicemails(id, 0)).toEqual([])
    expect(ann.messageCount).toBe(0)
  })

  it.each([
    ['while it is greeted', 'greeting', []],
    ['at once after the beep', 'beep', []],
    ['while it speaks', 'speech', ['new']],
  ] as const)('the caller hangs up %s', async (_, when, kept) => {
    const ann = await softphone('udp', 'manual')
    const prompts = { ...shortPrompts, greeting: defaultForwardPrompts.greeting }
    const { voicemailNumber, id } = await house.forward({
      targets: [{ to: ann.username, seconds: 10 }],
      notify: ann.username,
      prompts,
    })
    const { run, rtp, from } = await caller(voicemailNumber, 'udp', 'call-cued')
    if (when === 'greeting') await rtp.until('the greeting', (heard) => heard.length > rate && loudness(heard) > 300)
    else await afterBeep(rtp)
    if (when === 'speech') await rtp.speak(tune(39, 2))
    await run.cue()
    await run.finished

    expect((await house.endedCall(from)).end).toMatchObject({
      code: 'completed',
      by: 'caller',
      sentence: 'the caller hung up',
    })
    const found = await house.service.until<{ items: { state: string; recording: { url: string } }[] }>(
      `/v1/voicemails?forward=${id}`,
      ({ items }) => items.filter(({ state }) => state !== 'empty').length >= kept.length,
    )
    expect(found.items.map(({ state }) => state).filter((state) => state !== 'empty')).toEqual(kept)
    if (when !== 'speech') return expect(ann.messageCount).toBe(0)
    expect(likeness(await house.download(found.items[0]!.recording.url), tune(39, 2))).toBeGreaterThan(0.95)
    await ann.message(/New voice message/)
    expect(ann.messageCount).toBe(1)
  })

  it.each(transports)('a text waits for a softphone that is away, by %s', async (transport) => {
    const username = await house.extension()
    const { voicemailNumber } = await house.forward({ targets: [{ to: username, seconds: 10 }], notify: username })
    const { run, rtp } = await caller(voicemailNumber, transport)
    await afterBeep(rtp)
    await rtp.speak(tune(40, 1))
    await rtp.press('#')
    mustPass(await run.finished)
    expect(await house.texts(username, 1, 'waiting')).toMatchObject([{ attempts: 1 }])

    const ann = await softphone(transport, 'manual', { username })
    const text = await ann.message(/New voice message/)
    const [delivered] = await house.texts(username, 1, 'delivered')
    expect(text.body).toBe(delivered?.body)
    expect(likeness(await house.download(text.body.split(' ').at(-1)!), tune(40, 1))).toBeGreaterThan(0.95)
    expect(ann.messageCount).toBe(1)
  })

  it.each(transports)('a registered softphone calls the number of another, by %s', async (transport) => {
    const bob = await softphone(transport, 'manual', { says: tune(41, 10) })
    const ann = await house.extension()
    const rtp = await startRtpPeer(scope)
    const far = await startSipp({ scope, scenario: 'answer', transport: 'udp', rtp })
    // Registered from another port than the one it is called at.
    const contact = `<sip:${ann}@127.0.0.1:${far.port}>`
    const keys = { caller: ann, password: `${ann}-secret`, contact, expires: 60, status: 200 }
    mustPass(await runSipp({ scope, scenario: 'register', transport: 'udp', remotePort: house.service.sipPort, keys }))
    const { number } = await house.forward({ targets: [{ to: ann, seconds: 10 }] })
    await bob.dial(number)
    await bob.established()
    await house.told(bob.username, /both sides hear each other/)
    await rtp.speak(tune(42, 2))
    await bob.hangup()
    mustPass(await far.finished)

    expect(likeness(bob.heard(), tune(42, 2))).toBeGreaterThan(0.95)
    // It spoke from its own answer on, which was before the other side was reached.
    expect(likeness(tune(41, 10), rtp.heard().subarray(rate / 2, 2 * rate))).toBeGreaterThan(0.9)
    expect((await house.endedCall(bob.username)).from).toMatchObject({ kind: 'extension', address: bob.username })
  })

  it('leaves nothing behind', async () => {
    await house.service.stop()
  })
})
