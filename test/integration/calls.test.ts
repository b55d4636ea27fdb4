import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import { House, type ShownCall } from '../kit/house.ts'

describe('calls of the running service', { timeout: 30_000 }, () => {
  const scope = new Scope('test')
  let house: House

  beforeAll(async () => {
    house = await House.open({ scope })
  })
  afterAll(() => scope.close())

  const place = (from: string, to: string, seconds = 20) =>
    house.service.api<ShownCall>('POST', '/v1/calls', { from, to, seconds })
  const ended = (id: string) => house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'ended')

  it('placed by the API: one is rung, then the other, they talk, and the API hangs up', async () => {
    const [ann, bob] = [await house.signedIn(), await house.signedIn({ transport: 'tcp' })]
    const { id } = await place(ann.username, bob.username)
    const atAnn = await ann.nextCall()
    await atAnn.answer()
    const atBob = await bob.nextCall()
    await atBob.answer()
    await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ timeline }) =>
      timeline.some(({ text }) => /both sides hear each other/.test(text)),
    )
    const [annHears, bobHears] = [atAnn.listen(), atBob.listen()]
    await Promise.all([atAnn.play(house.wav(tune(51, 1))), atBob.play(house.wav(tune(52, 1)))])
    const [heardByAnn, heardByBob] = [await annHears.stop(), await bobHears.stop()]
    await house.service.api('POST', `/v1/calls/${id}/hangup`)
    const ends = [await atAnn.ended, await atBob.ended]

    expect([atAnn.remote.user, atBob.remote.user]).toEqual([bob.username, ann.username])
    expect(likeness(heardByBob, tune(51, 1))).toBeGreaterThan(0.95)
    expect(likeness(heardByAnn, tune(52, 1))).toBeGreaterThan(0.95)
    expect(ends).toMatchObject([
      { by: 'remote', how: 'bye' },
      { by: 'remote', how: 'bye' },
    ])
    expect((await ended(id)).end).toMatchObject({
      code: 'completed',
      by: 'operator',
      sentence: 'the call was hung up through the API',
    })
    const again = await house.service.request('POST', `/v1/calls/${id}/hangup`)
    expect([again.status, again.body]).toMatchObject([409, { code: 'call_ended' }])
  })

  it('placed and given up while it rings', async () => {
    const [ann, bob] = [await house.signedIn(), await house.signedIn()]
    const { id } = await place(ann.username, bob.username)
    const atAnn = await ann.nextCall()
    atAnn.ring()
    await house.service.api('POST', `/v1/calls/${id}/hangup`)

    expect(await atAnn.ended).toMatchObject({ by: 'remote', how: 'cancel' })
    expect((await ended(id)).end).toMatchObject({
      code: 'canceled',
      by: 'operator',
      sentence: `the call to ${ann.username} was given up before it was answered`,
    })
  })

  it('placed, and the first one is busy: the other is not rung', async () => {
    const [ann, bob] = [await house.signedIn(), await house.signedIn()]
    const { id } = await place(ann.username, bob.username)
    ;(await ann.nextCall()).refuse(486)

    const call = await ended(id)
    expect(call.end).toMatchObject({
      code: 'busy',
      by: 'callee',
      sip: 486,
      sentence: `${ann.username} is busy (486 Busy Here)`,
    })
    expect(call.timeline.map(({ text }) => text).join('\n')).not.toContain(`INVITE sip:${bob.username}`)
  })

  it('cannot be placed where nobody can be reached, and it says which field', async () => {
    const away = await house.extension()
    const ann = await house.signedIn()
    const refusal = async (from: string, to: string) =>
      (await house.service.request('POST', '/v1/calls', { from, to })).body

    expect(await refusal(away, ann.username)).toMatchObject({
      code: 'not_reachable',
      status: 409,
      detail: `No phone is signed in as ${away}.`,
    })
    expect(await refusal(ann.username, '+15550142')).toMatchObject({
      detail: 'No trunk carries calls to +15550142; add one with "default": true.',
    })
  })

  it.each(['udp', 'tcp'] as const)('a wrong password is refused by %s, and written down', async (transport) => {
    const username = await house.extension()
    const phone = await house.phone(username, { password: 'wrong', transport })
    const { number } = await house.forward({ targets: [{ to: username, seconds: 10 }] })

    expect(await phone.call(number).ended).toMatchObject({ how: 'rejected', status: 401 })
    const { items } = await house.service.until<{ items: ShownCall[] }>(
      `/v1/calls?code=not_allowed&to=${encodeURIComponent(number)}`,
      ({ items }) => items.length === 1,
    )
    const [call] = items
    expect(call?.end).toMatchObject({
      code: 'not_allowed',
      by: 'service',
      sip: 401,
      sentence: `the password for "${username}" from 127.0.0.1 was wrong, or there is no such extension`,
    })
    expect(await phone.register()).toBe(401)
  })

  it('an unknown number is refused, and the nearest one is named', async () => {
    const ann = await house.extension()
    const { number } = await house.forward({ targets: [{ to: ann, seconds: 10 }] })
    const stranger = house.stranger()
    const wanted = `+44${number.slice(2)}`

    expect(await (await house.phone(stranger)).call(wanted).ended).toMatchObject({ how: 'rejected', status: 404 })
    expect((await house.endedCall(stranger)).end).toMatchObject({
      code: 'not_found',
      by: 'service',
      sip: 404,
      sentence: expect.stringMatching(new RegExp(`^nobody owns \\${wanted}`)),
    })
    // The plus alone left out is not even refused.
    const other = house.stranger()
    const call = (await house.phone(other)).call(number.slice(1))
    await call.answered
    call.hangup()
    expect((await house.endedCall(other)).to.address).toBe(number)
  })

  it('nobody is put through to where he may not call', async () => {
    const ann = await house.signedIn()
    // Of the site's country, so that "national" means something.
    await house.forward({ targets: [{ to: ann.username, seconds: 10 }] })
    const sentenceOf = async (to: string): Promise<string | undefined> => {
      const before = (await house.calls(`from=${ann.username}`)).length
      await ann.call(to).ended
      const { items } = await house.service.until<{ items: ShownCall[] }>(
        `/v1/calls?from=${ann.username}`,
        ({ items }) => items.length > before && items[0]?.state === 'ended',
      )
      return items[0]?.end?.sentence
    }

    expect(await sentenceOf('+19005550142')).toBe(
      '+19005550142 is a premium-rate number; only an exact prefix in the rule allows it',
    )
    expect(await sentenceOf('+442079460000')).toBe(
      "+442079460000 is abroad, or no number at all, and this caller may call only within the country of the site's numbers (+1)",
    )
    expect(await sentenceOf('+15550142')).toBe(
      'no trunk carries calls to +15550142; add one with "default": true to reach numbers outside',
    )
    expect(await sentenceOf('0301234567')).toBe(
      'nobody owns 0301234567; a number outside is written with + and its country code, unless OFFHOOK_COUNTRY says which country it is in',
    )
    const stranger = house.stranger()
    await (await house.phone(stranger)).call('+12125550142').ended
    expect((await house.endedCall(stranger)).end).toMatchObject({
      code: 'not_found',
      sentence: 'nobody owns +12125550142',
    })
    // Nor is a hint given to whoever may not dial out.
    const other = house.stranger()
    await (await house.phone(other)).call('0301234567').ended
    expect((await house.endedCall(other)).end?.sentence).toBe('nobody owns 0301234567')
  })

  it('more calls at once than an extension may have are refused', async () => {
    const username = await house.extension({ outbound: { rule: 'national', maxCalls: 1 } })
    const phone = await house.signedIn({ username })
    const bob = await house.signedIn()
    const first = phone.call(bob.username)
    const atBob = await bob.nextCall()
    atBob.ring()

    expect(await phone.call(bob.username).ended).toMatchObject({ how: 'rejected', status: 486 })
    const { items } = await house.service.until<{ items: ShownCall[] }>(
      `/v1/calls?from=${username}&code=busy`,
      ({ items }) => items.length === 1,
    )
    expect(items[0]?.end?.sentence).toBe(
      `${username} has 1 call up and is allowed 1 at once (its setting outbound.maxCalls)`,
    )
    first.hangup()
    await atBob.ended
  })

  it('registrations are shown, several at once, until they are taken away or their connection closes', async () => {
    const first = await house.signedIn()
    const second = await house.signedIn({ username: first.username, transport: 'tcp' })
    const path = `/v1/extensions/${first.username}`
    type Shown = { registered: boolean; contacts: { contact: string; flow: string }[] }

    const both = await house.service.api<Shown>('GET', path)
    expect(both.contacts.map(({ contact }) => contact).sort()).toEqual([first.uri, second.uri].sort())
    expect(both.contacts.map(({ flow }) => flow.split(' ')[0]).sort()).toEqual(['tcp', 'udp'])
    expect(await first.register(0)).toBe(200)
    expect((await house.service.api<Shown>('GET', path)).contacts.map(({ contact }) => contact)).toEqual([second.uri])
    await second.close()
    const shown = await eventually(
      () => house.service.api<Shown>('GET', path),
      ({ registered }) => !registered,
    )
    expect(shown).toMatchObject({ registered: false, contacts: [] })
    const stranger = house.stranger()
    expect(await (await house.phone(stranger)).call(first.username).ended).toMatchObject({ status: 480 })
  })

  it.each([
    ['already signed in', 'before'],
    ['that signs in while it is sent', 'after'],
  ])('a text reaches a phone %s although an older contact is silent', async (_, when) => {
    const gone = await house.signedIn()
    await gone.close()
    const signIn = async () => {
      const phone = await house.phone(gone.username, { password: `${gone.username}-secret` })
      expect(await phone.register()).toBe(200)
      return phone
    }
    const send = () =>
      house.service.api<{ id: string }>('POST', '/v1/messages', { from: gone.username, to: gone.username, body: when })
    const early = when === 'before' ? await signIn() : undefined
    await send()
    const phone = early ?? (await signIn())

    expect(await phone.nextText()).toMatchObject({ body: when })
    expect(await house.texts(gone.username, 1, 'delivered', 10_000)).toHaveLength(1)
  })

  it('leaves nothing behind', async () => {
    await house.service.stop()
  })
})
