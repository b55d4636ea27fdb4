import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, tune } from '../kit/audio.ts'
import { sine } from '../kit/sound.ts'
import { called, type OpenDocuments, openDocuments, tuneAt } from './documents-kit.ts'

describe('what Record of a document says of itself', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let here: OpenDocuments
  let house: OpenDocuments['house']
  let program: OpenDocuments['program']

  beforeAll(async () => {
    here = await openDocuments(scope)
    ;({ house, program } = here)
  })
  afterAll(() => scope.close())

  it('ends a message by silence alone where no key does, tells both URLs and goes on with the document', async () => {
    const attributes = `redirect="false" timeout="2" finishOnKey="none" fileFormat="wav" callbackUrl="${program.at('/quiet-told', '')}" callbackMethod="GET"`
    const { phone, came } = await called(
      here,
      'quiet',
      `<Record action="${program.at('/quiet-done', '<Hangup/>')}" ${attributes}/><Redirect>${program.at('/quiet-after', '')}</Redirect>`,
    )

    await phone.answered
    const listening = phone.listen()
    await came('record', 1)
    await phone.press('#')
    await phone.play(house.wav(tune(91, 2)))
    await phone.ended

    const action = await program.until('/quiet-done')
    const callback = await program.until('/quiet-told')
    expect(program.asked('/quiet-after')).toHaveLength(1)
    expect(action).toMatchObject({ Digits: '', RecordUrl: expect.stringMatching(/\.wav$/) })
    expect(callback).toMatchObject({ RecordUrl: action.RecordUrl, RecordingID: action.RecordingID })
    expect(callback).not.toHaveProperty('Digits')
    expect(program.requests('/quiet-told').map(({ method }) => method)).toEqual(['GET'])
    expect(likeness(await house.download(action.RecordUrl ?? ''), tune(91, 2))).toBeGreaterThan(0.8)
    expect(likeness(await listening.stop(), sine(1000, 400), 200)).toBeGreaterThan(0.8)
  })

  it('is as long as it may be, without a beep where none is wanted', async () => {
    const { phone, came } = await called(
      here,
      'long',
      `<Record action="${program.at('/long-done', '<Hangup/>')}" maxLength="1" playBeep="false"/>`,
    )

    await phone.answered
    const listening = phone.listen()
    await came('record', 1)
    await phone.play(house.wav(tune(92, 4)))
    await phone.ended

    const [told] = program.asked('/long-done')
    expect(told).toMatchObject({ RecordingDuration: '1', RecordUrl: expect.stringMatching(/\.mp3$/) })
    expect(Number(told?.RecordingDurationMs)).toBeLessThanOrEqual(1100)
    expect(likeness(await listening.stop(), sine(1000, 400), 200)).toBeLessThan(0.3)
  })

  it('ends with any of its keys', async () => {
    const { phone, came } = await called(
      here,
      'keys',
      `<Record action="${program.at('/keys-done', '<Hangup/>')}" finishOnKey="12" timeout="30"/>`,
    )

    await phone.answered
    await came('record', 1)
    await phone.play(house.wav(tune(93, 1)))
    await phone.press('32')
    await phone.ended

    expect(program.asked('/keys-done')).toMatchObject([{ RecordingID: expect.stringMatching(/^rec_/), Digits: '2' }])
  })

  it('goes on with the document where nobody said a word', async () => {
    const { phone } = await called(
      here,
      'nobody',
      `<Record action="${program.url('/nobody-done')}" timeout="1"/><Redirect>${program.at('/nobody-after', '')}</Redirect>`,
    )

    await phone.ended

    expect([program.asked('/nobody-after').length, program.asked('/nobody-done').length]).toEqual([1, 0])
  })

  it('records the whole call beside the document', async () => {
    const { phone } = await called(
      here,
      'session',
      `<Record recordSession="true" redirect="false" fileFormat="wav" recordChannelType="mono" action="${program.at('/session-done', '<Hangup/>')}" callbackUrl="${program.at('/session-told', '')}"/><Play>${tuneAt(here, 94, 2)}</Play>`,
    )

    await phone.answered
    await phone.ended

    const none = { RecordingDuration: '-1', RecordingDurationMs: '-1', RecordingStartMs: '-1', RecordingEndMs: '-1' }
    expect(await program.until('/session-done')).toMatchObject(none)
    const told = await program.until('/session-told')
    expect(Number(told.RecordingEndMs) - Number(told.RecordingStartMs)).toBe(Number(told.RecordingDurationMs))
    expect(likeness(await house.download(told.RecordUrl ?? ''), tune(94, 2))).toBeGreaterThan(0.8)
  })
})
