import type { BlockName } from '../../phone/block.ts'
import { codeOfCause, words } from './cause.ts'
import type { Dialect } from './dialect.ts'
import type { DialNews, DialStep, Fields, News, Notice, Occasion, Sound, Step } from './step.ts'
import { element, response, type Xml } from './xml.ts'

/** The voice XML of Plivo (docs: voice/xml). */
export const plivo: Dialect = {
  scheme: 'plivo',
  company: 'Plivo',
  blocks: new Set<BlockName>(['play', 'gather', 'record', 'dial', 'send', 'stop']),
  dialsUris: true,
  pressesKeys: true,
  dialEnds: false,
  write,
  read,
}

/** Most that an attribute takes. */
const longestTalk = 86_400
const allKeys = '1234567890*#'

function write(step: Step, url: (about: Occasion) => string): string {
  const then = element('Redirect', {}, [url('next')])
  switch (step.kind) {
    case 'play':
      return response(...step.sounds.map(sound), then)
    case 'gather':
      return response(...step.before.map(sound), gather(step, url('keys')), then)
    case 'record':
      return response(
        element('Record', {
          ...{ action: url('recording'), fileFormat: 'wav', maxLength: step.maxSeconds, playBeep: step.beep },
          timeout: step.silenceSeconds === 0 ? step.maxSeconds : step.silenceSeconds,
          // Its default has changed over time.
          finishOnKey: step.stopOn === '' ? 'none' : step.stopOn,
        }),
        then,
      )
    case 'dial':
      return response(dial(step, url('dial')), then)
    case 'send':
      return response(element('DTMF', { async: false }, [step.digits]), then)
    case 'wait':
      return response(element('Wait', { length: step.seconds }), then)
    case 'hangup':
      return response(element('Hangup', step.answered ? {} : { reason: step.code === 'busy' ? 'busy' : 'rejected' }))
  }
}

const sound = (one: Sound): Xml =>
  one.kind === 'say'
    ? element('Speak', one.language === undefined ? {} : { language: one.language }, [one.text])
    : element('Play', {}, [one.url])

function gather(step: Extract<Step, { kind: 'gather' }>, action: string): Xml {
  const { allowed } = step
  return element(
    'GetDigits',
    {
      ...{ action, timeout: step.firstSeconds, digitTimeout: step.interSeconds, numDigits: step.maxDigits, retries: 1 },
      finishOnKey: step.finishKey === '' ? 'none' : step.finishKey,
      ...(allowed === '' ? {} : { validDigits: [...allKeys].filter((key) => allowed.includes(key)).join('') }),
    },
    step.sounds.map(sound),
  )
}

function dial({ places, seconds, callerId, maxSeconds, hangupOnStar }: DialStep, action: string): Xml {
  const limit = maxSeconds === undefined ? {} : { timeLimit: Math.min(maxSeconds, longestTalk) }
  return element(
    'Dial',
    { action, timeout: seconds, ...limit, callerId, hangupOnStar },
    places.map(({ to, digits }) =>
      element(/^sips?:/i.test(to) ? 'User' : 'Number', digits === undefined ? {} : { sendDigits: digits }, [to]),
    ),
  )
}

const final = new Set(['completed', 'busy', 'failed', 'timeout', 'no-answer', 'cancel'])

function read(fields: Fields, about: Occasion | undefined): Notice | undefined {
  const { CallUUID, RequestUUID, From: from = '', To: to = '', CallStatus = '', HangupCause = '' } = fields
  const session = CallUUID ?? RequestUUID ?? ''
  if (session === '' || (from === '' && to === '')) return undefined
  const common = { session, from, to, outbound: fields.Direction === 'outbound', news: newsOf(fields, about) }
  // What a step was about may come after the call has ended, before the end itself is told.
  const over = about === 'over' || (about === undefined && (fields.Event === 'Hangup' || final.has(CallStatus)))
  if (over) {
    const cause = fields.HangupCauseName ?? (HangupCause === '' ? CallStatus : HangupCause)
    const seconds = Number(fields.Duration ?? '')
    const end = { code: codeOfCause(CallStatus === 'completed' ? cause : CallStatus), words: words(cause) }
    return { ...common, state: 'over', end: { ...end, seconds: Number.isFinite(seconds) ? seconds : 0 } }
  }
  if (about === 'ringing') return { ...common, state: 'ringing' }
  return { ...common, state: 'up' }
}

function newsOf(fields: Fields, about: Occasion | undefined): News {
  const { Digits: digits = '', RecordUrl = '', RecordFile = '' } = fields
  const recording = RecordUrl === '' ? RecordFile : RecordUrl
  return {
    ...(about === 'keys' ? { digits } : {}),
    ...(about === 'recording' ? { byKey: digits !== '' } : {}),
    ...(recording === '' ? {} : { recording }),
    ...(about === 'dial' ? { dial: dialOf(fields) } : {}),
  }
}

function dialOf({ DialStatus: status = '', DialHangupCause: cause = '', ...rest }: Fields): DialNews {
  const answered = status === 'completed'
  const seconds = Number(rest.DialBLegDuration ?? '')
  return {
    ...{ answered, seconds: Number.isFinite(seconds) ? seconds : 0 },
    code: answered ? 'completed' : codeOfCause(/^failed$|^$/.test(status) ? cause : status),
    words: words(cause === '' ? status : cause),
    ...(rest.DialBLegTo === undefined || rest.DialBLegTo === '' ? {} : { to: rest.DialBLegTo }),
  }
}
