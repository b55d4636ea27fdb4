import { type Address, addressKey } from '../../../phone/address.ts'
import { CallEnded, type DialEnd, type DialOptions, type DialTarget } from '../../../phone/call.ts'
import { type EndCode, type EndedBy, endCodes } from '../../../phone/reason.ts'
import { causeName, type DialStatus, dialStatus } from '../cause.ts'
import { afterwards, type RunContext, type Step } from '../context.ts'
import type { Dial, DialMusic, DialUser } from '../elements/dial.ts'
import { quoted } from '../fault.ts'
import { commonParams } from '../params.ts'
import { AskFailed, type Params } from '../ports.ts'
import { promptAt } from '../prompts.ts'
import { DialNotices } from './dial-notices.ts'

/** Of a Dial without `timeout`: as long as telephone networks let ring. */
const networkRings = 120

export async function dial(element: Dial, context: RunContext): Promise<Step> {
  const { call, ports } = context
  const targets: DialTarget[] = []
  for (const target of element.targets) {
    const text = target.element === 'Number' ? target.number : target.uri
    const to = await ports.address(text)
    if (to === undefined) context.note(`${text} cannot be dialled: it is nobody whom this call may reach`)
    else {
      const { timeout: seconds = networkRings } = element
      const digits = target.sendDigits.replaceAll('W', 'ww')
      targets.push({
        to,
        seconds,
        ...(digits === '' ? {} : { digits, digitsEarly: target.sendOnPreanswer }),
        ...(target.element === 'User' ? invitedAs(target) : {}),
      })
    }
  }
  const from = await callerIdOf(element, context)
  const notices = new DialNotices(
    element,
    context,
    from,
    targets.map(({ to }) => to),
  )
  let result: DialResult
  try {
    result =
      targets.length === 0
        ? { status: 'failed', code: 'not_found', rang: false }
        : resultOf(
            await call.dial(targets, { ...notices.options(), ...(await optionsOf(element, context, from)) }),
            element.timeout !== undefined,
            targets.some(({ login }) => login !== undefined),
            element.confirm !== undefined,
          )
  } catch (error) {
    if (!(error instanceof CallEnded)) {
      notices.over('service', [])
      throw error
    }
    result = notices.connected
      ? { status: 'completed', code: 'completed', rang: true, by: error.end.by }
      : { status: 'cancel', code: 'canceled', rang: true, by: error.end.by }
    await told(element, context, notices, result)
    throw error
  }
  return told(element, context, notices, result)
}

interface DialResult {
  readonly status: DialStatus
  /** Where the code does not tell it. */
  readonly cause?: string
  readonly code: EndCode
  readonly rang: boolean
  /** Who ended what the leg that took the call was in. */
  readonly by?: EndedBy
}

/** Also where the caller is gone; the answer is of no use then. */
async function told(element: Dial, context: RunContext, notices: DialNotices, result: DialResult): Promise<Step> {
  const { status, code, rang } = result
  const params: Params = [
    ...commonParams(context.call),
    ['DialRingStatus', String(rang)],
    ['DialHangupCause', result.cause ?? causeName(code)],
    ['DialStatus', status],
    ...notices.legs(),
  ]
  return afterwards(context, element, params, (...more) => notices.over(result.by ?? 'service', more))
}

function resultOf(end: DialEnd, timed: boolean, signedIn: boolean, asked: boolean): DialResult {
  switch (end.kind) {
    case 'answered':
      return { status: 'completed', code: 'completed', rang: true, by: end.hungUpBy }
    case 'stopped':
      return { status: 'cancel', code: 'canceled', rang: true }
    case 'unanswered': {
      const last = end.attempts.at(-1)
      // Whose credentials were refused is asked for them again.
      if (signedIn && (last?.sip === 401 || last?.sip === 407))
        return { status: 'failed', code: 'failed', cause: 'sip_auth_failed', rang: false }
      const code = last?.code ?? 'not_found'
      const rang = end.attempts.some((attempt) => attempt.sip !== endCodes.not_found.sip && heard.has(attempt.code))
      // One that is busy or declines is refused with a status; without one it picked up, and did not take the call.
      const unconfirmed = asked && code === 'declined' && last?.sip === undefined
      return { status: unconfirmed ? 'failed' : dialStatus(code, timed), code, rang }
    }
  }
}

/** Ends that only a phone gives that rang. */
const heard: ReadonlySet<EndCode> = new Set(['no_answer', 'declined', 'busy'])

/** Whoever is in the call already may be passed on; another name would be somebody else's. */
async function callerIdOf({ callerId }: Dial, context: RunContext): Promise<Address | undefined> {
  const { call, ports } = context
  if (callerId === undefined) return undefined
  const written = await ports.address(callerId)
  const parties = [call.from, call.to, ...(call.said.divertedFrom === undefined ? [] : [call.said.divertedFrom])]
  const party = written === undefined ? undefined : parties.find((one) => addressKey(one) === addressKey(written))
  const from = party ?? (await ports.callerId(callerId))
  if (from === undefined)
    context.note(`callerId ${quoted(callerId)} is not used: it is no number of this site, nor in OFFHOOK_CALLER_IDS`)
  return from
}

async function optionsOf(element: Dial, context: RunContext, from: Address | undefined): Promise<DialOptions> {
  const { call, ports } = context
  const { confirm, dialMusic } = element
  const heardFirst =
    confirm === undefined ? undefined : await promptAt(confirm.sound, commonParams(call), ports.source, call)
  return {
    together: element.targets.length > 1,
    maxSeconds: element.timeLimit,
    ...(from === undefined ? {} : { from }),
    ...(element.callerName === undefined ? {} : { callerName: element.callerName }),
    ...(element.hangupOnStar ? { hangupOnStar: true } : {}),
    ...(confirm === undefined || heardFirst === undefined
      ? {}
      : {
          confirm: {
            prompt: heardFirst,
            seconds: confirm.timeout,
            since: 'answer',
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
