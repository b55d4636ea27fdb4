import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, loudness, readWav, tune, writeWav } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import { House, type ShownCall } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { SpoolFolder } from '../kit/spool-folder.ts'

describe('what call files do once they are answered', { timeout: 60_000 }, () => {
  const scope = new Scope('spool')
  const spool = SpoolFolder.make(scope)
  const sounds = join(spool.folder, '..', 'sounds')
  let house: House

  beforeAll(async () => {
    mkdirSync(join(sounds, 'digits'), { recursive: true })
    writeWav(join(sounds, 'melody.wav'), tune(5, 2))
    const contexts =
      'internal=site,survey=menu:Survey,flow=flow:Goodbye,early=flow:Early,asks=flow:Asks,box=voicemail:Sales'
    const env = { OFFHOOK_SPOOL: spool.folder, OFFHOOK_SOUNDS: sounds, OFFHOOK_SPOOL_CONTEXTS: contexts }
    house = await House.open({ scope, env })
  })
  afterAll(() => scope.close())

  /** Calls a phone by a call file, and answers. */
  async function called(...lines: string[]): Promise<{ call: PhoneCall; name: string; username: string }> {
    const phone = await house.signedIn()
    const name = spool.put([`Channel: PJSIP/${phone.username}`, ...lines])
    const call = await phone.nextCall()
    await call.answer()
    return { call, name, username: phone.username }
  }
  const application = (name: string, data = '') => called(`Application: ${name}`, `Data: ${data}`)

  /** The call that a file made, once it is over. */
  async function over(username: string): Promise<ShownCall> {
    const path = `/v1/calls?to=${username}`
    const { items } = await house.service.until<{ items: ShownCall[] }>(
      path,
      ({ items: [call] }) => call?.state === 'ended',
    )
    return house.service.api('GET', `/v1/calls/${items[0]?.id}`)
  }
  const story = ({ timeline }: ShownCall): readonly string[] => timeline.map(({ text }) => text)

  it('Playback plays a file, and speaks the name of one that is not there', async () => {
    const { call } = await application('Playback', 'melody&hello-world')
    const heard = call.listen()
    await call.ended
    const audio = await heard.stop()
    expect(likeness(audio, tune(5, 2))).toBeGreaterThan(0.9)
    expect(await house.saysIn(audio, 'hello world')).toBeGreaterThan(0.8)
  })

  it('Background ends at a key', async () => {
    const { call, username } = await application('Background', 'melody&melody&melody&melody&melody')
    await call.press('5')
    await call.ended
    expect((await over(username)).seconds).toBeLessThan(6)
  })

  it('SayDigits and SayAlpha say one after the other', async () => {
    const digits = await application('SayDigits', '42')
    const heard = digits.call.listen()
    await digits.call.ended
    expect(await house.saysIn(await heard.stop(), '4, 2')).toBeGreaterThan(0.8)
    const letters = await application('SayAlpha', 'xy7')
    const spelled = letters.call.listen()
    await letters.call.ended
    expect(await house.saysIn(await spelled.stop(), 'X, Y, 7')).toBeGreaterThan(0.8)
  })

  it('Read takes digits up to #', async () => {
    const { call, username } = await application('Read', 'PIN,melody,4,,2,5')
    await call.press('12#')
    await call.ended
    expect(story(await over(username))).toContain('Read: PIN is 12 (finish_key)')
  })

  it('Record keeps what is said as a sound, which can be played', async () => {
    const { call, username } = await application('Record', 'greetings/mine%d:wav,2,10,q')
    await call.play(house.wav(tune(9, 2)))
    await call.press('#')
    await call.ended
    await over(username)
    const path = join(sounds, 'greetings/mine0.wav')
    expect(likeness(readWav(path), tune(9, 2))).toBeGreaterThan(0.9)

    const played = await application('Playback', 'greetings/mine0')
    const heard = played.call.listen()
    await played.call.ended
    expect(likeness(await heard.stop(), tune(9, 2))).toBeGreaterThan(0.9)
  })

  it('Record keeps nothing of one who hangs up, and nothing outside the folder', async () => {
    const { call, username } = await application('Record', 'gone.wav')
    await call.play(house.wav(tune(2, 1)))
    call.hangup()
    expect(story(await over(username)).join()).toMatch(/nothing is kept/)
    expect(existsSync(join(sounds, 'gone.wav'))).toBe(false)

    const outside = await application('Record', '../outside.wav,0,1')
    await outside.call.ended
    expect(story(await over(outside.username)).join()).toMatch(/does not lie in the folder of the sounds/)
    expect(existsSync(join(sounds, '../outside.wav'))).toBe(false)
  })

  it('Echo sends back what is said and pressed, until #', async () => {
    const { call } = await application('Echo')
    const heard = call.listen()
    await call.play(house.wav(tune(3, 2)))
    await call.press('7')
    expect(await call.heardKeys(1)).toBe('7')
    await call.press('#')
    await call.ended
    expect(likeness(await heard.stop(), tune(3, 2))).toBeGreaterThan(0.95)
  })

  it('Wait waits in silence', async () => {
    const { call, username } = await application('Wait', '1.5')
    const heard = call.listen()
    await call.ended
    expect(loudness(await heard.stop())).toBeLessThan(10)
    const { answeredAt, end } = await over(username)
    expect(end).toMatchObject({ code: 'completed', by: 'service', sentence: 'the application Wait came to its end' })
    expect(answeredAt).not.toBeNull()
  })

  it('Dial rings all, and puts through the one that answers', async () => {
    const [ben, eve] = [await house.signedIn(), await house.signedIn()]
    const { call, username } = await application(
      'Dial',
      `PJSIP/${ben.username}&SIP/${eve.username}&PJSIP/7777,20,S(30)`,
    )
    const [one, other] = [await ben.nextCall(), await eve.nextCall()]
    await other.answer()
    expect(await one.ended).toMatchObject({ how: 'cancel' })
    const heard = other.listen()
    await call.play(house.wav(tune(4, 2)))
    expect(likeness(await heard.stop(), tune(4, 2))).toBeGreaterThan(0.9)
    other.hangup()
    await call.ended
    const made = await over(username)
    expect(made.end).toMatchObject({ code: 'completed', by: 'callee' })
    expect(story(made).join('\n')).toMatch(/Dial passes over PJSIP\/7777: there is no extension 7777/)
  })

  it('ConfBridge joins a conference', async () => {
    const [ann, ben] = [await application('ConfBridge', 'spring'), await application('ConfBridge', 'spring')]
    const rooms = ({ items }: { items: { members: object[] }[] }): boolean => items[0]?.members.length === 2
    await house.service.until('/v1/conferences', rooms)
    ann.call.hangup()
    ben.call.hangup()
    await ben.call.ended
  })

  it('VoiceMail takes a message for a forward, by its name, number or extension', async () => {
    const owner = await house.extension()
    const { id } = await house.service.api<{ id: string }>('POST', '/v1/forwards', {
      ...{ name: 'Sales', targets: [{ to: owner, seconds: 5 }] },
      prompts: { forwarding: '', unreachable: '', greeting: 'Speak', thanks: '' },
    })
    for (const box of ['sales', `${owner}@default`]) {
      const { call } = await application('VoiceMail', `${box},s`)
      await call.play(house.wav(tune(8, 2)))
      await call.press('#')
      await call.ended
    }
    const { call } = await called('Context: box', 'Extension: s')
    call.hangup()
    expect((await house.voicemails(id, 2)).map(({ state }) => state)).toEqual(expect.arrayContaining(['new', 'new']))
  })

  it('Hangup hangs up with its cause, and an application that is not there says so', async () => {
    const busy = await application('Hangup', '17')
    await busy.call.ended
    expect((await over(busy.username)).end).toMatchObject({ code: 'busy', q850: 17 })
    const unknown = await application('AGI', 'x.agi')
    await unknown.call.ended
    expect((await over(unknown.username)).end?.sentence).toMatch(/there is no application AGI here; those/)
    expect((await spool.ended(unknown.name)).status).toBe('Completed')
  })

  it('a place of the dialplan is a menu, a flow, or somebody of the site', async () => {
    const early = await called('Context: survey', 'Extension: s')
    await early.call.ended
    expect((await over(early.username)).end?.sentence).toMatch(/there is no menu Survey/)
    const options = [{ key: '1', label: 'yes', action: { kind: 'hangup', say: `Thank \${whom}` } }]
    const main = { prompt: `Press 1, \${EXTEN}.`, options }
    await house.service.api('POST', '/v1/menus', { name: 'Survey', start: 'main', menus: { main } })
    const menu = await called('Context: survey', 'Extension: s', 'Set: whom=nobody', 'Set: whom=you')
    const answer = menu.call.listen()
    await menu.call.press('1')
    await menu.call.ended
    expect(await house.saysIn(await answer.stop(), 'Thank you')).toBeGreaterThan(0.8)

    await house.service.api('POST', '/v1/flows', {
      name: 'Goodbye',
      steps: [{ block: 'play', prompt: `Farewell \${who}\${nobody}` }],
    })
    const variables = ['Set: who=then', 'Set: greeting=tt-monkeys', 'Set: CDR(userfield)=spring'] as const
    const flow = await called('Context: flow', 'Extension: s', ...variables)
    const heard = flow.call.listen()
    await flow.call.ended
    expect(await house.saysIn(await heard.stop(), 'Farewell then')).toBeGreaterThan(0.8)
    expect(story(await over(flow.username))).toContain('the variable greeting is "tt-monkeys"')
    const csv = await eventually(
      async () => String((await house.service.request('GET', '/v1/cdrs.csv')).body),
      (text) => text.includes('"spring"'),
    )
    expect(csv.split('\n').filter((line) => line.endsWith(',"spring"'))).toHaveLength(1)

    const ben = await house.signedIn()
    const site = await called('Context: internal', `Extension: ${ben.username}`)
    const put = await ben.nextCall()
    await put.answer()
    put.hangup()
    await site.call.ended

    const second = await called('Context: flow', 'Extension: s', 'Priority: 2')
    await second.call.ended
    expect((await over(second.username)).end?.sentence).toMatch(/nothing is at flow,s,2 here/)
  })

  it('Early_Media begins a place of the dialplan with audio that comes before the answer', async () => {
    await house.service.api('POST', '/v1/flows', { name: 'Early', steps: [{ block: 'play', prompt: 'Farewell then' }] })
    const place = ['Context: early', 'Extension: s', 'Early_Media: yes']
    const phone = await house.signedIn()
    const name = spool.put([`Channel: PJSIP/${phone.username}`, ...place])
    const call = await phone.nextCall()
    const heard = call.listen()
    call.progress()

    expect(await call.ended).toMatchObject({ how: 'cancel' })
    expect(await house.saysIn(await heard.stop(), 'Farewell then')).toBeGreaterThan(0.8)
    expect((await spool.ended(name)).status).toBe('Completed')
    const made = await over(phone.username)
    expect([made.answeredAt, made.end?.code]).toEqual([null, 'completed'])
    expect(story(made)).toContain(`${phone.username} sends audio before it answers; the call begins with that`)
  })

  it('Early_Media goes on when the call is answered, and one that is refused after all is not called again', async () => {
    await house.service.api('POST', '/v1/flows', {
      ...{ name: 'Asks', steps: [{ block: 'gather', maxDigits: 1, attempts: 1, firstDigitMs: 10_000 }] },
    })
    const place = ['Context: asks', 'Extension: s', 'Early_Media: yes', 'MaxRetries: 1', 'RetryTime: 1']
    const [ann, ben] = [await house.signedIn(), await house.signedIn()]
    spool.put([`Channel: PJSIP/${ann.username}`, ...place])
    const answered = await ann.nextCall()
    answered.progress()
    await answered.answer()
    await answered.press('1')
    await answered.ended
    const refused = spool.put([`Channel: PJSIP/${ben.username}`, ...place])
    const early = await ben.nextCall()
    early.progress()
    early.refuse(486)

    expect(story(await over(ann.username))).toContain(`${ann.username} answered`)
    expect((await over(ann.username)).answeredAt).not.toBeNull()
    expect((await over(ben.username)).end).toMatchObject({ code: 'busy', by: 'callee' })
    expect((await spool.ended(refused)).status).toBe('Completed')
  })
})
