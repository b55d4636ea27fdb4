import { addressKey } from '../../../phone/address.ts'
import { CallEnded, type DialEnd, type DialOptions, type DialTarget } from '../../../phone/call.ts'
import { type EndCode, endCodes } from '../../../phone/reason.ts'
import { causeName, type DialStatus, dialStatus } from '../cause.ts'
import { afterwards, type RunContext, type Step } from '../context.ts'
import type { Dial, DialMusic, DialUser } from '../elements/dial.ts'
import { commonParams } from '../params.ts'
import { AskFailed, type Params } from '../ports.ts'
import { promptAt } from '../prompts.ts'

/** Of a Dial without `timeout`: as long as telephone networks let ring. */
const networkRings = 120
const longestRing = 600

export async function dial(element: Dial, context: RunContext): Promise<Step> {
  const { call, ports } = context
  const [first] = element.targets
  const own =
    first?.element === 'Number' && element.targets.length === 1 ? await ports.applicationOf(first.number) : undefined
  if (own !== undefined && first?.element === 'Number') {
    await context.runWithin(own)
    return told(element, context, { status: 'completed', code: 'completed', rang: true, to: first.number })
  }
  const targets: DialTarget[] = []
  for (const target of element.targets) {
    const text = target.element === 'Number' ? target.number : target.uri
    const to = await ports.address(text)
    if (to === undefined) context.note(`${text} cannot be dialled: it is nobody whom this call may reach`)
    else {
      const seconds = Math.min(element.timeout ?? networkRings, longestRing)
      const digits = target.sendDigits.replaceAll('W', 'ww')
      targets.push({
        to,
        seconds,
        ...(digits === '' ? {} : { digits, digitsEarly: target.sendOnPreanswer }),
        ...(target.element === 'User' ? invitedAs(target) : {}),
      })
    }
  }
  const bridgesBefore = bridges(context)
  let result: DialResult
  try {
    result =
      targets.length === 0
        ? { status: 'failed', code: 'not_found', rang: false, to: '' }
        : resultOf(
            await call.dial(targets, await optionsOf(element, context)),
            element.timeout !== undefined,
            targets.some(({ login }) => login !== undefined),
          )
  } catch (error) {
    if (!(error instanceof CallEnded)) throw error
    const talked = bridges(context) > bridgesBefore
    result = talked
      ? { status: 'completed', code: 'completed', rang: true, to: '' }
      : { status: 'cancel', code: 'canceled', rang: true, to: '' }
    await told(element, context, result)
    throw error
  }
  return told(element, context, result)
}

interface DialResult {
  readonly status: DialStatus
  /** Where the code does not tell it. */
  readonly cause?: string
  readonly code: EndCode
  readonly rang: boolean
  readonly to: string
  readonly seconds?: number
}

/** Also where the caller is gone; the answer is of no use then. */
async function told(element: Dial, context: RunContext, result: DialResult): Promise<Step> {
  const { call, ports } = context
  const { status, code, rang, to, seconds } = result
  const cause = result.cause ?? causeName(code)
  const talked = status === 'completed'
  const legs: Params = [
    ['DialALegUUID', call.id],
    ['DialBLegUUID', talked ? `${call.id}-b` : ''],
  ]
  if (element.callback !== undefined && talked) {
    const params: Params = [
      ...commonParams(call),
      ...legs,
      ['DialAction', 'hangup'],
      ['DialBLegStatus', 'hangup'],
      ['DialBLegFrom', element.callerId ?? ''],
      ['DialBLegTo', to.replace(/^\+/, '')],
      ...(seconds === undefined ? [] : ([['DialBLegDuration', String(seconds)]] as const)),
      ['DialBLegHangupCause', cause],
    ]
    ports.source.tell(element.callback, params, call)
  }
  return afterwards(context, element, [
    ...commonParams(call),
    ['DialRingStatus', String(rang)],
    ['DialHangupCause', cause],
    ['DialStatus', status],
    ...legs,
  ])
}

function resultOf(end: DialEnd, timed: boolean, signedIn: boolean): DialResult {
  switch (end.kind) {
    case 'answered':
      return { status: 'completed', code: 'completed', rang: true, to: addressKey(end.target), seconds: end.seconds }
    case 'stopped':
      return { status: 'cancel', code: 'canceled', rang: true, to: '' }
    case 'unanswered': {
      const last = end.attempts.at(-1)
      // Whose credentials were refused is asked for them again.
      if (signedIn && (last?.sip === 401 || last?.sip === 407))
        return { status: 'failed', code: 'failed', cause: 'sip_auth_failed', rang: false, to: '' }
      const code = last?.code ?? 'not_found'
      const rang = end.attempts.some((attempt) => attempt.sip !== endCodes.not_found.sip && heard.has(attempt.code))
      return { status: dialStatus(code, timed), code, rang, to: '' }
    }
  }
}

