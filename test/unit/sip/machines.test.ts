import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildResponse, type SipResponse } from '../../../src/sip/index.ts'
import { type ClientInviteState, clientInvite } from '../../../src/sip/transaction/client-invite.ts'
import { type ClientNonInviteState, clientNonInvite } from '../../../src/sip/transaction/client-non-invite.ts'
import type {
  ClientEffect,
  ClientEvent,
  ServerEffect,
  ServerEvent,
  Step,
  Wire,
} from '../../../src/sip/transaction/effect.ts'
import { type ServerInviteState, serverInvite } from '../../../src/sip/transaction/server-invite.ts'
import { type ServerNonInviteState, serverNonInvite } from '../../../src/sip/transaction/server-non-invite.ts'
import { defaultTimes, type TimerName, timerMs } from '../../../src/sip/transaction/timers.ts'
import { request } from './layer-kit.ts'

const udp: Wire = { reliable: false, times: defaultTimes }
const tcp: Wire = { reliable: true, times: defaultTimes }
const invite = request('INVITE')
const ack = request('ACK')

// Events and effects in short words, as the arrows of the figures are labelled.
const response = (status: number): SipResponse => buildResponse(invite, status)
function clientEvent(word: string): ClientEvent {
  if (/^\d+$/.test(word)) return { kind: 'response', response: response(Number(word)) }
  if (word === 'start' || word === 'cancel') return { kind: word }
  return word === 'error' ? { kind: 'transportError', error: 'gone' } : { kind: 'timer', timer: word as TimerName }
}
function serverEvent(word: string): ServerEvent {
  if (/^\d+$/.test(word)) return { kind: 'respond', response: response(Number(word)) }
  if (word === 'start' || word === 'again') return { kind: word }
  if (word === 'ack') return { kind: 'ack', ack }
  return word === 'error' ? { kind: 'transportError', error: 'gone' } : { kind: 'timer', timer: word as TimerName }
}
function effectWord(effect: ClientEffect | ServerEffect): string {
  switch (effect.kind) {
    case 'startTimer':
      return `${effect.timer}=${effect.ms}`
    case 'stopTimer':
      return `-${effect.timer}`
    case 'send':
      return 'response' in effect && effect.what === 'response'
        ? `send ${effect.response.status}`
        : `send ${effect.what}`
    case 'deliver':
      return 'response' in effect ? `deliver ${effect.response.status}` : `deliver ${effect.what}`
    case 'end':
      return 'end'
  }
}

type Row = readonly [state: string, event: string, next: string, effects: string]

/** Runs a table of arrows, each from a state that a path of events has reached. */
function table<S extends { name: string }, Ev, Ef extends ClientEffect | ServerEffect>(
  machine: (state: S, event: Ev, wire: Wire) => Step<S, Ef>,
  initial: S,
  read: (word: string) => Ev,
  paths: Readonly<Record<string, string>>,
  wire: Wire,
  rows: readonly Row[],
): void {
  it.each(rows)('%s, %s -> %s: %s', (name, event, next, effects) => {
    let state = initial
    for (const word of (paths[name] ?? '').split(' ').filter(Boolean)) state = machine(state, read(word), wire).state

    const step = machine(state, read(event), wire)

    expect(state.name).toBe(name.split(',')[0])
    expect(step.state.name).toBe(next)
    expect(step.effects.map(effectWord).join(', ')).toBe(effects)
  })
}

