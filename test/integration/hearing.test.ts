import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { rate, readWav } from '../kit/audio.ts'
import type { House, ShownCall } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { startReceiver } from '../kit/receiver.ts'
import { concat } from '../kit/sound.ts'
import { describeWith } from '../setup/tools.ts'
import { called, type OpenDocuments, openDocuments } from './documents-kit.ts'

interface ShownAction {
  readonly id: string
  readonly block: string
  readonly state: string
  readonly result: Readonly<Record<string, unknown>> | null
}

describeWith(['pocketsphinx_batch'], 'what callers say', () => {
  const scope = new Scope('test')
  let here: OpenDocuments
  let house: House

  beforeAll(async () => {
    here = await openDocuments(scope)
    house = here.house
  })
  afterAll(() => scope.close())

  async function placed(): Promise<{ id: string; ann: PhoneCall }> {
    const phone = await house.signedIn()
    const call = { app: 'api', from: '+15550100', to: phone.username }
    const { id } = await house.service.api<ShownCall>('POST', '/v1/calls', call)
    const ann = await phone.nextCall()
    await ann.answer()
    await house.service.until<ShownCall>(`/v1/calls/${id}`, ({ state }) => state === 'up')
    return { id, ann }
  }
  const act = (call: string, body: unknown) => house.service.api<ShownAction>('POST', `/v1/calls/${call}/actions`, body)
  const over = (call: string, { id }: ShownAction) =>
    house.service.until<ShownAction>(`/v1/calls/${call}/actions/${id}`, ({ state }) => state !== 'running', 20_000)

  it('is the result of the action listen; the first word stops the prompt', async () => {
    const { id, ann } = await placed()
    const listening = await act(id, {
      block: 'listen',
      prompt: { tone: 'dial', ms: 60_000 },
      hints: ['Press One!', 'sales'],
    })
    await ann.play(await house.says('for sales, press one'))

    const { state, result } = await over(id, listening)
    expect(state).toBe('done')
    expect(result).toMatchObject({ end: 'said', phrase: 'sales' })
    expect(result?.text).toContain('press one')
    ann.hangup()
  })

  it('may be nothing at all, or cut off by stop', async () => {
    const { id, ann } = await placed()
    const nothing = await over(id, await act(id, { block: 'listen', prompt: { silence: 900 }, firstWordMs: 600 }))
    expect(nothing.result).toEqual({ text: '', tones: [], end: 'nothing' })

    const listening = await act(id, { block: 'listen', firstWordMs: 60_000 })
    const busy = await house.service.request('POST', `/v1/calls/${id}/actions`, { block: 'play', prompt: 'Hello' })
    expect(busy.body).toMatchObject({ code: 'block_running' })
    await act(id, { block: 'stop' })
    expect((await over(id, listening)).result).toEqual({ text: '', tones: [], end: 'stopped' })
    const last = await act(id, { block: 'listen', firstWordMs: 60_000 })
    await act(id, { block: 'hangup', message: { tone: 'beep' } })
    expect((await over(id, last)).result).toMatchObject({ end: 'stopped' })
    await ann.ended
  })

  it('leads through a flow by the phrases that a step hopes for', async () => {
    const { id: flow } = await house.service.api<{ id: string }>('POST', '/v1/flows', {
      name: 'Spoken',
      steps: [
        {
          name: 'ask',
          block: 'listen',
          hints: ['billing', 'sales'],
          branches: { billing: 'beep', nothing: 'ask' },
          next: 'end',
        },
        { name: 'beep', block: 'gather', maxDigits: 1 },
      ],
    })
    const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
    await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, {
      assignment: { kind: 'flow', flow },
    })
    const from = house.stranger()
    const caller = (await house.phone(from)).call(number)
    await caller.answered
    await caller.play(await house.says('for billing, press two'))

    await house.told(from, /step ask came out as billing: on to step beep/, 20_000)
    caller.hangup()
  })

  it('is what GetInput sends, or the keys where those come first', async () => {
    const receiver = await startReceiver(scope)
    const prompts = '<Speak>Say the department, or press its number</Speak>'
    receiver.answer = ({ path }) => ({
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: path.startsWith('/answer')
        ? `<Response><GetInput action="${receiver.url}/input" inputType="dtmf speech" numDigits="2" startInputTimeout="20">${prompts}</GetInput></Response>`
        : '<Response/>',
    })
    const account = 'MAOFFHOOKTESTACCOUNT'
    const authorization = `Basic ${Buffer.from(`${account}:${house.service.token}`).toString('base64')}`
    const make = async (path: string, body: object) =>
      (await house.service.request('POST', `/v1/Account/${account}/${path}`, body, { authorization })).body as Record<
        string,
        unknown
      >
    const { app_id } = await make('Application/', { app_name: 'Input', answer_url: `${receiver.url}/answer` })
    const { numbers } = (await make('AvailableNumberGroup/offhook-US/', { app_id })) as {
      numbers: { number: string }[]
    }
    const inputs = () =>
      receiver.received
        .filter(({ path }) => path === '/input')
        .map(({ body }) => Object.fromEntries(new URLSearchParams(body)))

    const speaking = (await house.phone(house.stranger())).call(`+${numbers[0]?.number}`)
    await speaking.answered
    await speaking.play(await house.says('for sales, press one'))
    await speaking.ended
    const pressing = (await house.phone(house.stranger())).call(`+${numbers[0]?.number}`)
    await pressing.answered
    await pressing.press('42')
    await pressing.ended

    expect(inputs()).toMatchObject([
      { InputType: 'speech', Digits: '', Speech: expect.stringContaining('press one') },
      { InputType: 'dtmf', Digits: '42', Speech: '' },
    ])
    expect(Number(inputs()[0]?.SpeechConfidenceScore)).toBeGreaterThan(0)
  })

  it('goes on over pauses shorter than speechEndTimeout of GetInput, and is told as far as it goes', async () => {
    const words = async (text: string) => readWav(await house.says(text))
    const pause = new Int16Array(2.6 * rate)
    const { phone } = await called(
      here,
      'slow',
      `<GetInput action="${here.program.at('/slow-told', '')}" inputType="speech" speechEndTimeout="6"
        interimSpeechResultsCallback="${here.program.at('/slow-so-far', '')}" interimSpeechResultsCallbackMethod="GET"/>`,
    )

    await phone.answered
    await phone.play(
      house.wav(concat(await words('for billing, press two'), pause, await words('for sales, press one'))),
    )
    await phone.ended

    expect(here.program.asked('/slow-told')).toMatchObject([
      { InputType: 'speech', Speech: expect.stringMatching(/two.*one/) },
    ])
    const last = await here.program.until('/slow-so-far', 2)
    expect([here.program.asked('/slow-so-far')[0], last]).toMatchObject([
      { StableSpeech: expect.stringMatching(/two$/), UnstableSpeech: '', Stability: '1.00', SequenceNumber: '1' },
      { StableSpeech: expect.stringMatching(/two.*one$/), SequenceNumber: '2' },
    ])
  })

  it('is written down of a message and of a call that a document records', async () => {
    const message = `<Record action="${here.program.at('/said-done', '<Wait length="60"/>')}" timeout="2" transcriptionType="auto" transcriptionUrl="${here.program.at('/said-words', '')}"/>`
    const { phone, came } = await called(here, 'said', message)

    await phone.answered
    await came('record', 1)
    await phone.play(await house.says('For billing, press two.'))
    const { CallUUID: call = '', RecordingID } = await here.program.until('/said-done')
    const words = await here.program.until('/said-words')
    const whole = { transcription_url: here.program.at('/said-whole', ''), transcription_method: 'GET', time_limit: 8 }
    const { body } = await here.documents.rest('POST', `Call/${call}/Record/`, whole)
    await phone.play(await house.says('For sales, press one.'))
    const beside = await here.program.until('/said-whole')
    phone.hangup()

    expect(words).toMatchObject({
      call_uuid: call,
      recording_id: RecordingID,
      error: '',
      duration: expect.stringMatching(/^[3-6]$/),
    })
    expect(words.transcription).toMatch(/billing press two/i)
    expect(beside).toMatchObject({ call_uuid: call, recording_id: body.recording_id, error: '' })
    expect(beside.transcription).toMatch(/sales press one/i)
    expect(here.program.requests('/said-whole').map(({ method }) => method)).toEqual(['GET'])
  })

  it('is written down of a conference, recorded by its document or by REST', async () => {
    const { program, documents } = here
    const said = program.at('/met-said', '')
    const sits = (name: string, attributes: string) => {
      const document = `<Conference callbackUrl="${program.at(`/${name}`, '')}" ${attributes}>${name}</Conference>`
      return called(here, `${name}-in`, document)
    }
    const first = await sits('met', `record="true" transcriptionUrl="${said}"`)
    const { CallUUID } = await program.until('/met')
    await first.phone.play(await house.says('For billing, press two.'))
    first.phone.hangup()
    const byDocument = await program.until('/met-said')

    const second = await sits('asked', '')
    await program.until('/asked')
    const url = { transcription_url: program.at('/asked-said', ''), transcription_method: 'GET' }
    const { body } = await documents.rest('POST', 'Conference/asked/Record/', url)
    await second.phone.play(await house.says('For sales, press one.'))
    second.phone.hangup()
    const byRest = await program.until('/asked-said')

    expect(byDocument).toMatchObject({ call_uuid: CallUUID, error: '', duration: expect.stringMatching(/^[1-9]/) })
    expect(byDocument.transcription).toMatch(/billing press two/i)
    expect(byRest).toMatchObject({ call_uuid: '', recording_id: body.recording_id, error: '' })
    expect(byRest.transcription).toMatch(/sales press one/i)
    expect(program.requests('/asked-said').map(({ method }) => method)).toEqual(['GET'])
  })
})
