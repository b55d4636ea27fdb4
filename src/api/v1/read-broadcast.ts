import { callFlow, type SpokenMessage } from '../../apps/broadcast/call-flow.ts'
import type { Address } from '../../phone/address.ts'
import type { FieldFault } from '../../phone/problem.ts'
import { type Prompt, say } from '../../phone/prompt.ts'
import { allExtensions } from '../../store/extensions.ts'
import { getNumber } from '../../store/numbers.ts'
import type { StoredBroadcastCall } from '../../store/shapes.ts'
import { defined } from '../defined.ts'
import type { ApiOptions } from '../options.ts'
import type { NewBroadcast } from '../ports.ts'
import { parseAddress } from '../shapes.ts'
import { refusal } from '../validation.ts'
import type { WrittenBroadcast } from './broadcast-shape.ts'
import { hoursOf } from './planned-shape.ts'
import { toPrompt } from './read-action.ts'

type Reading = Pick<ApiOptions, 'store' | 'phone' | 'texts' | 'country'>
type WrittenCall = NonNullable<WrittenBroadcast['call']>

/** What was asked for, in the words of the phone. @throws Problem `invalid_request` with everything that is wrong */
export async function readBroadcast(written: WrittenBroadcast, reading: Reading): Promise<NewBroadcast> {
  const { name, way, to, text, call, hours, startAt, account, repeat } = written
  const faults: FieldFault[] = []
  const needs = { text: way !== 'call', call: way !== 'text' }
  for (const part of ['text', 'call'] as const) {
    if (needs[part] && written[part] === undefined)
      faults.push({ field: `/${part}`, sentence: `is missing; ${way} needs it` })
    if (!needs[part] && written[part] !== undefined)
      faults.push({ field: `/${part}`, sentence: `has no place in a broadcast that only makes ${way}s` })
  }
  const sender = text?.from === undefined ? undefined : await readSender(text.from, faults, reading)
  const spoken = call === undefined ? undefined : await readSpoken(call, text?.body, faults, reading)
  if (faults.length > 0) throw refusal(faults)
  const { groups, status, contacts } = to
  return {
    ...{ name, way },
    plan: defined({
      text:
        text === undefined
          ? undefined
          : { body: text.body, reportSeconds: Math.round(text.reportMinutes * 60), ...defined({ from: sender }) },
      call: spoken,
      hours: hours === undefined ? undefined : hoursOf(hours),
    }),
    ...{ account, repeat, startAt: startAt === undefined ? undefined : new Date(startAt) },
    audience: { groups, status, ids: contacts },
  }
}

async function readSender(from: string, faults: FieldFault[], { store, texts, country }: Reading): Promise<string> {
  if (texts.isSender(from)) return from
  const address = parseAddress(from, country, new Set())
  const e164 = address?.kind === 'number' ? address.e164 : undefined
  if (e164 !== undefined && (await getNumber(store.db, e164))?.state === 'rented') return e164
  faults.push({ field: '/text/from', sentence: 'takes a number that is rented here or a sender of the text rules' })
  return from
}

async function readSpoken(
  call: WrittenCall,
  words: string | undefined,
  faults: FieldFault[],
  { store, phone, country }: Reading,
): Promise<StoredBroadcastCall | undefined> {
  const usernames = new Set((await allExtensions(store.db)).map(({ username }) => username))
  const from = parseAddress(call.from, country, usernames)
  // People outside are called: an extension or a URI would be no caller that they can call back.
  const rented = from?.kind === 'number' && (await getNumber(store.db, from.e164))?.state === 'rented'
  if (!rented) faults.push({ field: '/call/from', sentence: 'takes a number that is rented here' })
  const written = call.message === undefined ? undefined : toPrompt(call.message)
  const message = written ?? (words === undefined ? undefined : say(words))
  if (message === undefined) {
    faults.push({ field: '/call/message', sentence: 'is missing; there is no text whose words could be spoken' })
    return undefined
  }
  const { voicemail, seconds, attempts, againMinutes, priority } = call
  const spoken: SpokenMessage = { message, voicemail, ...defined({ confirm: confirmOf(call) }) }
  const planned = callFlow(spoken).steps.flatMap(({ does }) =>
    does.block === 'wait' ? [] : [{ action: does, field: '/call' }],
  )
  // Each block may be asked for more than once.
  const lacking = await phone.checkPlan(planned)
  for (const sentence of new Set(lacking.map((fault) => fault.sentence))) faults.push({ field: '/call', sentence })
  return {
    ...{ from: from as Address, ...spoken, seconds, attempts, againSeconds: againMinutes * 60, priority },
  }
}

function confirmOf({ confirm }: WrittenCall): SpokenMessage['confirm'] {
  if (confirm === undefined) return undefined
  const { key, ask, thanks } = confirm
  const or = (given: typeof ask, otherwise: string): Prompt => (given === undefined ? say(otherwise) : toPrompt(given))
  return { key, ask: or(ask, `Press ${key} to confirm.`), thanks: or(thanks, 'Thank you. Goodbye.') }
}
