import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { run } from '../../src/cli/program.ts'
import { likeness, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import { House, type ShownCall } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { samplesOf } from '../kit/sound.ts'

interface ShownAction {
  readonly id: string
  readonly state: string
  readonly result: Readonly<Record<string, unknown>> | null
  readonly error: { readonly code: string; readonly sentence: string } | null
}
interface ShownMember {
  readonly call: string
  readonly muted: boolean
  readonly held: boolean
}
interface ShownConference {
  readonly id: string
  readonly name: string
  readonly startedAt: string | null
  readonly members: readonly ShownMember[]
}
interface ShownRecording {
  readonly id: string
  readonly state: string
  readonly url: string
}

const same = 0.8
const other = 0.5

describe('conferences by the API', { timeout: 40_000 }, () => {
  const scope = new Scope('test')
  let house: House

  beforeAll(async () => {
    house = await House.open({ scope })
  })
  afterAll(() => scope.close())

  const act = (call: string, body: unknown): Promise<ShownAction> =>
    house.service.api('POST', `/v1/calls/${call}/actions`, body)
  const over = (call: string, { id }: ShownAction): Promise<ShownAction> =>
    house.service.until(`/v1/calls/${call}/actions/${id}`, ({ state }) => state !== 'running')
  const done = async (call: string, body: unknown): Promise<ShownAction> => over(call, await act(call, body))
  const members = (name: string, count: number): Promise<ShownConference> =>
    house.service.until(`/v1/conferences/${name}`, ({ members }) => members.length === count)

  /** A call that we placed to a phone, which picked up. */
  async function placed(): Promise<{ readonly id: string; readonly phone: PhoneCall }> {
    const { username, nextCall } = await house
      .signedIn()
      .then((phone) => ({ username: phone.username, nextCall: () => phone.nextCall() }))
    const { id } = await house.service.api<ShownCall>('POST', '/v1/calls', {
      app: 'api',
      from: '+15550100',
      to: username,
    })
    const phone = await nextCall()
    await phone.answer()
    await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'up')
    return { id, phone }
  }

  async function heard(seed: number, speaker: PhoneCall, listener: PhoneCall): Promise<Int16Array> {
    const ear = listener.listen()
    await speaker.play(house.wav(tune(seed, 1)))
    return ear.stop()
  }

  async function offhook(...args: string[]): Promise<string> {
    let said = ''
    const hear = {
      write(text: string) {
        said += text
        return true
      },
    }
    const { url, token } = house.service
    const env = { OFFHOOK_URL: url, OFFHOOK_TOKEN: token }
    const code = await run(args, { out: hear, err: hear, env, signal: new AbortController().signal })
    expect([code, said]).toEqual([0, said])
    return said
  }

  it('are joined by actions, shown, steered, recorded and ended', async () => {
    const [a, b] = [await placed(), await placed()]
    const joinedByA = await act(a.id, { block: 'join', room: 'Stand up!', keys: ['1'] })
    const name = encodeURIComponent('Stand up!')
    await members(name, 1)
    const joinedByB = await act(b.id, { block: 'join', room: 'Stand up!' })
    const shown = await members(name, 2)
    expect(shown.members.map(({ call }) => call)).toEqual([a.id, b.id])
    expect(shown.startedAt).not.toBeNull()
    expect(likeness(await heard(11, a.phone, b.phone), tune(11, 1))).toBeGreaterThan(same)

    const member = `/v1/conferences/${name}/members/${a.id}`
    expect(await house.service.api('PATCH', member, { muted: true })).toMatchObject({ call: a.id, muted: true })
    expect(likeness(await heard(12, a.phone, b.phone), tune(12, 1))).toBeLessThan(other)
    await house.service.api('PATCH', member, { muted: false })

    const recording = await house.service.api<ShownRecording>('POST', `/v1/conferences/${name}/recordings`, {})
    expect(recording).toMatchObject({ state: 'recording', conference: 'Stand up!', call: null })
    await heard(13, b.phone, a.phone)
    const ear = a.phone.listen()
    await house.service.api('POST', `/v1/conferences/${name}/play`, { prompt: 'Five minutes left for everybody' })
    // So long that it is said when this is over.
    await b.phone.play(house.wav(new Int16Array(8000 * 3)))
    const path = `/v1/conferences/${shown.id}/recordings/${recording.id}/stop`
    const kept = await house.service.api<ShownRecording>('POST', path, {})
    expect(kept.state).toBe('kept')
    const samples = await house.download(kept.url)
    expect(likeness(samples, tune(13, 1))).toBeGreaterThan(same)
    for (const audio of [samples, await ear.stop()])
      expect(await house.saysIn(audio, 'Five minutes left for everybody')).toBeGreaterThan(0.7)

    await house.service.request('DELETE', member)
    expect((await over(a.id, joinedByA)).result).toMatchObject({ room: 'Stand up!', end: 'kicked' })
    expect((await done(a.id, { block: 'play', prompt: { tone: 'beep' } })).state).toBe('done')
    await house.service.request('DELETE', `/v1/conferences/${name}`)
    expect((await over(b.id, joinedByB)).result).toMatchObject({ end: 'room_ended' })
    expect(await house.service.request('GET', `/v1/conferences/${name}`)).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    })
    for (const { id, phone } of [a, b]) {
      await house.service.request('POST', `/v1/calls/${id}/hangup`)
      await phone.ended
    }
  })

  it('are told of as they happen, and steered from the command line', async () => {
    const reader = await fetch(`${house.service.url}/v1/events`, {
      headers: { authorization: `Bearer ${house.service.token}` },
    })
    let told = ''
    const reading = (async () => {
      const decoder = new TextDecoder()
      for await (const chunk of reader.body ?? []) told += decoder.decode(chunk, { stream: true })
    })()
    const has = async (type: string): Promise<void> => {
      await eventually(
        () => told.includes(`event: ${type}\n`),
        (found) => found,
      )
      expect(told).toContain(`event: ${type}\n`)
    }

    const [a, b] = [await placed(), await placed()]
    const waiting = await act(a.id, { block: 'join', room: 'desk', startOnEnter: false, waitMusic: { tone: 'dial' } })
    await members('desk', 1)
    expect(await offhook('conference', 'list')).toMatch(/desk +waiting +1 in it/)
    const joined = await act(b.id, { block: 'join', room: 'desk', endOnExit: true, keys: ['9'] })
    await members('desk', 2)
    expect(await offhook('conference', 'hold', 'desk', a.id)).toContain('is on hold')
    expect(await offhook('conference', 'show', 'desk')).toMatch(new RegExp(`${a.id} .*on hold`))
    await offhook('conference', 'unhold', 'desk', a.id)
    await offhook('conference', 'say', 'desk', 'Hello everybody')
    await b.phone.press('9')
    await heard(21, b.phone, a.phone)
    await has('conference.keys')
    await has('conference.speaking')
    b.phone.hangup()
    expect((await over(a.id, waiting)).result).toMatchObject({ end: 'room_ended' })
    expect(await over(b.id, joined)).toMatchObject({ state: 'failed', error: { code: 'call_ended' } })
    for (const type of ['started', 'entered', 'changed', 'left', 'ended']) await has(`conference.${type}`)
    expect(await offhook('conference', 'list')).toBe('No conferences now.\n')

    await house.service.request('POST', `/v1/calls/${a.id}/hangup`)
    await Promise.all([a.phone.ended, b.phone.ended])
    reading.catch(() => 'expected: the service closes the stream at its end')
  })

  it('take transferred calls, which are monitored all the way', async () => {
    const [a, b] = [await placed(), await placed()]
    const monitored = await done(a.id, { block: 'monitor', channels: 'stereo' })
    expect(monitored).toMatchObject({ state: 'done', result: { recording: expect.stringMatching(/^rec_/) } })
    expect(await done(a.id, { block: 'monitor' })).toMatchObject({ state: 'failed', error: { code: 'block_running' } })
    await act(a.id, { block: 'transfer', to: { room: '' } })
    const { items } = await house.service.until<{ items: ShownConference[] }>(
      '/v1/conferences',
      ({ items }) => items.length === 1,
    )
    const name = items[0]?.name ?? ''
    expect(name).toMatch(/^room_/)
    await act(b.id, { block: 'join', room: name })
    await members(name, 2)
    await heard(31, a.phone, b.phone)
    await heard(32, b.phone, a.phone)
    const stopped = await done(a.id, { block: 'stop_monitor' })
    expect(stopped.result).toMatchObject({ recording: monitored.result?.recording, end: 'stopped' })
    expect(await done(a.id, { block: 'stop_monitor' })).toMatchObject({ state: 'failed', error: { code: 'not_found' } })
    await house.service.request('DELETE', `/v1/conferences/${name}`)
    expect(await a.phone.ended).toMatchObject({ how: 'bye', by: 'remote' })

    const { url } = await house.service.api<ShownRecording>('GET', `/v1/recordings/${stopped.result?.recording}`)
    const both = samplesOf(Buffer.from(await (await fetch(url)).arrayBuffer()))
    const [left, right] = [0, 1].map((side) => both.filter((_, i) => i % 2 === side))
    expect(likeness(left as Int16Array, tune(31, 1))).toBeGreaterThan(same)
    expect(likeness(right as Int16Array, tune(32, 1))).toBeGreaterThan(same)
    expect(likeness(left as Int16Array, tune(32, 1))).toBeLessThan(other)
    await house.service.request('POST', `/v1/calls/${b.id}/hangup`)
    await b.phone.ended
  })

  it('refuse what is not there, by name', async () => {
    const { id, phone } = await placed()
    const refused = async (method: string, path: string, body?: unknown) => {
      const reply = await house.service.request(method, path, body)
      return [reply.status, (reply.body as { code: string }).code]
    }
    await act(id, { block: 'join', room: 'alone' })
    await members('alone', 1)
    const stranger = `call_${id.slice(5, 15)}00000000000000`

    expect(await refused('GET', '/v1/conferences/nobody')).toEqual([404, 'not_found'])
    expect(await refused('POST', '/v1/conferences/nobody/recordings', {})).toEqual([404, 'not_found'])
    expect(await refused('PATCH', `/v1/conferences/alone/members/${stranger}`, {})).toEqual([404, 'not_found'])
    expect(await refused('DELETE', `/v1/conferences/alone/members/${stranger}`)).toEqual([404, 'not_found'])
    expect(await refused('PATCH', `/v1/conferences/alone/members/${id}`, { loud: true })).toEqual([
      400,
      'invalid_request',
    ])
    expect(await refused('POST', '/v1/conferences/alone/play', { prompt: 'x', member: stranger })).toEqual([
      404,
      'not_found',
    ])
    expect(await refused('POST', `/v1/calls/${id}/actions`, { block: 'join', room: '' })).toEqual([
      400,
      'invalid_request',
    ])
    expect(await refused('POST', `/v1/calls/${id}/actions`, { block: 'join', room: 'x' })).toEqual([
      409,
      'block_running',
    ])
    await house.service.request('POST', `/v1/calls/${id}/hangup`)
    await phone.ended
  })
})
