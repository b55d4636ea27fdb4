import type { Flow, FlowStep } from '../../phone/flow.ts'
import { type Prompt, sequence } from '../../phone/prompt.ts'

export interface SpokenMessage {
  readonly message: Prompt
  readonly confirm?: { readonly key: string; readonly ask: Prompt; readonly thanks: Prompt }
  /** `leave`: after its beep, `hang_up`: as if nobody had answered. `speak`: nobody is told apart from a machine. */
  readonly voicemail: 'leave' | 'hang_up' | 'speak'
}

/** What happens on a call of a broadcast once it is answered. What came of each step is kept, and `outcomeOf` reads it. */
export function callFlow({ message, confirm, voicemail }: SpokenMessage): Flow {
  const steps: FlowStep[] = []
  if (voicemail !== 'speak') {
    const left = voicemail === 'leave' ? { message } : { beep: false }
    steps.push({
      name: 'who',
      does: { block: 'detect', ...left },
      branches: { machine: 'end', fax: 'end', failed: 'speak' },
      next: 'speak',
    })
  }
  if (confirm === undefined) {
    steps.push({ name: 'speak', does: { block: 'play', prompt: message }, branches: { failed: 'end' }, next: 'end' })
    return { steps }
  }
  const { key, ask, thanks } = confirm
  steps.push(
    {
      name: 'speak',
      does: { block: 'gather', prompt: sequence(message, ask), maxDigits: 1, allowed: key, finishKey: '', attempts: 2 },
      branches: { [key]: 'thanks', failed: 'end' },
      next: 'end',
    },
    { name: 'thanks', does: { block: 'play', prompt: thanks }, branches: { failed: 'end' }, next: 'end' },
  )
  return { steps }
}
