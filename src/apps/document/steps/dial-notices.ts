import { type Address, addressKey } from '../../../phone/address.ts'
import { type DialOptions, remoteParty } from '../../../phone/call.ts'
import type { EndedBy } from '../../../phone/reason.ts'
import { causeName, talkCause } from '../cause.ts'
import type { RunContext } from '../context.ts'
import type { Dial } from '../elements/dial.ts'
import { billed, commonParams, partyParam } from '../params.ts'
import { type Kept, type Params, type Telling, tellings, type Unfinished } from '../ports.ts'

interface ReachedLeg {
  readonly id: string
  readonly target: Address
}

/** What one Dial tells its callback URL of the leg that took the call; of others that rang or picked up it tells nothing. What a kill would keep from its URLs is kept for the next start. */
export class DialNotices {
  readonly #element: Dial
  readonly #context: RunContext
  readonly #targets: readonly Address[]
  readonly #from: string
  readonly #kept: Kept
  #leg: ReachedLeg | undefined
  /** Since when it talks, in milliseconds since 1970. */
  #since: number | undefined

  constructor(element: Dial, context: RunContext, from: Address | undefined, targets: readonly Address[]) {
    this.#element = element
    this.#context = context
    this.#targets = targets
    this.#from = partyParam(from ?? remoteParty(context.call))
    this.#kept = context.ports.source.keep(this.#unfinished(), context.call.id)
  }

  get connected(): boolean {
    return this.#since !== undefined
  }

  legs(): Params {
    return [
      ['DialALegUUID', this.#context.call.id],
      ['DialBLegUUID', this.#leg?.id ?? ''],
    ]
  }

  options(): Pick<DialOptions, 'onReached' | 'onAnswered' | 'keys' | 'onKeys'> {
    const { digitsMatch, digitsMatchBLeg } = this.#element
    const context = this.#context
    const { recordDial } = context
    context.recordDial = undefined
    return {
      onReached: (target) => {
        this.#reached(target)
        this.#kept.change(this.#unfinished())
        this.#tell('answer', target, [
          ['Event', 'DialAnswer'],
          ['DialBLegStatus', 'answer'],
        ])
      },
      onAnswered: (target) => {
        this.#reached(target)
        this.#since = context.ports.clock.wall()
        this.#kept.change(this.#unfinished())
        this.#tell('connected', target, [
          ['Event', 'DialConnected'],
          ['DialBLegStatus', 'answer'],
        ])
        recordDial?.().catch((error: unknown) => context.note(`the talk cannot be recorded: ${String(error)}`))
      },
      keys: { caller: digitsMatch, callee: digitsMatchBLeg },
      onKeys: (keys, by) =>
        this.#tell('digits', this.#leg?.target, [
          ['DialDigitsMatch', keys],
          ['DialDigitsPressedBy', by === 'caller' ? 'ALeg' : 'BLeg'],
        ]),
    }
  }

  /** The talk is over, or there was none. @param by who ended it; @param told what follows */
  over(by: EndedBy, told: readonly Telling[]): void {
    this.#kept.over(...(this.#leg === undefined ? [] : this.#hungUp(this.#leg, by)), ...told)
  }

  /** Of an engine that tells of the talk alone, it is reached with that; one that redirects talks as another. */
  #reached(target: Address): void {
    this.#leg ??= { id: legId(this.#context.call.id, this.#context.nextLeg()), target }
    this.#leg = { ...this.#leg, target }
  }

  #hungUp({ target }: ReachedLeg, by: EndedBy): readonly Telling[] {
    const now = this.#context.ports.clock.wall()
    const seconds = Math.round((now - (this.#since ?? now)) / 1000)
    return tellings(this.#element.callback, [...this.#hangupParams(target, by), ...talkParams(seconds)])
  }

  /** What is told where the service is killed now. */
  #unfinished(): Unfinished {
    const { action, callback } = this.#element
    const [leg, since] = [this.#leg, this.#since]
    const result: Params = [
      ['DialRingStatus', String(leg !== undefined)],
      ['DialHangupCause', causeName(since === undefined ? 'interrupted' : 'completed')],
      ['DialStatus', since === undefined ? 'failed' : 'completed'],
    ]
    const hungUp =
      leg === undefined
        ? []
        : tellings(callback, this.#hangupParams(leg.target, 'service')).map((one) => ({
            ...one,
            ...(since === undefined ? { params: [...one.params, ...talkParams(0)] } : { talkSince: since }),
          }))
    const ended = tellings(action, [...commonParams(this.#context.call), ...result, ...this.legs()])
    return { told: [...hungUp, ...ended] }
  }

  #hangupParams(target: Address, by: EndedBy): Params {
    const { cause, name, code, source } = talkCause(by)
    return this.#params('hangup', target, [
      ['Event', 'DialHangup'],
      ['DialBLegStatus', 'hangup'],
      ['DialBLegBillRate', '0.00000'],
      ['DialBLegTotalCost', '0.00000'],
      ['DialBLegHangupCause', cause],
      ['DialBLegHangupCauseName', name],
      ['DialBLegHangupCauseCode', String(code)],
      ['DialBLegHangupSource', source],
    ])
  }

  #tell(action: string, target: Address | undefined, more: Params): void {
    const { callback } = this.#element
    const { call, ports } = this.#context
    if (callback !== undefined) ports.source.tell(callback, this.#params(action, target, more), call)
  }

  #params(action: string, target: Address | undefined, more: Params): Params {
    const { call } = this.#context
    const position = target === undefined ? 0 : this.#targets.indexOf(target) + 1
    return [
      ...commonParams(call),
      ['DialALegUUID', call.id],
      ['DialBLegUUID', this.#leg?.id ?? ''],
      ['DialAction', action],
      ['DialBLegFrom', this.#from],
      ...(target === undefined ? [] : ([['DialBLegTo', addressKey(target).replace(/^\+/, '')]] as const)),
      // From 1 on, as the targets stand in the Dial.
      ...(position === 0 ? [] : ([['DialBLegPosition', String(position)]] as const)),
      ...more,
    ]
  }
}

const legId = (call: string, nth: number): string => `${call}-b${nth === 1 ? '' : nth}`

/** How long a leg talked, in seconds. */
export const talkParams = (seconds: number): Params => [
  ['DialBLegDuration', String(seconds)],
  ['DialBLegBillDuration', String(billed(seconds))],
]
