import type { BlockName } from '../../phone/block.ts'
import { codeOfCause, words } from './cause.ts'
import type { Dialect } from './dialect.ts'
import type { DialStep, Fields, News, Notice, Occasion, Sound, Step } from './step.ts'
import { element, response, type Xml } from './xml.ts'

/** No key but these ends what it gathers or records. */
const finishable = /^[0-9*#]$/

/** The voice XML of Africa's Talking (docs: voice/actions, voice/callhandler). */
export const africasTalking: Dialect = {
  scheme: 'africastalking',
  company: "Africa's Talking",
  blocks: new Set<BlockName>(['play', 'gather', 'record', 'dial']),
  dialsUris: true,
  pressesKeys: false,
  dialEnds: true,
  write,
  read,
}

function write(step: Step, url: (about: Occasion) => string): string {
  const then = element('Redirect', {}, [url('next')])
  switch (step.kind) {
    case 'play':
      return response(...step.sounds.map(sound), then)
    case 'gather':
      return response(...gather(step, url('keys')), then)
    case 'record':
      return response(
        element('Record', {
          // Of several keys it takes one.
          ...(finishable.test(step.stopOn.slice(0, 1)) ? { finishOnKey: step.stopOn.slice(0, 1) } : {}),
          maxLength: step.maxSeconds,
          timeout: step.silenceSeconds === 0 ? step.maxSeconds : step.silenceSeconds,
          ...{ trimSilence: false, playBeep: step.beep, callbackUrl: url('recording') },
        }),
        then,
      )
    case 'dial':
      return response(dial(step), then)
    case 'wait':
      return response(element('Play', { url: step.silence }), then)
    case 'hangup':
      return step.answered ? response() : response(element('Reject'))
    case 'send':
      throw new Error("Africa's Talking sends no keys")
  }
}

const sound = (one: Sound): Xml =>
  one.kind === 'say' ? element('Say', {}, [one.text]) : element('Play', { url: one.url })

/** It plays one thing while it takes keys: texts are joined, of others the last. */
function gather(step: Extract<Step, { kind: 'gather' }>, callbackUrl: string): readonly Xml[] {
  const texts = step.sounds.flatMap((one) => (one.kind === 'say' ? [one.text] : []))
  const joined: readonly Sound[] =
    texts.length > 1 && texts.length === step.sounds.length ? [{ kind: 'say', text: texts.join(' ') }] : step.sounds
  const attributes = {
    ...{ numDigits: step.maxDigits, timeout: step.firstSeconds },
    ...(step.finishKey === '' ? {} : { finishOnKey: step.finishKey }),
    callbackUrl,
  }
  const before = [...step.before, ...joined.slice(0, -1)].map(sound)
  return [...before, element('GetDigits', attributes, joined.slice(-1).map(sound))]
}

const dial = ({ places, callerId, maxSeconds, ringback }: DialStep): Xml =>
  element('Dial', {
    phoneNumbers: places.map(({ to }) => to.replace(/^sips?:/i, '')).join(','),
    record: false,
    sequential: false,
    ...{ callerId, ringBackTone: ringback, maxDuration: maxSeconds },
  })

function read(fields: Fields, about: Occasion | undefined): Notice | undefined {
  const { sessionId: session = '', callerNumber: from = '', destinationNumber: to = '', isActive = '1' } = fields
  if (session === '' || (from === '' && to === '')) return undefined
  const { clientRequestId: request = '', dialDestinationNumber: picked = '' } = fields
  const over = isActive === '0' || isActive.toLowerCase() === 'false'
  const common = {
    ...{ session, from, to, outbound: /^out/i.test(fields.direction ?? '') },
    ...(request === '' ? {} : { request }),
  }
  if (!over) {
    // After a dial was answered it may tell so, without a word on how it went; there is nothing to answer then.
    const told = about === undefined && picked !== ''
    const dialled = { answered: true, to: picked, seconds: 0, code: 'completed', words: '' } as const
    return { ...common, state: told ? 'told' : 'up', news: told ? { dial: dialled } : newsOf(fields, about) }
  }
  const cause = fields.hangupCause ?? fields.callSessionState ?? fields.status ?? ''
  const seconds = secondsOf(fields.durationInSeconds)
  const talked = secondsOf(fields.dialDurationInSeconds)
  const dialled = picked === '' || talked === 0 ? undefined : { answered: true, to: picked, seconds: talked }
  return {
    ...{ ...common, state: 'over' },
    news: {
      ...newsOf(fields, about),
      ...(dialled === undefined ? {} : { dial: { ...dialled, code: 'completed', words: '' } }),
    },
    // The word for a call that rang and was not taken says so even where it is given as normal.
    end: { code: codeOfCause(cause === '' ? 'completed' : cause), words: words(cause), seconds },
  }
}

function newsOf(fields: Fields, about: Occasion | undefined): News {
  const { dtmfDigits: digits = '', recordingUrl = '' } = fields
  return {
    // Digits without any: the key that ends the entry came first.
    ...(about === 'keys' ? { digits } : {}),
    ...(recordingUrl === '' ? {} : { recording: recordingUrl }),
  }
}

function secondsOf(text: string | undefined): number {
  const seconds = Number(text ?? '')
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0
}