describe('client INVITE (RFC 3261 figure 5, RFC 6026 §8.4)', () => {
  const paths = {
    calling: 'start',
    'calling, third A': 'start A A',
    'calling, cancelled': 'start cancel',
    proceeding: 'start 180',
    'proceeding, cancelled': 'start 180 cancel',
    completed: 'start 486',
    accepted: 'start 200',
    terminated: 'start error',
  }
  const initial: ClientInviteState = { name: 'initial' }
  describe('unreliable', () =>
    table(clientInvite, initial, clientEvent, paths, udp, [
      ['initial', 'start', 'calling', 'send request, A=500, B=32000'],
      ['calling', 'A', 'calling', 'send request, A=1000'],
      ['calling, third A', 'A', 'calling', 'send request, A=4000'],
      ['calling', 'B', 'terminated', '-A, deliver timeout, end'],
      ['calling', 'error', 'terminated', '-A, -B, deliver transport, end'],
      ['calling', '100', 'proceeding', '-A, -B, deliver 100'],
      ['calling', '200', 'accepted', '-A, -B, deliver 200, M=32000'],
      ['calling', '486', 'completed', '-A, -B, deliver 486, send ack, D=32000'],
      ['calling', 'cancel', 'calling', ''],
      ['calling, cancelled', '180', 'proceeding', '-A, -B, deliver 180, send cancel, cancel=32000'],
      ['calling, cancelled', 'B', 'terminated', '-A, deliver cancelled, end'],
      ['proceeding', '183', 'proceeding', 'deliver 183'],
      ['proceeding', '200', 'accepted', 'deliver 200, M=32000'],
      ['proceeding', '603', 'completed', 'deliver 603, send ack, D=32000'],
      ['proceeding', 'error', 'proceeding', ''],
      ['proceeding', 'cancel', 'proceeding', 'send cancel, cancel=32000'],
      ['proceeding, cancelled', 'cancel', 'proceeding', ''],
      ['proceeding, cancelled', '180', 'proceeding', 'deliver 180'],
      ['proceeding, cancelled', '487', 'completed', '-cancel, deliver 487, send ack, D=32000'],
      ['proceeding, cancelled', '200', 'accepted', '-cancel, deliver 200, M=32000'],
      ['proceeding, cancelled', 'cancel', 'proceeding', ''],
      ['completed', '486', 'completed', 'send ack'],
      ['completed', '200', 'completed', ''],
      ['completed', '180', 'completed', ''],
      ['completed', 'D', 'terminated', 'end'],
      ['completed', 'error', 'terminated', '-D, deliver transport, end'],
      ['accepted', '200', 'accepted', 'deliver 200'],
      ['accepted', '180', 'accepted', ''],
      ['accepted', '486', 'accepted', ''],
      ['accepted', 'M', 'terminated', 'end'],
      ['terminated', '200', 'terminated', ''],
    ]))
  describe('reliable', () =>
    table(clientInvite, initial, clientEvent, paths, tcp, [
      ['initial', 'start', 'calling', 'send request, B=32000'],
      ['calling', '486', 'terminated', '-A, -B, deliver 486, send ack, end'],
      ['calling', '200', 'accepted', '-A, -B, deliver 200, M=32000'],
    ]))
})

describe('client non-INVITE (figure 6)', () => {
  const paths = {
    trying: 'start',
    'trying, fourth E': 'start E E E',
    proceeding: 'start 100',
    completed: 'start 200',
    terminated: 'start F',
  }
  const initial: ClientNonInviteState = { name: 'initial' }
  describe('unreliable', () =>
    table(clientNonInvite, initial, clientEvent, paths, udp, [
      ['initial', 'start', 'trying', 'send request, E=500, F=32000'],
      ['trying', 'E', 'trying', 'send request, E=1000'],
      ['trying, fourth E', 'E', 'trying', 'send request, E=4000'],
      ['trying', 'F', 'terminated', '-E, deliver timeout, end'],
      ['trying', 'error', 'terminated', '-E, -F, deliver transport, end'],
      ['trying', '100', 'proceeding', 'deliver 100'],
      ['trying', '404', 'completed', '-E, -F, deliver 404, K=5000'],
      ['proceeding', 'E', 'proceeding', 'send request, E=4000'],
      ['proceeding', 'F', 'terminated', '-E, deliver timeout, end'],
      ['proceeding', 'error', 'terminated', '-E, -F, deliver transport, end'],
      ['proceeding', '100', 'proceeding', 'deliver 100'],
      ['proceeding', '200', 'completed', '-E, -F, deliver 200, K=5000'],
      ['completed', '200', 'completed', ''],
      ['completed', 'K', 'terminated', 'end'],
      ['terminated', '200', 'terminated', ''],
    ]))
  describe('reliable', () =>
    table(clientNonInvite, initial, clientEvent, paths, tcp, [
      ['initial', 'start', 'trying', 'send request, F=32000'],
      ['trying', '200', 'terminated', '-F, deliver 200, end'],
      ['trying', 'F', 'terminated', 'deliver timeout, end'],
    ]))
})

