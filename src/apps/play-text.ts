import type { Logger } from '../base/log.ts'
import { type Call, CallEnded } from '../phone/call.ts'
import { say } from '../phone/prompt.ts'

/**
 * Speaks a prompt setting; one that was set to '' is left out. A text that cannot be spoken (no speech engine, a language it
 * lacks) is logged and left out as well: a call without its announcement is better than none.
 */
export async function playText(call: Call, text: string, log: Logger): Promise<void> {
  if (text.trim() === '') return
  try {
    await call.play(say(text))
  } catch (error) {
    if (error instanceof CallEnded) throw error
    log.error({ call: call.id, err: error }, 'a prompt could not be spoken and was left out')
  }
}
