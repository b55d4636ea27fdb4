import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { sine } from '../kit/sound.ts'
import { called, type OpenDocuments, openDocuments, tuneAt } from './documents-kit.ts'

describe('what GetDigits and GetInput of a document say of themselves', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let here: OpenDocuments
  let program: OpenDocuments['program']

  beforeAll(async () => {
    here = await openDocuments(scope)
    program = here.program
  })
  afterAll(() => scope.close())

  it('refuses keys that are not valid with the sound for that, and goes on with the document where it is not redirected', async () => {
    const attributes = `redirect="false" retries="2" validDigits="12#" invalidDigitsSound="${tuneAt(here, 61)}" finishOnKey="*"`
    const { phone, came } = await called(
      here,
      'valid',
      `<GetDigits action="${program.at('/valid-told', '<Hangup/>')}" ${attributes} timeout="20" digitTimeout="5"><Play>${tuneAt(here, 60, 8)}</Play></GetDigits><Redirect>${program.at('/valid-after', '')}</Redirect>`,
    )

    await phone.answered
    const listening = phone.listen()
    await phone.press('9*')
    await came('gather', 2)
    await phone.press('1#2*')
    await phone.ended

    expect(program.asked('/valid-after')).toHaveLength(1)
    expect(await program.until('/valid-told')).toMatchObject({ Digits: '1#2' })
    expect(likeness(await listening.stop(), tune(61, 1))).toBeGreaterThan(0.8)
  })

  it('says its prompts and beeps as often as it tries', async () => {
    const attributes = 'retries="2" timeout="1" playBeep="true"'
    const { phone, came } = await called(
      here,
      'tries',
      `<GetDigits action="${program.url('/tries-told')}" ${attributes}><Speak>Press one</Speak><Wait length="0.5"/><Play loop="2">${tuneAt(here, 62, 0.96)}</Play></GetDigits><Redirect>${program.at('/tries-after', '')}</Redirect>`,
    )

    await phone.answered
    const listening = phone.listen()
    await came('gather', 2)
    const first = await listening.stop()
    const again = phone.listen()
    await phone.ended
    const second = await again.stop()

    // A tune of four notes, twice; the second trial begins about when the first listening ends.
    const twice = Int16Array.of(...tune(62, 0.96), ...tune(62, 0.96))
    expect(await here.house.saysIn(first, 'Press one')).toBeGreaterThan(0.7)
    for (const heard of [first, second]) {
      expect(likeness(heard, twice)).toBeGreaterThan(0.8)
      expect(likeness(heard, sine(1000, 400), 200)).toBeGreaterThan(0.8)
    }
    expect([program.asked('/tries-after').length, program.asked('/tries-told').length]).toEqual([1, 0])
  })

  it('takes the keys of the second trial as they are, where no key finishes', async () => {
    const attributes =
      'inputType="dtmf" numDigits="3" finishOnKey="none" startInputTimeout="1" retries="2" redirect="false"'
    const { phone, came } = await called(
      here,
      'three',
      `<GetInput action="${program.at('/three-told', '<Hangup/>')}" ${attributes}><Play>${tuneAt(here, 63)}</Play></GetInput><Redirect>${program.at('/three-after', '')}</Redirect>`,
    )

    await phone.answered
    const listening = phone.listen()
    await came('gather', 2)
    await phone.press('4#5')
    await phone.ended

    expect(program.asked('/three-after')).toHaveLength(1)
    expect(await program.until('/three-told')).toMatchObject({ InputType: 'dtmf', Digits: '4#5', Speech: '' })
    expect(likeness(await listening.stop(), tune(63, 1))).toBeGreaterThan(0.8)
  })

  it('ends keys of GetInput by the pause after them', async () => {
    const { phone } = await called(
      here,
      'pause',
      `<GetInput action="${program.at('/pause-told', '')}" inputType="dtmf" digitEndTimeout="3" executionTimeout="60"/>`,
    )

    await phone.answered
    await phone.press('12')
    const pressed = performance.now()
    await phone.ended

    const [told] = program.requests('/pause-told')
    expect(program.asked('/pause-told')).toMatchObject([{ Digits: '12' }])
    expect((told?.at ?? 0) - pressed).toBeGreaterThan(2500)
    expect((told?.at ?? 0) - pressed).toBeLessThan(12_000)
  })

  it('asks the fallback where it wants speech in a language that nobody here hears', async () => {
    const { phone } = await called(
      here,
      'unheard',
      `<GetInput action="${program.url('/unheard-told')}" inputType="speech" language="pl-PL"/>`,
      { fallback_answer_url: program.at('/unheard-instead', '') },
    )

    await phone.ended

    expect(program.asked('/unheard-instead')).toHaveLength(1)
  })

  it('takes keys where it wants them or speech in such a language', async () => {
    const { phone } = await called(
      here,
      'either',
      `<GetInput action="${program.at('/either-told', '')}" inputType="dtmf speech" language="pl-PL" numDigits="1"/>`,
    )

    await phone.answered
    await phone.press('8')
    await phone.ended

    expect(program.asked('/either-told')).toMatchObject([{ InputType: 'dtmf', Digits: '8' }])
  })
})
