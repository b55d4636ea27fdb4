import type { Call } from '../phone/call.ts'
import { say } from '../phone/prompt.ts'

/** Speaks a prompt setting; one that was set to '' is left out. */
export async function playText(call: Call, text: string): Promise<void> {
  if (text.trim() !== '') await call.play(say(text))
}
