import { ValidationError } from './errors.ts'
import { writeLine } from './line.ts'

/** In the order in which they are set; pairs may repeat a name. */
export type Variables = Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[]

export interface CallOptions {
  /** `Name <number>`, `"Name" <number>`, `<number>` or a number; name and number have 79 characters at most. */
  readonly callerId?: string
  /** A name may be a function of the dialplan that can be written, e.g. `CDR(userfield)`. */
  readonly variables?: Variables
  /** Account code of the call record. */
  readonly account?: string
  /** Seconds that it rings, from 1; 45 unless given. */
  readonly waitTime?: number
  /** Seconds from the end of an attempt that failed to the next, from 1; 300 unless given. */
  readonly retryTime?: number
  /** Attempts after the first, from 0; none unless given. */
  readonly maxRetries?: number
  /** As in `allow=`, e.g. `['ulaw', 'alaw']`; `slin` alone unless given. */
  readonly codecs?: readonly string[]
  /** With a `Context`: it begins when the callee sends early media. */
  readonly earlyMedia?: boolean
}

/** The switch reads them into an int. */
const largest = 2 ** 31 - 1
const longestCallerIdPart = 79

/** Whom to call, and how. */
export class Call {
  /** `Technology/destination`, e.g. `PJSIP/1001`; one channel only. */
  channel: string
  callerId: string | undefined
  variables: Variables | undefined
  account: string | undefined
  waitTime: number | undefined
  retryTime: number | undefined
  maxRetries: number | undefined
  codecs: readonly string[] | undefined
  earlyMedia: boolean | undefined

  /** Nothing is checked before it is written. */
  constructor(channel: string, options: CallOptions = {}) {
    this.channel = channel
    this.callerId = options.callerId
    this.variables = options.variables
    this.account = options.account
    this.waitTime = options.waitTime
    this.retryTime = options.retryTime
    this.maxRetries = options.maxRetries
    this.codecs = options.codecs
    this.earlyMedia = options.earlyMedia
  }

  /** @throws ValidationError that names the field */
  render(): string[] {
    const lines = [writeLine('Channel', checkedChannel(this.channel), 'call.channel')]
    if (this.callerId !== undefined && this.callerId !== '')
      lines.push(writeLine('CallerID', checkedCallerId(this.callerId), 'call.callerId'))
    for (const [name, value] of pairs(this.variables)) lines.push(setting(name, value))
    if (this.account !== undefined && this.account !== '')
      lines.push(writeLine('Account', text('call.account', this.account), 'call.account'))
    lines.push(...number('WaitTime', 'waitTime', this.waitTime, 1))
    lines.push(...number('RetryTime', 'retryTime', this.retryTime, 1))
    lines.push(...number('MaxRetries', 'maxRetries', this.maxRetries, 0))
    if (this.codecs !== undefined) lines.push(writeLine('Codecs', checkedCodecs(this.codecs), 'call.codecs'))
    if (this.earlyMedia !== undefined) lines.push(`Early_Media: ${this.earlyMedia ? 'yes' : 'no'}`)
    return lines
  }
}

function checkedChannel(channel: string): string {
  text('call.channel', channel)
  const slash = channel.indexOf('/')
  if (slash < 1 || slash === channel.length - 1)
    throw new ValidationError('call.channel', 'must be Technology/destination, e.g. PJSIP/1001.')
  if (/&\w+\//.test(channel))
    throw new ValidationError('call.channel', 'names several channels; a call file calls one. Write one file for each.')
  return channel
}

function checkedCallerId(callerId: string): string {
  text('call.callerId', callerId)
  const [, name = '', inside] = /^(.*?)(?:<([^<>]*)>)?$/.exec(callerId) ?? []
  for (const part of [name.trim(), inside ?? ''])
    if (part.length > longestCallerIdPart)
      throw new ValidationError('call.callerId', `has a part of more than ${longestCallerIdPart} characters.`)
  return callerId
}

function* pairs(variables: Variables | undefined): Generator<readonly [string, string]> {
  if (variables === undefined) return
  if (typeof variables !== 'object' || variables === null)
    throw new ValidationError('call.variables', 'must be an object or a list of pairs.')
  yield* Array.isArray(variables) ? variables : Object.entries(variables)
}

function setting(name: string, value: string): string {
  const field = `call.variables[${JSON.stringify(name)}]`
  if (typeof name !== 'string' || name === '' || name.includes('='))
    throw new ValidationError(field, 'is no name: it is empty, or has a = in it, where the value begins.')
  return writeLine('Set', `${name}=${text(field, value)}`, field)
}

function checkedCodecs(codecs: readonly string[]): string {
  if (!Array.isArray(codecs)) throw new ValidationError('call.codecs', 'must be a list of names.')
  if (codecs.length === 0) throw new ValidationError('call.codecs', 'is empty.')
  for (const codec of codecs)
    if (!/^!?[A-Za-z0-9][\w.:-]*$/.test(codec))
      throw new ValidationError('call.codecs', `${JSON.stringify(codec)} is no name of a codec.`)
  return codecs.join(',')
}

function number(key: string, field: string, value: number | undefined, least: number): string[] {
  if (value === undefined) return []
  if (!Number.isInteger(value) || value < least || value > largest)
    throw new ValidationError(
      `call.${field}`,
      `is ${JSON.stringify(value)}; it must be a whole number from ${least} to ${largest}.`,
    )
  return [`${key}: ${value}`]
}

/** Programs in JavaScript may hand over anything. */
function text(field: string, value: unknown): string {
  if (typeof value !== 'string') throw new ValidationError(field, `must be text, and is ${typeof value}.`)
  return value
}
