import type { Gathered, GatherOptions } from '../../../phone/call.ts'
import { sequence, tone } from '../../../phone/prompt.ts'
import { afterwards, next, type RunContext, type Step } from '../context.ts'
import type { GetDigits, GetInput } from '../elements/gather.ts'
import { commonParams } from '../params.ts'
import { promptOf } from '../prompts.ts'
import { sound } from './sound.ts'

/** As many as an engine collects. */
const mostDigits = 64

export async function getDigits(element: GetDigits, context: RunContext): Promise<Step> {
  const { call } = context
  const heard = promptOf(element.prompts)
  const prompt = element.playBeep ? sequence(...(heard === undefined ? [] : [heard]), tone('beep')) : heard
  const options: GatherOptions = {
    maxDigits: Math.min(element.numDigits, mostDigits),
    finishKey: element.finishOnKey,
    firstDigitMs: element.timeout * 1000,
    interDigitMs: element.digitTimeout * 1000,
    ...(prompt === undefined ? {} : { prompt }),
  }
  for (let attempt = 1; attempt <= element.retries && !context.stopped.aborted; attempt++) {
    const gathered = await call.gather(options)
    if (!pressed(gathered)) continue
    if ([...gathered.digits].every((digit) => element.validDigits.includes(digit))) {
      return afterwards(context, element, [...commonParams(call), ['Digits', gathered.digits]])
    }
    const { invalidDigitsSound } = element
    if (invalidDigitsSound !== undefined) await sound({ kind: 'url', url: invalidDigitsSound.url }, 1, context)
  }
  return next
}

/** Keys alone: there is no recogniser yet, so a document that takes nothing but speech cannot go on. */
export async function getInput(element: GetInput, context: RunContext): Promise<Step> {
  const { call } = context
  if (!element.inputs.has('dtmf')) {
    return context.end('GetInput wants speech, and no speech recogniser is configured', {
      code: 'failed',
      cause: { source: 'Error' },
    })
  }
  const prompt = promptOf(element.prompts)
  const first = Math.min(element.startInputTimeout ?? element.executionTimeout, element.executionTimeout)
  for (let attempt = 1; attempt <= element.retries && !context.stopped.aborted; attempt++) {
    const gathered = await call.gather({
      maxDigits: element.numDigits,
      finishKey: element.finishOnKey,
      firstDigitMs: first * 1000,
      interDigitMs: (element.digitEndTimeout === 'auto' ? 2 : element.digitEndTimeout) * 1000,
      ...(prompt === undefined ? {} : { prompt }),
    })
    if (!pressed(gathered)) continue
    return afterwards(context, element, [
      ...commonParams(call),
      ['InputType', 'dtmf'],
      ['Digits', gathered.digits],
      ['Speech', ''],
      ['SpeechConfidenceScore', '0.0'],
      ['BilledAmount', '0.00000'],
    ])
  }
  return next
}

const pressed = ({ digits, end }: Gathered): boolean => digits !== '' || end === 'finish_key'
