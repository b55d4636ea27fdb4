import { type Address, addressKey } from '../../phone/address.ts'
import type { DialEnd, DialOptions } from '../../phone/call.ts'
import type { ReasonLink } from '../../phone/reason.ts'
import type { DialContext } from './dial.ts'
import { type Leg, soundOf } from './leg.ts'

type TalkOver = 'callee' | 'limit' | 'star' | 'stopped'

/** Bridges the caller with the one who answered until the talk is over; the callee is hung up then. */
export async function talk(
  context: DialContext,
  callee: Leg,
  target: Address,
  attempts: readonly ReasonLink[],
  options: DialOptions,
): Promise<DialEnd> {
  const name = addressKey(target)
  const since = context.clock.now()
  const elapsed = (): number => Math.round((context.clock.now() - since) / 1000)
  const listening = new AbortController()
  try {
    if (!context.answered()) await context.alive(context.answer())
    context.leg.stream.bridge(callee.stream)
    callee.onHold = (held) =>
      context.note('hold', held ? `${name} put the caller on hold` : `${name} took the caller off hold`, {
        target: name,
      })
    const sound = soundOf(callee.media)
    context.note('bridged', `${name} answered; both sides hear each other`, { target: name, ...sound })
    const over = await context.alive(waitForEnd(context, callee, options, listening.signal))
    context.note('target', sentenceOf(over, name, elapsed(), options))
    return { kind: 'answered', target, seconds: elapsed(), hungUpBy: sideOf(over), attempts }
  } finally {
    listening.abort()
    context.leg.stream.unbridge()
    callee.session.hangup()
  }
}

/** @param until aborts when nobody waits any longer; everything that was listened to is let go */
function waitForEnd(context: DialContext, callee: Leg, options: DialOptions, until: AbortSignal): Promise<TalkOver> {
  return new Promise((resolve) => {
    void callee.ended.then(() => resolve('callee'))
    if (options.maxSeconds !== undefined) {
      const timer = context.clock.after(options.maxSeconds * 1000, () => resolve('limit'))
      until.addEventListener('abort', () => timer.stop())
    }
    if (options.hangupOnStar === true) {
      const forget = context.leg.onKey((key) => {
        if (key === '*') resolve('star')
      })
      until.addEventListener('abort', forget)
    }
    if (context.stopped.aborted) resolve('stopped')
    context.stopped.addEventListener('abort', () => resolve('stopped'), { signal: until })
  })
}

function sideOf(over: TalkOver): 'caller' | 'callee' | 'service' {
  switch (over) {
    case 'callee':
      return 'callee'
    case 'star':
      return 'caller'
    case 'limit':
    case 'stopped':
      return 'service'
  }
}

function sentenceOf(over: TalkOver, name: string, seconds: number, options: DialOptions): string {
  switch (over) {
    case 'callee':
      return `${name} hung up after ${seconds} s`
    case 'star':
      return `the caller ended the talk with ${name} by * after ${seconds} s`
    case 'limit':
      return `the talk reached its limit of ${options.maxSeconds} s`
    case 'stopped':
      return `the talk with ${name} was stopped after ${seconds} s`
  }
}