describe('server INVITE (figure 7, RFC 6026 §8.7)', () => {
  const paths = {
    proceeding: 'start',
    'proceeding, answered': 'start 180',
    completed: 'start 486',
    'completed, fourth G': 'start 486 G G G',
    accepted: 'start 200',
    confirmed: 'start 486 ack',
    terminated: 'start 486 H',
  }
  const initial: ServerInviteState = { name: 'initial' }
  describe('unreliable', () =>
    table(serverInvite, initial, serverEvent, paths, udp, [
      ['initial', 'start', 'proceeding', 'trying=200, deliver request'],
      ['proceeding', 'trying', 'proceeding', 'send trying'],
      ['proceeding', 'again', 'proceeding', ''],
      ['proceeding', '180', 'proceeding', '-trying, send 180'],
      ['proceeding, answered', 'again', 'proceeding', 'send last'],
      ['proceeding, answered', '183', 'proceeding', 'send 183'],
      ['proceeding, answered', 'trying', 'proceeding', ''],
      ['proceeding', 'error', 'proceeding', 'deliver transport'],
      ['proceeding', '200', 'accepted', '-trying, send 200, L=32000'],
      ['proceeding, answered', '486', 'completed', 'send 486, G=500, H=32000'],
      ['completed', 'again', 'completed', 'send last'],
      ['completed', 'G', 'completed', 'send last, G=1000'],
      ['completed, fourth G', 'G', 'completed', 'send last, G=4000'],
      ['completed', 'H', 'terminated', '-G, deliver no-ack, end'],
      ['completed', 'ack', 'confirmed', '-G, -H, I=5000'],
      ['completed', 'error', 'completed', 'deliver transport'],
      ['completed', '200', 'completed', ''],
      ['confirmed', 'again', 'confirmed', ''],
      ['confirmed', 'ack', 'confirmed', ''],
      ['confirmed', 'I', 'terminated', 'end'],
      ['accepted', 'again', 'accepted', ''],
      ['accepted', 'ack', 'accepted', 'deliver ack'],
      ['accepted', '200', 'accepted', 'send 200'],
      ['accepted', '486', 'accepted', ''],
      ['accepted', 'error', 'accepted', 'deliver transport'],
      ['accepted', 'L', 'terminated', 'end'],
      ['terminated', '200', 'terminated', ''],
    ]))
  describe('reliable', () =>
    table(serverInvite, initial, serverEvent, paths, tcp, [
      ['proceeding', '486', 'completed', '-trying, send 486, H=32000'],
      ['completed', 'ack', 'terminated', '-H, end'],
      ['completed', 'H', 'terminated', 'deliver no-ack, end'],
    ]))
})

describe('server non-INVITE (figure 8)', () => {
  const paths = { trying: 'start', proceeding: 'start 100', completed: 'start 200', terminated: 'start 200 J' }
  const initial: ServerNonInviteState = { name: 'initial' }
  describe('unreliable', () =>
    table(serverNonInvite, initial, serverEvent, paths, udp, [
      ['initial', 'start', 'trying', 'answer=32000, deliver request'],
      ['trying', 'again', 'trying', ''],
      ['trying', 'error', 'trying', ''],
      ['trying', '100', 'proceeding', 'send 100'],
      ['trying', '200', 'completed', '-answer, send 200, J=32000'],
      ['trying', 'answer', 'terminated', 'deliver no-answer, end'],
      ['proceeding', 'again', 'proceeding', 'send last'],
      ['proceeding', '183', 'proceeding', 'send 183'],
      ['proceeding', '200', 'completed', '-answer, send 200, J=32000'],
      ['proceeding', 'error', 'terminated', '-answer, deliver transport, end'],
      ['completed', 'again', 'completed', 'send last'],
      ['completed', '404', 'completed', ''],
      ['completed', 'error', 'terminated', '-J, deliver transport, end'],
      ['completed', 'J', 'terminated', 'end'],
      ['terminated', 'again', 'terminated', ''],
    ]))
  describe('reliable', () =>
    table(serverNonInvite, initial, serverEvent, paths, tcp, [
      ['trying', '200', 'terminated', '-answer, send 200, end'],
    ]))
})

