import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { type Deferred, deferred } from '../../../src/base/deferred.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { OwnAddress } from '../../../src/engines/embedded/own-address.ts'
import type { Arrived } from '../../../src/engines/embedded/switch.ts'
import { originate } from '../../../src/engines/freeswitch/command.ts'
import { Connection } from '../../../src/engines/freeswitch/connection.ts'
import { FreeSwitch } from '../../../src/engines/freeswitch/switch.ts'
import { startMediaPlane } from '../../../src/media/index.ts'
import type { MediaPlane } from '../../../src/media/plane.ts'
import type { SessionEnd } from '../../../src/sip/user-agent/session.ts'
import { type CutLine, openCutLine } from '../../kit/cut-line.ts'
import { eventually } from '../../kit/eventually.ts'
import { password, ScriptedFreeSwitch } from '../../kit/freeswitch/freeswitch.ts'
import { freeRange } from '../../kit/ports.ts'
import { PhoneShop, type VirtualPhone } from '../../kit/virtual-phone.ts'

describe('calls that a scripted FreeSWITCH brings and takes', () => {
  let scope: Scope
  let freeswitch: ScriptedFreeSwitch
  let plane: MediaPlane
  let line: CutLine
  let by: FreeSwitch
  let phone: VirtualPhone
  let arrived: Deferred<Arrived>

  beforeEach(async () => {
    scope = new Scope('switch')
    const log = silentLogger
    freeswitch = await ScriptedFreeSwitch.start(scope, await freeRange(40))
    line = await openCutLine(scope, freeswitch.eslPort)
    plane = await startMediaPlane({ scope, log, rtpPorts: await freeRange(40), workers: 1 })
    const own = await OwnAddress.find({ bind: '127.0.0.1', configured: undefined }, systemClock)
    const access = { host: '127.0.0.1', port: line.port, password }
    const clock = systemClock
    by = new FreeSwitch({ access, app: 'offhook', profile: 'internal', port: 0, plane, own, clock, scope, log })
    arrived = deferred()
    await by.start((call) => arrived.resolve(call))
    freeswitch.socketPort = by.port
    const shop = await PhoneShop.open({ rtpPorts: await freeRange(40) })
    scope.add('phones', () => shop.close())
    phone = await shop.phone({ username: '1001', server: `127.0.0.1:${freeswitch.sipPort}` })
    await phone.register()
  })
  afterEach(() => scope.close())

  const nothingLeft = async (): Promise<void> => {
    const left = async () => ({
      held: by.size,
      streams: (await plane.stats()).streams,
      channels: freeswitch.channels.length,
    })
    expect(await eventually(left, ({ held, streams, channels }) => held + streams + channels === 0)).toEqual({
      held: 0,
      streams: 0,
      channels: 0,
    })
  }
  const dial = async (target = 'user/1001') => {
    const ended = deferred<SessionEnd>()
    const ringing = deferred<void>()
    const accepted = deferred<void>()
    const early = deferred<void>()
    const leg = await by.dial({
      ...{ target, caller: { number: '+15550100', name: 'Front, "Desk"' }, headers: [['X-Account', '7,8']] },
      handlers: (leg) => ({
        ...{ media: leg.onMedia, digit: leg.onDigit, accepted: accepted.resolve },
        provisional: (status, media) => {
          if (status === 180) ringing.resolve()
          if (status === 183 && media !== undefined) early.resolve()
        },
        ended: (end) => {
          leg.onEnded(end)
          ended.resolve(end)
        },
      }),
    })
    return {
      ...{ leg, ended: ended.promise, ringing: ringing.promise },
      ...{ early: early.promise, accepted: accepted.promise },
    }
  }

  it('come in with what the dialplan says of them, ring, and are refused with a status', async () => {
    freeswitch.variables = { offhook_trunk: 'carrier' }
    const caller = phone.call('+15550100')
    const { leg, session, ...said } = await arrived.promise
    session.ring()
    await caller.ringing
    session.reject(486)

    expect(said).toMatchObject({ called: '+15550100', trunk: 'carrier', caller: { number: '1001' } })
    expect(await caller.ended).toMatchObject({ how: 'rejected', status: 486 })
    expect(await leg.ended).toMatchObject({ by: 'local', how: 'rejected', status: 486 })
    await nothingLeft()
  })

  it('are given up by the caller', async () => {
    const caller = phone.call('+15550100')
    const { leg, session } = await arrived.promise
    session.ring()
    await caller.ringing
    caller.hangup()

    expect(await leg.ended).toMatchObject({ by: 'remote', how: 'cancel' })
    await nothingLeft()
  })

  it('are answered, and hung up from here', async () => {
    const caller = phone.call('+15550100')
    const { leg, session, media } = await arrived.promise
    session.accept(media)
    await Promise.all([caller.answered, leg.mediaReady])
    leg.session.hangup()

    expect(await caller.ended).toMatchObject({ by: 'remote', how: 'bye' })
    expect(await leg.ended).toMatchObject({ by: 'local', how: 'bye' })
    await nothingLeft()
  })

  it('go out, ring, and tell the status that they were refused with', async () => {
    const { ringing, ended } = await dial()
    const call = await phone.nextCall()
    call.ring()
    await ringing
    call.refuse(403)

    expect(call.remote).toEqual({ user: '+15550100', name: 'Front Desk' })
    expect(call.header('X-Account')).toBe('7 8')
    expect(await ended).toMatchObject({ by: 'remote', how: 'rejected', status: 403 })
    await nothingLeft()
  })

  it('go out, are answered, and end with the other side', async () => {
    const { accepted, ended } = await dial()
    const call = await phone.nextCall()
    await call.answer()
    await accepted
    call.hangup()

    expect(await ended).toMatchObject({ by: 'remote', how: 'bye', q850: 16 })
    await nothingLeft()
  })

  it('were answered where the other side hangs up at once', async () => {
    const { accepted, ended } = await dial()
    const call = await phone.nextCall()
    await call.answer()
    call.hangup()

    await accepted
    expect(await ended).toMatchObject({ by: 'remote', how: 'bye', q850: 16 })
    await nothingLeft()
  })

  it('go out, send early audio, and are answered after', async () => {
    const { leg, early, accepted } = await dial()
    const call = await phone.nextCall()
    call.progress()
    await early
    await call.answer()
    await Promise.all([accepted, leg.mediaReady])
    leg.session.hangup()

    expect(await call.ended).toMatchObject({ by: 'remote', how: 'bye' })
    await nothingLeft()
  })

  it('say that the keys of a phone are sounds, where they are', async () => {
    const shop = await PhoneShop.open({ rtpPorts: await freeRange(20) })
    scope.add('old phone', () => shop.close())
    const old = await shop.phone({
      ...{ username: '2002', server: `127.0.0.1:${freeswitch.sipPort}`, telephoneEvent: false },
    })
    await old.register()
    const { leg, accepted } = await dial('user/2002')
    const call = await old.nextCall()
    await call.answer()
    await accepted

    expect(leg.media).toMatchObject({ codec: 'PCMU' })
    expect(leg.media?.telephoneEvent).toBeUndefined()
    call.hangup()
    await leg.ended
    await nothingLeft()
  })

  it('are given up before they are answered', async () => {
    const { leg, ended } = await dial()
    const call = await phone.nextCall()
    leg.session.hangup()

    expect(await call.ended).toMatchObject({ how: 'cancel' })
    expect(await ended).toMatchObject({ by: 'local', how: 'cancel' })
    await nothingLeft()
  })

  it('fail where there is nobody to be called, for which FreeSWITCH has no channel', async () => {
    const { ended } = await dial('user/1009')

    expect(await ended).toMatchObject({ by: 'remote', how: 'rejected', status: 480, text: 'USER_NOT_REGISTERED' })
    await nothingLeft()
  })

  it('go on while the line is away, and end when they ended meanwhile', async () => {
    const { leg, accepted, ended } = await dial()
    const call = await phone.nextCall()
    await call.answer()
    await accepted
    line.cut()
    await eventually(
      () => by.away(),
      (why) => why !== undefined,
    )
    expect(by.away()).toMatch(/^FreeSWITCH at 127\.0\.0\.1:\d+ cannot be reached: /)
    await expect(dial()).rejects.toThrow(/cannot be reached/)
    call.hangup()
    await call.ended
    line.mend()

    expect(await ended).toMatchObject({ by: 'network', text: 'it ended while FreeSWITCH could not be reached' })
    await leg.ended
    await nothingLeft()
  })

  it('of an earlier run are hung up when the line is there again, and no others', async () => {
    line.cut()
    await eventually(
      () => by.away(),
      (why) => why !== undefined,
    )
    const access = { host: '127.0.0.1', port: freeswitch.eslPort, password }
    const earlier = new Connection({
      ...{
        access,
        family: 4,
        clock: systemClock,
        scope,
        log: silentLogger,
        onEvent() {},
        reconcile: async () => () => {},
      },
    })
    await earlier.open()
    const place = async (id: string) => {
      await earlier.begin(originate({ id, target: 'user/1001', variables: [] }))
      const call = await phone.nextCall()
      await call.answer()
      return call
    }
    const own = await place('offhook-call-earlier-1')
    const other = await place('somebody-else')
    line.mend()

    expect(await own.ended).toMatchObject({ by: 'remote', how: 'bye' })
    expect(freeswitch.channels).toEqual(['somebody-else'])
    other.hangup()
    await other.ended
    await nothingLeft()
  })

  it('end when they are hung up here while the line is away', async () => {
    const { accepted, leg } = await dial()
    const call = await phone.nextCall()
    await call.answer()
    await accepted
    line.cut()
    await eventually(
      () => by.away(),
      (why) => why !== undefined,
    )
    // Nothing can be told to FreeSWITCH; its channel for the audio ends, and what is bridged with that.
    leg.session.hangup()
    await leg.ended
    line.mend()

    expect(await call.ended).toMatchObject({ by: 'remote', how: 'bye' })
    await nothingLeft()
  })

  it('are given back to the dialplan where FreeSWITCH cannot be told anything', async () => {
    line.cut()
    await eventually(
      () => by.away(),
      (why) => why !== undefined,
    )
    const caller = phone.call('+15550100')

    // What the scripted dialplan has behind `socket`.
    expect(await caller.ended).toMatchObject({ how: 'rejected', status: 503 })
    await nothingLeft()
  })

  it('are none where somebody else says so', async () => {
    const stranger = connect(by.port, '127.0.0.1')
    let asked = ''
    stranger.on('data', (chunk) => {
      asked += chunk.toString()
      stranger.write(
        'Content-Type: command/reply\nReply-Text: +OK\nUnique-ID: made-up\nCaller-Destination-Number: 1\n\n',
      )
    })
    await new Promise((resolve) => stranger.once('close', resolve))

    // The dialplan of who connected goes on; nobody was told of a call.
    expect(asked).toBe('connect\n\nresume\n\n')
    await nothingLeft()
  })
})
