import type { z } from 'zod'
import type { Action } from '../../phone/action.ts'
import type { Address } from '../../phone/address.ts'
import type { FieldFault } from '../../phone/problem.ts'
import type { Prompt } from '../../phone/prompt.ts'
import { defined } from '../defined.ts'
import { parseAddress } from '../shapes.ts'
import { refusal } from '../validation.ts'
import type { ActionShape, PromptShape } from './action-shape.ts'

type Written = z.infer<typeof ActionShape>
type WrittenPrompt = z.infer<typeof PromptShape>
type Reachable = Exclude<Address, { kind: 'anonymous' }>

/** What a request wrote, in the words of the phone. @throws Problem naming an address that is nobody's */
export function readAction(written: Written, country: string | undefined, usernames: ReadonlySet<string>): Action {
  const reader = actionReader(country, usernames)
  const action = reader.read(written, '')
  if (reader.faults.length > 0) throw refusal(reader.faults)
  return action
}

export interface ActionReader {
  /** Addresses that are nobody's, of all actions that were read. */
  readonly faults: readonly FieldFault[]
  /** @param at JSON pointer of the action in its request */
  read(written: Written, at: string): Action
}

/** Reads the actions of one request. */
export function actionReader(country: string | undefined, usernames: ReadonlySet<string>): ActionReader {
  const faults: FieldFault[] = []
  const address = (text: string, field: string): Reachable => {
    const found = parseAddress(text, country, usernames)
    const unknown = found?.kind === 'extension' && !usernames.has(found.username)
    if (found !== undefined && found.kind !== 'anonymous' && !unknown) return found
    faults.push({ field, sentence: `names nobody: there is no extension ${text}, and it is no number or SIP URI` })
    return { kind: 'uri', uri: text, raw: text }
  }
  return { faults, read: (written, at) => toAction(written, (text, field) => address(text, `${at}${field}`)) }
}

function toAction(written: Written, address: (text: string, field: string) => Reachable): Action {
  switch (written.block) {
    case 'answer':
    case 'unhold':
    case 'stop':
    case 'send':
    case 'record':
    case 'monitor':
    case 'stop_monitor':
      return defined(written)
    case 'play':
      return defined({ ...written, prompt: toPrompt(written.prompt) })
    case 'listen':
      return defined({ ...written, prompt: maybe(written.prompt) })
    case 'gather':
      return defined({ ...written, prompt: maybe(written.prompt), invalid: maybe(written.invalid) })
    case 'hold':
      return defined({ ...written, music: maybe(written.music) })
    case 'transfer':
      return defined({
        ...written,
        to:
          typeof written.to === 'string'
            ? address(written.to, '/to')
            : { kind: 'room' as const, room: written.to.room },
      })
    case 'join':
      return defined({
        ...written,
        enterSound: maybe(written.enterSound),
        exitSound: maybe(written.exitSound),
        waitMusic: maybe(written.waitMusic),
      })
    case 'dial': {
      const { confirm } = written
      return defined({
        ...written,
        targets: written.targets.map(({ to, seconds }, i) => ({ to: address(to, `/targets/${i}/to`), seconds })),
        ringback: maybe(written.ringback),
        confirm: confirm === undefined ? undefined : defined({ ...confirm, prompt: toPrompt(confirm.prompt) }),
      })
    }
    case 'hangup':
    case 'detect':
      return defined({ ...written, message: maybe(written.message) })
  }
}

const maybe = (prompt: WrittenPrompt | undefined): Prompt | undefined =>
  prompt === undefined ? undefined : toPrompt(prompt)

export function toPrompt(prompt: WrittenPrompt): Prompt {
  if (typeof prompt === 'string') return { kind: 'text', text: prompt }
  if (Array.isArray(prompt)) return { kind: 'sequence', items: prompt.map(toPrompt) }
  if ('text' in prompt) return { kind: 'text', ...defined(prompt) }
  if ('url' in prompt) return { kind: 'url', url: prompt.url }
  if ('tone' in prompt) return { kind: 'tone', ...defined(prompt) }
  return { kind: 'silence', ms: prompt.silence }
}