describe('no order of events leaves a timer behind, and every wait ends', () => {
  const words = ['100', '180', '200', '302', '486', '503', '603', 'again', 'ack', 'cancel', 'error', 'timer']
  const runs = fc.record({
    reliable: fc.boolean(),
    events: fc.array(fc.tuple(fc.constantFrom(...words), fc.nat(5)), { maxLength: 25 }),
  })

  /** Timers fire only when they run; after the events all that run fire until none is left. */
  function simulate<S extends { name: string }, Ev, Ef extends ClientEffect | ServerEffect>(
    machine: (state: S, event: Ev, wire: Wire) => Step<S, Ef>,
    initial: S,
    read: (word: string) => Ev | undefined,
    { reliable, events }: { reliable: boolean; events: readonly (readonly [string, number])[] },
  ): void {
    const running = new Set<string>()
    let state = initial
    let ends = 0
    const feed = (word: string): void => {
      const event = read(word)
      if (event === undefined) return
      const step = machine(state, event, { reliable, times: defaultTimes })
      state = step.state
      for (const effect of step.effects) {
        if (effect.kind === 'startTimer') {
          expect(effect.ms).toBeGreaterThan(0)
          running.add(effect.timer)
        }
        if (effect.kind === 'stopTimer') running.delete(effect.timer)
        if (effect.kind === 'end') ends++
      }
      if (state.name === 'terminated') expect([...running]).toEqual([])
      expect(ends).toBe(state.name === 'terminated' ? 1 : 0)
    }
    const fire = (timer: string): void => {
      running.delete(timer)
      feed(timer)
    }
    feed('start')
    for (const [word, pick] of events) {
      if (word !== 'timer') feed(word)
      else if (running.size > 0) fire([...running][pick % running.size]!)
    }
    // Retransmissions stop when what limits them fires; in Proceeding of an INVITE nothing runs, the user decides.
    const limits = ['B', 'D', 'F', 'H', 'I', 'J', 'K', 'L', 'M', 'cancel', 'answer', 'trying']
    for (let limit = limits.find((t) => running.has(t)); limit; limit = limits.find((t) => running.has(t))) fire(limit)
    expect(['terminated', 'proceeding']).toContain(state.name)
    expect([...running]).toEqual([])
  }
  const forClient = (word: string): ClientEvent | undefined =>
    word === 'again' || word === 'ack' ? undefined : clientEvent(word)
  const forServer = (word: string): ServerEvent | undefined => (word === 'cancel' ? undefined : serverEvent(word))

  it('client INVITE', () => {
    fc.assert(
      fc.property(runs, (run) => simulate(clientInvite, { name: 'initial' } as ClientInviteState, forClient, run)),
    )
  })
  it('client non-INVITE', () => {
    fc.assert(
      fc.property(runs, (run) =>
        simulate(clientNonInvite, { name: 'initial' } as ClientNonInviteState, forClient, run),
      ),
    )
  })
  it('server INVITE', () => {
    fc.assert(
      fc.property(runs, (run) => simulate(serverInvite, { name: 'initial' } as ServerInviteState, forServer, run)),
    )
  })
  it('server non-INVITE', () => {
    fc.assert(
      fc.property(runs, (run) =>
        simulate(serverNonInvite, { name: 'initial' } as ServerNonInviteState, forServer, run),
      ),
    )
  })
})

describe('timers (RFC 3261 table 4)', () => {
  it.each([
    ['A', 500, 0],
    ['B', 32000, 32000],
    ['D', 32000, 0],
    ['E', 500, 0],
    ['F', 32000, 32000],
    ['G', 500, 0],
    ['H', 32000, 32000],
    ['I', 5000, 0],
    ['J', 32000, 0],
    ['K', 5000, 0],
    ['L', 32000, 32000],
    ['M', 32000, 32000],
  ] as const)('%s: %i ms unreliable, %i ms reliable', (timer, unreliable, reliable) => {
    expect([timerMs(timer, false, defaultTimes), timerMs(timer, true, defaultTimes)]).toEqual([unreliable, reliable])
  })
})
