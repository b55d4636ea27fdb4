import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { called, type OpenDocuments, openDocuments, tuneAt } from './documents-kit.ts'

describe('what Hangup, Speak, Play, Wait, DTMF and Message of a document say of themselves', {
  timeout: 60_000,
}, () => {
  const scope = new Scope('test')
  let here: OpenDocuments
  let program: OpenDocuments['program']

  beforeAll(async () => {
    here = await openDocuments(scope)
    program = here.program
  })
  afterAll(() => scope.close())

  it('hangs up so many seconds later, while what follows goes on', async () => {
    const { stranger, phone } = await called(
      here,
      'later',
      `<Hangup schedule="3" reason="busy"/><Play loop="0">${tuneAt(here, 71)}</Play>`,
    )

    await phone.answered
    const listening = phone.listen()
    const { how } = await phone.ended

    expect(how).toBe('bye')
    expect(likeness(await listening.stop(), tune(71, 1))).toBeGreaterThan(0.8)
    expect((await here.house.endedCall(stranger)).end?.sentence).toBe('the document hung up after 3 s')
  })

  it('says as often as it is told to, with the pauses and words of its marks', async () => {
    const words =
      '<sub alias="The world wide web">WWW</sub><break time="1s"/> is <say-as interpret-as="digits">47</say-as>'
    const { phone } = await called(here, 'marks', `<Speak loop="2" language="en-GB" voice="MAN">${words}</Speak>`)

    await phone.answered
    const listening = phone.listen()
    await phone.ended
    const heard = await listening.stop()

    const half = heard.length / 2
    for (const part of [heard.subarray(0, half), heard.subarray(half)]) {
      expect(await here.house.saysIn(part, 'The world wide web', { language: 'en-GB' })).toBeGreaterThan(0.7)
      expect(await here.house.saysIn(part, 'is 4 7', { language: 'en-GB' })).toBeGreaterThan(0.7)
    }
  })

  it('plays as often as it is told to', async () => {
    const { phone } = await called(here, 'thrice', `<Play loop="3">${tuneAt(here, 72, 0.96)}</Play>`)

    await phone.answered
    const listening = phone.listen()
    await phone.ended

    const thrice = Int16Array.of(...tune(72, 0.96), ...tune(72, 0.96), ...tune(72, 0.96))
    const heard = await listening.stop()
    expect(likeness(heard, thrice)).toBeGreaterThan(0.8)
    // Four times would take a second more.
    expect(heard.length).toBeLessThan(thrice.length + 6000)
  })

  it.each([
    { attribute: '', name: 'keys-beside' },
    { attribute: ' async="false"', name: 'keys-first' },
  ])('sends keys beside what follows, unless DTMF says$attribute', async ({ attribute, name }) => {
    const { phone } = await called(
      here,
      name,
      `<DTMF${attribute}>1WW2</DTMF><Redirect>${program.at(`/${name}-after`, '<Wait length="4"/>')}</Redirect>`,
    )

    await phone.answered
    expect(await phone.heardKeys(2)).toBe('12')
    const heard = performance.now()
    await program.until(`/${name}-after`)
    phone.hangup()

    // Two seconds lie between the keys.
    const before = heard - (program.requests(`/${name}-after`)[0]?.at ?? 0)
    expect(before > 1000).toBe(attribute === '')
  })

  it('rings for as long as a Wait at the beginning says', async () => {
    const { phone } = await called(here, 'wait', `<Wait length="1.5"/><Play>${tuneAt(here, 73)}</Play>`)

    await phone.ringing
    const rang = performance.now()
    await phone.answered
    const waited = performance.now() - rang
    const listening = phone.listen()
    await phone.ended

    expect(waited).toBeGreaterThan(1200)
    expect(likeness(await listening.stop(), tune(73, 1))).toBeGreaterThan(0.8)
  })

  it('sends a text to each of its receivers, and tells what became of it', async () => {
    const [ann, bob] = [await here.house.signedIn(), await here.house.signedIn()]
    const told = program.at('/text-told', '')
    const { phone } = await called(
      here,
      'text',
      `<Message src="15550100" dst="${ann.username}&lt;${bob.username}" callbackUrl="${told}" callbackMethod="GET">Good day</Message><Hangup/>`,
    )

    expect(await Promise.all([ann.nextText(), bob.nextText()])).toMatchObject([
      { body: 'Good day' },
      { body: 'Good day' },
    ])
    await phone.ended

    const delivered = (to: string) =>
      program.asked('/text-told').some(({ To, Status }) => To === to && Status === 'delivered')
    for (let n = 1; !delivered(ann.username) || !delivered(bob.username); n++) await program.until('/text-told', n)
    expect(new Set(program.requests('/text-told').map(({ method }) => method))).toEqual(new Set(['GET']))
  })
})
