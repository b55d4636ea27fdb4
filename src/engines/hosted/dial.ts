import { addressKey } from '../../phone/address.ts'
import type { DialEnd, DialOptions, DialTarget } from '../../phone/call.ts'
import { Problem } from '../../phone/problem.ts'
import { type EndCode, endCodes, type ReasonLink } from '../../phone/reason.ts'
import type { HostedContext } from './context.ts'
import type { DialNews, DialStep, Place } from './step.ts'

/** The company rings, and puts through who answers; what the two say does not come here. */
export async function dial(
  context: HostedContext,
  targets: readonly DialTarget[],
  options: DialOptions = {},
): Promise<DialEnd> {
  refuseLacks(context, targets, options)
  const ringback = options.ringback === undefined ? undefined : await ringbackOf(context, options.ringback)
  const attempts: ReasonLink[] = []
  const failed = (target: string, code: EndCode, sentence: string): void => {
    const by = code === 'unreachable' || code === 'not_allowed' ? 'network' : 'callee'
    const link: ReasonLink = { at: context.wall(), code, target, by, q850: endCodes[code].q850, sentence }
    attempts.push(link)
    context.attempted(link)
    context.note('target', sentence, { target, code })
  }
  const rounds = options.together === true ? [targets] : targets.map((target) => [target])
  for (const round of rounds) {
    const places: { readonly place: Place; readonly target: DialTarget }[] = []
    for (const target of round) {
      const place = await placeOf(context, target)
      if ('lack' in place) failed(addressKey(target.to), 'not_allowed', place.lack)
      else places.push({ place, target })
    }
    if (places.length === 0) continue
    const seconds = Math.max(...places.map(({ target }) => target.seconds))
    for (const { target } of places) {
      const name = addressKey(target.to)
      context.note('target', `${context.dialect.company} rings ${name} for ${seconds} s`, { target: name })
    }
    const news = await context.run(
      step(
        places.map(({ place }) => place),
        seconds,
        options,
        ringback,
      ),
    )
    if (news === 'stopped') return { kind: 'stopped', attempts }
    const told = news.dial
    if (told?.answered === true) {
      const target = (places.find(({ place }) => sameParty(place.to, told.to)) ?? places[0]!).target.to
      options.onAnswered?.(target)
      context.bridged(addressKey(target))
      return { kind: 'answered', target, seconds: told.seconds, hungUpBy: 'callee', attempts }
    }
    for (const { target } of places) {
      const { code, sentence } = reasonOf(context.dialect.company, addressKey(target.to), told)
      failed(addressKey(target.to), code, sentence)
    }
  }
  return { kind: 'unanswered', attempts }
}

function step(places: readonly Place[], seconds: number, options: DialOptions, ringback: string | undefined): DialStep {
  const { from, maxSeconds, hangupOnStar = false } = options
  return {
    ...{ kind: 'dial', places, seconds, hangupOnStar },
    ...(from?.kind === 'number' ? { callerId: from.e164 } : {}),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
    ...(ringback === undefined ? {} : { ringback }),
  }
}

function reasonOf(company: string, name: string, told: DialNews | undefined): { code: EndCode; sentence: string } {
  const code = told === undefined || told.code === 'completed' ? 'no_answer' : told.code
  const said = told === undefined || told.words === '' ? '' : ` (${told.words})`
  return { code, sentence: `${name} did not take the call, as ${company} tells${said}` }
}

/** One file is what a company plays meanwhile. */
async function ringbackOf(
  context: HostedContext,
  prompt: NonNullable<DialOptions['ringback']>,
): Promise<string | undefined> {
  const [first] = (await context.prepare(prompt)).filter((sound) => sound.kind === 'play')
  if (first === undefined)
    context.note('warning', 'a text cannot be heard while others ring in this call; they ring as usual')
  return first?.url
}

function refuseLacks({ dialect }: HostedContext, targets: readonly DialTarget[], options: DialOptions): void {
  const lacks = (what: string): never => {
    throw new Problem('not_supported', `${dialect.company} carries this call, and ${what}.`)
  }
  if (options.confirm !== undefined) lacks('asks nobody whether they take a call: dial without confirm')
  if (options.hangupOnStar === true && dialect.dialEnds)
    lacks('takes no keys while two talk: dial without hangupOnStar')
  const headers = { ...options.headers, ...Object.assign({}, ...targets.map((target) => target.headers ?? {})) }
  if (Object.keys(headers).length > 0) lacks('sends no headers of ours')
  if (options.keys !== undefined) lacks('tells of no keys while two talk')
  if (!dialect.pressesKeys && targets.some(({ digits }) => digits !== undefined))
    lacks('presses no keys at those whom it rings')
}

type Placed = Place | { readonly lack: string }

async function placeOf(context: HostedContext, { to, digits }: DialTarget): Promise<Placed> {
  const { company, dialsUris } = context.dialect
  const forbidden = await context.forbids(to)
  if (forbidden !== undefined) return { lack: forbidden }
  const pressed = digits === undefined ? {} : { digits }
  switch (to.kind) {
    case 'number':
      return { to: to.e164, ...pressed }
    case 'uri':
      return dialsUris && /^sips?:/i.test(to.uri)
        ? { to: to.uri, ...pressed }
        : { lack: `${to.uri} was not rung: ${company} rings no such address` }
    case 'extension': {
      const number = await context.numberOf(to.username)
      return number === undefined
        ? {
            lack: `${to.username} was not rung: ${company} rings numbers, and no number of this site leads to that extension`,
          }
        : { to: number, ...pressed }
    }
    case 'anonymous':
      return { lack: 'an anonymous address cannot be called' }
  }
}

/** Numbers come back without their plus, or with it as a space. */
const sameParty = (placed: string, told: string | undefined): boolean => {
  const bare = (text: string): string => text.trim().replace(/^(?:sips?:|\+)/i, '')
  return told !== undefined && bare(placed) === bare(told)
}
