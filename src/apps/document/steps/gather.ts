import type { Gathered, GatherOptions } from '../../../phone/call.ts'
import { Problem } from '../../../phone/problem.ts'
import { sequence, tone } from '../../../phone/prompt.ts'
import { type HearBeside, type HearOptions, hear } from '../../hear.ts'
import { afterwards, next, type RunContext, type Step } from '../context.ts'
import type { GetDigits, GetInput } from '../elements/gather.ts'
import { commonParams } from '../params.ts'
import { promptOf } from '../prompts.ts'
import type { WebTarget } from '../web-target.ts'
import { sound } from './sound.ts'

export async function getDigits(element: GetDigits, context: RunContext): Promise<Step> {
  const { call } = context
  const heard = promptOf(element.prompts)
  const prompt = element.playBeep ? sequence(...(heard === undefined ? [] : [heard]), tone('beep')) : heard
  const options: GatherOptions = {
    maxDigits: element.numDigits,
    finishKey: element.finishOnKey,
    firstDigitMs: element.timeout * 1000,
    interDigitMs: element.digitTimeout * 1000,
    early: context.early,
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

/** Keys are taken also where there is no recogniser; a document that takes nothing but speech cannot go on without one. */
export async function getInput(element: GetInput, context: RunContext): Promise<Step> {
  const soFar = tellSoFar(element.interimResults, context)
  for (let attempt = 1; attempt <= element.retries && !context.stopped.aborted; attempt++) {
    let given: Given | undefined
    try {
      given = element.inputs.has('speech') ? await speechOrKeys(element, context, soFar) : await keys(element, context)
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'not_supported') throw error
      if (!element.inputs.has('dtmf')) {
        throw new Problem('not_supported', `it wants speech, which cannot be had: ${error.message}`)
      }
      context.note(`GetInput takes keys alone: ${error.message}`)
      given = await keys(element, context)
    }
    if (given === undefined) continue
    return afterwards(context, element, [
      ...commonParams(context.call),
      ['InputType', given.digits === undefined ? 'speech' : 'dtmf'],
      ['Digits', given.digits ?? ''],
      ['Speech', given.speech ?? ''],
      ['SpeechConfidenceScore', (given.confidence ?? 0).toFixed(given.digits === undefined ? 2 : 1)],
      ['BilledAmount', '0.00000'],
    ])
  }
  return next
}

/** Tells each new stretch of speech, numbered in its order. */
function tellSoFar(target: WebTarget | undefined, { call, ports }: RunContext): Pick<HearBeside, 'onInterim'> {
  if (target === undefined) return {}
  let sequence = 0
  return {
    onInterim: ({ stable, unstable }) =>
      ports.source.tell(
        target,
        [
          ...commonParams(call),
          ['StableSpeech', stable],
          ['UnstableSpeech', unstable],
          ['Stability', unstable === '' ? '1.00' : '0.00'],
          ['SequenceNumber', String(++sequence)],
        ],
        call,
      ),
  }
}

interface Given {
  readonly digits?: string
  readonly speech?: string
  readonly confidence?: number
}

const autoSeconds = 2

const seconds = (timeout: number | 'auto'): number => (timeout === 'auto' ? autoSeconds : timeout)

const firstMs = ({ startInputTimeout, executionTimeout }: GetInput): number =>
  Math.min(startInputTimeout ?? executionTimeout, executionTimeout) * 1000

const wantedKeys = ({ numDigits, finishOnKey, digitEndTimeout }: GetInput) => ({
  maxDigits: numDigits,
  finishKey: finishOnKey,
  interDigitMs: seconds(digitEndTimeout) * 1000,
})

async function keys(element: GetInput, { call, early }: RunContext): Promise<Given | undefined> {
  const prompt = promptOf(element.prompts)
  const wanted = {
    ...wantedKeys(element),
    ...{ firstDigitMs: firstMs(element), wholeMs: element.executionTimeout * 1000, early },
  }
  const gathered = await call.gather({ ...wanted, ...(prompt === undefined ? {} : { prompt }) })
  return pressed(gathered) ? { digits: gathered.digits } : undefined
}

async function speechOrKeys(
  element: GetInput,
  { call, stopped, early, ports }: RunContext,
  soFar: Pick<HearBeside, 'onInterim'>,
): Promise<Given | undefined> {
  const prompt = promptOf(element.prompts)
  const options: HearOptions = {
    firstWordMs: firstMs(element),
    pauseMs: seconds(element.speechEndTimeout) * 1000,
    language: element.language,
    early,
    // More than a recogniser takes is not worth the end of the call.
    hints: element.hints.slice(0, 100),
    ...(prompt === undefined ? {} : { prompt }),
  }
  const beside = element.inputs.has('dtmf') ? { keys: wantedKeys(element) } : {}
  const { digits, text, confidence } = await hear(call, options, {
    ...{ ...beside, ...soFar },
    ...{ signal: stopped, limit: { ms: element.executionTimeout * 1000, clock: ports.clock } },
  })
  if (digits !== undefined) return { digits }
  if (text === '') return undefined
  return { speech: text, ...(confidence === undefined ? {} : { confidence }) }
}

const pressed = ({ digits, end }: Gathered): boolean => digits !== '' || end === 'finish_key'
