import type { Action } from '../phone/action.ts'
import type { Address } from '../phone/address.ts'
import type { BlockName } from '../phone/block.ts'
import type { Capabilities } from '../phone/engine.ts'
import { Problem } from '../phone/problem.ts'
import type { Prompt } from '../phone/prompt.ts'

/** @throws Problem `not_supported` where the engine lacks what the action takes */
export function checkCapable(action: Action, capabilities: Capabilities): void {
  const block = blockOf(action)
  if (block !== undefined && !capabilities.blocks.has(block))
    throw new Problem('not_supported', `The engine of this service does not have ${block}.`)
  if (action.block === 'listen' && !capabilities.speechToText) {
    const sentence = 'This service has no speech recogniser; offhook doctor tells how to get one.'
    throw new Problem('not_supported', sentence)
  }
  const fetched = promptsOf(action).some(isFetched)
  if (fetched && !capabilities.urlPrompts)
    throw new Problem('not_supported', 'This service fetches no prompts from URLs.')
}

/** Who is called for an action, and the field that names them. */
export function wantedBy(action: Action): readonly (readonly [Address, string])[] {
  switch (action.block) {
    case 'transfer':
      return action.to.kind === 'room' ? [] : [[action.to, '/to']]
    case 'dial':
      return action.targets.map(({ to }, i) => [to, `/targets/${i}/to`])
    default:
      return []
  }
}

function blockOf({ block }: Action): BlockName | undefined {
  if (block === 'answer' || block === 'hangup') return undefined
  if (block === 'stop_monitor') return 'monitor'
  if (block === 'detect') return 'listen'
  return block === 'unhold' ? 'hold' : block
}

function promptsOf(action: Action): readonly (Prompt | undefined)[] {
  switch (action.block) {
    case 'play':
    case 'listen':
      return [action.prompt]
    case 'gather':
      return [action.prompt, action.invalid]
    case 'hold':
      return [action.music]
    case 'dial':
      return [action.ringback, action.confirm?.prompt]
    case 'join':
      return [action.enterSound, action.exitSound, action.waitMusic]
    case 'hangup':
    case 'detect':
      return [action.message]
    default:
      return []
  }
}

function isFetched(prompt: Prompt | undefined): boolean {
  if (prompt === undefined) return false
  return prompt.kind === 'url' || (prompt.kind === 'sequence' && prompt.items.some(isFetched))
}
