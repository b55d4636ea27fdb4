import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { House, type ShownCall } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'

interface ShownAction {
  readonly block: string
  readonly state: string
  readonly result: Readonly<Record<string, unknown>> | null
  readonly error: { readonly code: string } | null
}
interface ShownFlow {
  readonly id: string
  readonly name: string
  readonly steps: readonly Readonly<Record<string, unknown>>[]
  readonly numbers: readonly string[]
}

describe('flows', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let house: House
  let made = 0

  beforeAll(async () => {
    house = await House.open({ scope })
  })
  afterAll(() => scope.close())

  const save = (steps: readonly unknown[]): Promise<ShownFlow> =>
    house.service.api('POST', '/v1/flows', { name: `Flow ${++made}`, steps })
  const assign = (number: string, assignment: unknown) =>
    house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, { assignment })
  const refusedFields = async (path: string, body: unknown): Promise<unknown> => {
    const { status, body: reply } = await house.service.request('POST', path, body)
    const { errors } = reply as { errors?: readonly { field: string }[] }
    return [status, errors?.map(({ field }) => field)]
  }

  /** A number whose calls follow these steps. */
  async function numberOf(steps: readonly unknown[]): Promise<string> {
    const { id } = await save(steps)
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    await assign(number, { kind: 'flow', flow: id })
    return number
  }

  async function calling(number: string): Promise<{ from: string; caller: PhoneCall }> {
    const from = house.stranger()
    return { from, caller: (await house.phone(from)).call(number) }
  }

  const actionsOf = async (call: ShownCall): Promise<readonly ShownAction[]> =>
    (await house.service.api<{ items: ShownAction[] }>('GET', `/v1/calls/${call.id}/actions`)).items

  it('lead a caller by keys to a recording, with each word heard', async () => {
    const number = await numberOf([
      { block: 'play', prompt: 'Welcome to the house of calls' },
      {
        name: 'ask',
        block: 'gather',
        prompt: { tone: 'dial' },
        maxDigits: 1,
        allowed: '12',
        branches: { 2: 'message' },
      },
      { block: 'play', prompt: 'That was not two', next: 'ask' },
      { name: 'message', block: 'record', maxSeconds: 20, stopOn: '#' },
      { block: 'hangup', message: 'Goodbye my friend' },
    ])
    const { from, caller } = await calling(number)
    await caller.answered
    const ear = caller.listen()
    await house.told(from, /step 1 came out as finished: on to step ask/)
    await caller.press('1')
    await house.told(from, /step ask came out as 1: on to step 3/)
    await house.told(from, /step 3 came out as finished: on to step ask/)
    await caller.press('2')
    await house.told(from, /step ask came out as 2: on to step message/)
    await caller.play(house.wav(tune(91, 1)))
    await caller.press('#')
    await caller.ended
    const heard = await ear.stop()

    const call = await house.endedCall(from)
    expect(call.end).toMatchObject({ code: 'completed' })
    const actions = await actionsOf(call)
    expect(actions.map(({ block }) => block)).toEqual(['play', 'gather', 'play', 'gather', 'record', 'hangup'])
    expect(actions.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'done'))
    expect(await house.saysIn(heard, 'Welcome to the house of calls')).toBeGreaterThan(0.7)
    expect(await house.saysIn(heard, 'That was not two')).toBeGreaterThan(0.7)
    expect(await house.saysIn(heard, 'Goodbye my friend')).toBeGreaterThan(0.7)
    const { url } = await house.service.api<{ url: string }>('GET', `/v1/recordings/${actions[4]?.result?.recording}`)
    expect(likeness(await house.download(url), tune(91, 1))).toBeGreaterThan(0.8)
  })

  it('go on by why a target did not answer, and put the caller through to the next', async () => {
    const [busy, bob] = [await house.signedIn(), await house.signedIn()]
    const number = await numberOf([
      { block: 'dial', targets: [{ to: busy.username, seconds: 10 }], branches: { busy: 'bob' }, next: 'end' },
      { name: 'bob', block: 'transfer', to: bob.username },
    ])
    const { from, caller } = await calling(number)
    ;(await busy.nextCall()).refuse(486)
    const callee = await bob.nextCall()
    await callee.answer()
    await caller.answered
    await house.told(from, /both sides hear each other/)
    const ear = callee.listen()
    await caller.play(house.wav(tune(92, 1)))
    expect(likeness(await ear.stop(), tune(92, 1))).toBeGreaterThan(0.9)
    callee.hangup()
    await caller.ended

    const call = await house.endedCall(from)
    expect(call.end).toMatchObject({ code: 'completed', by: 'callee' })
    expect(call.timeline.map(({ text }) => text)).toContain('step 1 came out as busy: on to step bob')
  })

  it('tell a caller whom nobody answered why', async () => {
    const number = await numberOf([{ block: 'dial', targets: [{ to: await house.extension(), seconds: 5 }] }])
    const { from, caller } = await calling(number)
    expect(await caller.ended).toMatchObject({ by: 'remote', status: 480 })
    expect((await house.endedCall(from)).end).toMatchObject({ code: 'not_registered' })
  })

  it('come round to one whom they cannot reach once a second, not as fast as they can', async () => {
    const to = await house.extension()
    const number = await numberOf([{ name: 'ring', block: 'dial', targets: [{ to, seconds: 5 }], next: 'ring' }])
    const { from, caller } = await calling(number)
    const { id } = await house.told(from, /step ring came out as not_registered/)
    const { items } = await house.service.until<{ items: readonly { startedAt: string }[] }>(
      `/v1/calls/${id}/actions`,
      ({ items: taken }) => taken.length >= 3,
    )
    caller.hangup()
    await caller.ended

    const [, second = 0, third = 0] = items.map(({ startedAt }) => Date.parse(startedAt))
    expect(third - second).toBeGreaterThan(900)
  })

  it('leave a prompt out that cannot be had, and end a call whose other blocks fail, unless a branch is for that', async () => {
    const gone = { url: 'http://127.0.0.1:9/gone.wav' }
    const number = await numberOf([
      { block: 'play', prompt: gone },
      { block: 'gather', prompt: gone, maxDigits: 1, branches: { failed: 'sorry' } },
      { name: 'sorry', block: 'play', prompt: { tone: 'beep', ms: 100 } },
      { block: 'gather', prompt: gone, maxDigits: 1 },
    ])
    const { from, caller } = await calling(number)
    await caller.ended

    const call = await house.endedCall(from)
    expect((await actionsOf(call)).map(({ state, error }) => error?.code ?? state)).toEqual([
      'url_not_allowed',
      'url_not_allowed',
      'done',
      'url_not_allowed',
    ])
    expect(call.end).toMatchObject({ code: 'failed', sentence: expect.stringMatching(/^step 4 of the flow failed/) })
  })

  it('run on a placed call, saved or given with it, or as a row of actions after which others are taken', async () => {
    const phone = await house.signedIn()
    const steps = [{ block: 'gather', maxDigits: 1, prompt: { tone: 'dial' } }, { block: 'hangup' }]
    const { id } = await save(steps)
    for (const flow of [id, { steps }]) {
      const call = await house.service.api<ShownCall>('POST', '/v1/calls', {
        from: '+15550100',
        to: phone.username,
        flow,
      })
      const ann = await phone.nextCall()
      await ann.answer()
      await house.service.until<ShownCall>(`/v1/calls/${call.id}`, ({ state }) => state === 'up')
      await ann.press('7')
      await ann.ended
      expect((await actionsOf(call))[0]).toMatchObject({ block: 'gather', result: { digits: '7' } })
    }

    const actions = [
      { block: 'play', prompt: { tone: 'beep', ms: 200 } },
      { block: 'gather', maxDigits: 1 },
    ]
    const call = await house.service.api<ShownCall>('POST', '/v1/calls', {
      from: '+15550100',
      to: phone.username,
      actions,
    })
    const ann = await phone.nextCall()
    await ann.answer()
    const path = `/v1/calls/${call.id}/actions`
    await house.service.until<{ items: ShownAction[] }>(path, ({ items }) => items.length === 2)
    const early = await house.service.request('POST', path, { block: 'play', prompt: 'x' })
    expect([early.status, early.body]).toMatchObject([409, { code: 'block_running' }])
    await ann.press('5')
    await house.service.until<{ items: ShownAction[] }>(path, ({ items }) => items[1]?.state === 'done')
    expect((await house.service.request('POST', path, { block: 'hangup' })).status).toBe(202)
    await ann.ended
  })

  it('are changed for calls to come, and not deleted while a number leads to them', async () => {
    const { id } = await save([{ block: 'wait', seconds: 600 }])
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    await assign(number, { kind: 'flow', flow: id })
    const first = await calling(number)
    await first.caller.ringing
    const changed = await house.service.api<ShownFlow>('PATCH', `/v1/flows/${id}`, {
      steps: [{ block: 'answer' }, { block: 'wait', seconds: 600 }],
    })
    const second = await calling(number)
    await second.caller.answered
    expect(changed.numbers).toEqual([number])
    expect((await house.callFrom(first.from)).state).toBe('ringing')
    first.caller.hangup()
    second.caller.hangup()
    await Promise.all([first.caller.ended, second.caller.ended])
    // Nothing of the pause is left: the call ends with its caller.
    expect((await house.endedCall(second.from)).end).toMatchObject({ by: 'caller' })

    const kept = await house.service.request('DELETE', `/v1/flows/${id}`)
    expect([kept.status, kept.body]).toMatchObject([409, { code: 'in_use', detail: expect.stringContaining(number) }])
    await assign(number, null)
    expect((await house.service.request('DELETE', `/v1/flows/${id}`)).status).toBe(204)
  })

  it('are refused when saved, with every fault and its place', async () => {
    expect(
      await refusedFields('/v1/flows', {
        name: 'Wrong',
        steps: [
          { block: 'gather', maxDigits: 1, branches: { 12: 'end', 1: 'nobody' } },
          { block: 'dial', targets: [{ to: 'nobody' }] },
          { block: 'transfer', to: '+19005551234' },
        ],
      }),
    ).toEqual([400, ['/steps/1/targets/0/to', '/steps/0/branches/1', '/steps/0/branches/12', '/steps/2/to']])
    const circle = { steps: [{ name: 'a', block: 'wait', seconds: 1, next: 'a' }] }
    expect(await refusedFields('/v1/flows/check', circle)).toEqual([400, ['/steps/0']])
    const [from, to] = ['+15550100', await house.extension()]
    expect(await refusedFields('/v1/calls', { from, to, flow: circle })).toEqual([400, ['/flow/steps/0']])
    expect(await refusedFields('/v1/calls', { from, to, app: 'flow' })).toEqual([400, ['/flow']])
    expect(await refusedFields('/v1/calls', { from, to, app: 'connect', actions: [{ block: 'stop' }] })).toEqual([
      400,
      ['/app'],
    ])
    expect(await refusedFields('/v1/calls', { from, to, flow: 'flw_1ka0b1w8004m2n8x5t9q3r7v' })).toEqual([
      400,
      ['/flow'],
    ])
    await save([{ block: 'hangup' }])
    const again = await house.service.request('POST', '/v1/flows', {
      name: `flow ${made}`,
      steps: [{ block: 'hangup' }],
    })
    expect([again.status, again.body]).toMatchObject([409, { code: 'conflict' }])
  })
})
