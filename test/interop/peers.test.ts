import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { Baresip } from '../kit/baresip.ts'
import { freePort, isFree } from '../kit/ports.ts'
import { startRtpPeer } from '../kit/rtp-peer.ts'
import { mustPass, runSipp, type SippScenario, startSipp } from '../kit/sipp.ts'
import { describeWith } from '../setup/tools.ts'

const scenarios = readdirSync(new URL('sipp', import.meta.url)).map((name) => name.replace('.xml', '') as SippScenario)

// The peers of the other tests, held against each other: what fails here is not the service.
describeWith(['sipp', 'baresip'], 'SIPp and baresip', () => {
  let scope: Scope

  beforeEach(() => {
    scope = new Scope('test')
  })
  afterEach(async () => {
    await scope.close()
  })

  const softphone = async (transport: 'udp' | 'tcp', answer: 'auto' | 'manual', port?: number): Promise<Baresip> =>
    Baresip.start({
      ...{ scope, username: '1001', password: 'secret', transport, answer, register: false },
      registrarPort: port ?? (await freePort()),
      says: tune(2, 3),
    })

  it.each(['udp', 'tcp'] as const)('SIPp calls baresip by %s; each hears the other', async (transport) => {
    const phone = await softphone(transport, 'auto')
    const rtp = await startRtpPeer(scope)
    const run = await startSipp({ scope, scenario: 'call', transport, remotePort: phone.port, pauseMs: 4000, rtp })
    await phone.established()
    await rtp.speak(tune(1, 3))
    const result = mustPass(await run.finished)
    await phone.closed()

    expect(result).toMatchObject({ ok: 1, failed: 0, errors: '' })
    expect(likeness(phone.heard(), tune(1, 3))).toBeGreaterThan(0.95)
    expect(likeness(rtp.heard(), tune(2, 3))).toBeGreaterThan(0.95)
    expect(likeness(rtp.heard(), tune(3, 3))).toBeLessThan(0.5)
  })

  it('SIPp plays by itself', async () => {
    const phone = await softphone('udp', 'auto')
    mustPass(
      await runSipp({
        ...{ scope, scenario: 'call', transport: 'udp', remotePort: phone.port, pauseMs: 2500 },
        audio: tune(4, 2),
      }),
    )
    await phone.closed()

    expect(likeness(phone.heard(), tune(4, 2))).toBeGreaterThan(0.95)
  })

  it.each(['udp', 'tcp'] as const)('baresip calls SIPp by %s, presses keys and hangs up', async (transport) => {
    const rtp = await startRtpPeer(scope)
    const run = await startSipp({ scope, scenario: 'answer', transport, rtp })
    const phone = await softphone(transport, 'manual', run.port)
    await phone.dial(`sip:service@127.0.0.1:${run.port};transport=${transport}`)
    await phone.established()
    await rtp.speak(tune(5, 2))
    await phone.press('19#')
    await rtp.until('three keys', (_, keys) => keys.length === 3)
    await phone.hangup()
    mustPass(await run.finished)

    expect(rtp.keys()).toBe('19#')
    expect(likeness(phone.heard(), tune(5, 2))).toBeGreaterThan(0.95)
    expect(likeness(rtp.heard(), tune(2, 2))).toBeGreaterThan(0.95)
  })

  it('a cue ends a call', async () => {
    const phone = await softphone('udp', 'auto')
    const run = await startSipp({ scope, scenario: 'call-cued', transport: 'udp', remotePort: phone.port })
    await phone.established()
    await run.cue()
    mustPass(await run.finished)

    expect((await phone.closed()).param).toBe('Connection reset by peer')
  })

  it('a caller gives up while it rings', async () => {
    const phone = await softphone('udp', 'manual')
    const run = await startSipp({ scope, scenario: 'call-cancel', transport: 'udp', remotePort: phone.port })

    mustPass(await run.finished)
    await phone.closed()
  })

  it('a softphone refuses, and says no by hanging up', async () => {
    const phone = await softphone('tcp', 'manual')
    const run = await startSipp({ scope, scenario: 'call-refused', transport: 'tcp', remotePort: phone.port })
    await phone.incoming()
    await phone.hangup()

    mustPass(await run.finished)
  })

  it.each([
    ['refuse', 486, 'Busy Here'],
    ['refuse', 603, 'Decline'],
  ] as const)('SIPp can %s with %i', async (scenario, status, reason) => {
    const run = await startSipp({ scope, scenario, transport: 'udp', keys: { status, reason } })
    const phone = await softphone('udp', 'manual', run.port)
    await phone.dial(`sip:service@127.0.0.1:${run.port}`)
    const closed = await phone.closed()

    expect(closed.param).toBe(`${status} ${reason}`)
    mustPass(await run.finished)
  })

  it('SIPp rings until the caller gives up', async () => {
    const run = await startSipp({ scope, scenario: 'ring', transport: 'udp' })
    const phone = await softphone('udp', 'manual', run.port)
    await phone.dial(`sip:service@127.0.0.1:${run.port}`)
    await phone.event('CALL_RINGING')
    await phone.hangup()

    mustPass(await run.finished)
  })

  // Both peers are foreign: SIPp gives up where a request comes between two of its steps, and is asked again then.
  it('SIPp holds and resumes as callee, and hangs up', { retry: 2 }, async () => {
    const rtp = await startRtpPeer(scope)
    const run = await startSipp({ scope, scenario: 'answer-hold', transport: 'udp', pauseMs: 200, rtp })
    const phone = await softphone('udp', 'manual', run.port)
    await phone.dial(`sip:service@127.0.0.1:${run.port}`)
    await run.saw(/a=sendonly[\s\S]*a=recvonly[\s\S]*a=sendrecv[\s\S]*CSeq: 2 ACK/)
    // SIPp takes a BYE for unexpected that comes while it still turns from one step to the next.
    const before = rtp.packets()
    await rtp.until('audio after the hold', () => rtp.packets() > before + 5)
    await phone.hangup()

    mustPass(await run.finished)
  })

  it('SIPp holds and resumes as caller', async () => {
    const phone = await softphone('udp', 'auto')

    mustPass(await runSipp({ scope, scenario: 'call-hold', transport: 'udp', remotePort: phone.port, pauseMs: 200 }))
  })

  it('SIPp answers and hangs up', async () => {
    const run = await startSipp({ scope, scenario: 'answer-bye', transport: 'tcp', pauseMs: 200 })
    const phone = await softphone('tcp', 'manual', run.port)
    await phone.dial(`sip:service@127.0.0.1:${run.port};transport=tcp`)

    await phone.closed()
    mustPass(await run.finished)
  })

  it('SIPp presses a key by INFO', async () => {
    const phone = await softphone('udp', 'auto')
    const keys = { key: 5 }
    const run = await startSipp({ scope, scenario: 'call-info', transport: 'udp', remotePort: phone.port, keys })

    expect((await phone.event('CALL_DTMF_START')).param).toBe('5')
    await run.saw(/ message received [\s\S]*CSeq: 2 INFO/)
    await phone.hangup()
    await run.finished
  })

  it('a text reaches a softphone', async () => {
    const phone = await softphone('udp', 'manual')
    const keys = { text: 'Read http://127.0.0.1/r/1?a=b, "Ann"', status: 200 }
    mustPass(await runSipp({ scope, scenario: 'send-message', transport: 'udp', remotePort: phone.port, keys }))

    expect(await phone.message(/Read/)).toMatchObject({
      from: expect.stringContaining('sip:sipp@127.0.0.1'),
      body: 'Read http://127.0.0.1/r/1?a=b, "Ann"',
    })
  })

  it.each(scenarios)('SIPp understands the scenario %s', async (scenario) => {
    const remotePort = await freePort()
    // Those that are not told by their own tests above are told by this one: SIPp ends with 255 when it cannot read one.
    const keys = { ...{ key: 1, fault: 'X-Fault: 1', expires: 60, contact: '<sip:1@127.0.0.1>', text: 'Hello' } }
    const run = await startSipp({ scope, scenario, transport: 'udp', remotePort, keys, timeoutMs: 5000 })

    if (!/^(?:answer|refuse|ring|take)/.test(scenario)) await run.saw(/ message sent /)
  })

  it('a run that cannot go on says so, with its messages', async () => {
    const remotePort = await freePort()

    await expect(runSipp({ scope, scenario: 'call', transport: 'udp', remotePort, timeoutMs: 1500 })).rejects.toThrow(
      /was not done after 1500 ms[\s\S]*INVITE sip:1001@127\.0\.0\.1/,
    )
  })

  it('leaves nothing behind', async () => {
    const phone = await softphone('udp', 'auto')
    const run = await startSipp({ scope, scenario: 'ring', transport: 'udp' })
    await scope.close()

    expect(() => process.kill(phone.pid, 0)).toThrow(/ESRCH/)
    expect(() => process.kill(run.pid, 0)).toThrow(/ESRCH/)
    expect([await isFree(phone.port), await isFree(run.port)]).toEqual([true, true])
  })
})