/** Ends that only a phone gives that rang. */
const heard: ReadonlySet<EndCode> = new Set(['no_answer', 'declined', 'busy'])

const bridges = ({ call }: RunContext): number => call.timeline.filter(({ kind }) => kind === 'bridged').length

async function optionsOf(element: Dial, context: RunContext): Promise<DialOptions> {
  const { call, ports } = context
  const from = element.callerId === undefined ? undefined : await ports.address(element.callerId)
  const { confirm, dialMusic } = element
  const heardFirst =
    confirm === undefined ? undefined : await promptAt(confirm.sound, commonParams(call), ports.source, call)
  return {
    ...eventsOf(element, context),
    together: element.targets.length > 1,
    maxSeconds: element.timeLimit,
    ...(from === undefined ? {} : { from }),
    ...(call.to.kind === 'number' && call.direction === 'inbound' ? { number: call.to.e164 } : {}),
    ...(element.callerName === undefined ? {} : { callerName: element.callerName }),
    ...(element.hangupOnStar ? { hangupOnStar: true } : {}),
    ...(confirm === undefined || heardFirst === undefined
      ? {}
      : {
          confirm: {
            prompt: heardFirst,
            seconds: confirm.timeout,
            ...(confirm.key === undefined ? {} : { key: confirm.key }),
          },
        }),
    ...headersOf(element.sipHeaders),
    ...(await soundsWhileRinging(dialMusic, context)),
  }
}

const invitedAs = ({ sipHeaders, credentials }: DialUser): Pick<DialTarget, 'headers' | 'login'> => ({
  ...headersOf(sipHeaders),
  ...(credentials === undefined ? {} : { login: credentials }),
})

const headersOf = (headers: ReadonlyMap<string, string>): Pick<DialTarget, 'headers'> =>
  headers.size === 0
    ? {}
    : { headers: Object.fromEntries([...headers].map(([name, value]) => [`X-PH-${name}`, value])) }

async function soundsWhileRinging(
  music: DialMusic,
  context: RunContext,
): Promise<Pick<DialOptions, 'ringback' | 'early'>> {
  switch (music.kind) {
    case 'ringback':
      return {}
    case 'real':
      return { early: 'first' }
    case 'none':
      return { ringback: { kind: 'silence', ms: 1000 }, early: 'none' }
    case 'document':
      return musicAt(music.target, context)
  }
}

/** What is told, and recorded, while the two talk. */
function eventsOf(element: Dial, context: RunContext): Pick<DialOptions, 'onAnswered' | 'keys' | 'onKeys'> {
  const { call, ports } = context
  const { callback, digitsMatch, digitsMatchBLeg } = element
  const { recordDial } = context
  context.recordDial = undefined
  const tell = (action: string, to: string, more: Params): void => {
    if (callback === undefined) return
    const params: Params = [
      ...commonParams(call),
      ['DialALegUUID', call.id],
      ['DialBLegUUID', `${call.id}-b`],
      ['DialAction', action],
      ...(to === '' ? [] : ([['DialBLegTo', to.replace(/^\+/, '')]] as const)),
      ...more,
    ]
    ports.source.tell(callback, params, call)
  }
  return {
    onAnswered: (target) => {
      tell('answer', addressKey(target), [
        ['Event', 'DialAnswer'],
        ['DialBLegStatus', 'answer'],
        ['DialBLegFrom', element.callerId ?? ''],
      ])
      recordDial?.().catch((error: unknown) => context.note(`the talk cannot be recorded: ${String(error)}`))
    },
    keys: { caller: digitsMatch, callee: digitsMatchBLeg },
    onKeys: (keys, by) =>
      tell('digits', '', [
        ['DialDigitsMatch', keys],
        ['DialDigitsPressedBy', by === 'caller' ? 'ALeg' : 'BLeg'],
      ]),
  }
}

/** Music that cannot be had is no reason to leave the caller without a ring tone. */
async function musicAt(
  target: Parameters<typeof promptAt>[0],
  context: RunContext,
): Promise<Pick<DialOptions, 'ringback' | 'early'>> {
  const { call, ports } = context
  try {
    const ringback = await promptAt(target, commonParams(call), ports.source, call)
    return ringback === undefined ? {} : { ringback, early: 'none' }
  } catch (error) {
    if (!(error instanceof AskFailed)) throw error
    context.note(`the dial music cannot be had: ${error.message}`)
    return {}
  }
}
