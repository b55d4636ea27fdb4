import type { JoinedEngine } from '../engines/joined.ts'
import type { Action } from '../phone/action.ts'
import type { Address } from '../phone/address.ts'
import type { BlockName } from '../phone/block.ts'
import type { Capabilities, EngineFeature } from '../phone/engine.ts'
import { noRecogniser } from '../phone/listen.ts'
import { Problem } from '../phone/problem.ts'
import type { Prompt } from '../phone/prompt.ts'
import type { Site } from './site.ts'

/** @throws Problem `not_supported` where the engine lacks what the action takes */
export function checkCapable(action: Action, capabilities: Capabilities): void {
  const block = blockOf(action)
  if (block !== undefined && !capabilities.blocks.has(block))
    throw new Problem('not_supported', `The engine of this call does not have ${block}.`)
  if (action.block === 'listen' && !capabilities.speechToText) throw new Problem('not_supported', noRecogniser)
  const lacking = featureOf(action)
  const why = lacking === undefined ? undefined : capabilities.lacks[lacking.feature]
  if (lacking !== undefined && why !== undefined)
    throw new Problem('not_supported', `The engine of this call does not have ${lacking.feature}: ${why}.`, [
      { field: lacking.field, sentence: `is not to be had here: ${why}` },
    ])
  const fetched = promptsOf(action).some(isFetched)
  if (fetched && !capabilities.urlPrompts)
    throw new Problem('not_supported', 'This service fetches no prompts from URLs.')
}

interface EngineParts {
  readonly engine: Pick<JoinedEngine, 'capabilities' | 'capabilitiesBy'>
  readonly site: Pick<Site, 'owns' | 'trunkFor'>
}

/** What the engine can do that is to carry a call. */
export async function capabilitiesFor(
  { from, to }: { readonly from: Address; readonly to: Address },
  { engine, site }: EngineParts,
): Promise<Capabilities> {
  const { capabilities } = engine
  if (to.kind !== 'number' || (await site.owns(to.e164))) return capabilities
  const trunk = await site.trunkFor(from, undefined)
  return trunk === undefined ? capabilities : engine.capabilitiesBy(trunk.uri)
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

/** What it asks for that not every engine has, and the field that does. */
function featureOf(action: Action): { readonly feature: EngineFeature; readonly field: string } | undefined {
  if (action.block === 'hold' && action.tell === true) return { feature: 'hold.tell', field: '/tell' }
  if (action.block === 'transfer' && action.refer === true) return { feature: 'transfer.refer', field: '/refer' }
  return undefined
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
