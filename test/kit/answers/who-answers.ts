import { concat } from '../sound.ts'
import { openSpeaker } from './speaker.ts'
import { tone } from './tones.ts'

/** Samples of 8 kHz. */
export interface WhoAnswers {
  /** The greeting of a machine, then its beep. */
  readonly machine: Int16Array
  /** A person, who says one word. */
  readonly person: Int16Array
}

export const silence = (ms: number): Int16Array => new Int16Array(ms * 8)

/** What is heard of those who answer. Needs flite. */
export async function whoAnswers(): Promise<WhoAnswers> {
  const speaker = await openSpeaker()
  const say = (text: string) => speaker.say(text, 'flite slt')
  const greeting = await say('You have reached the Miller family. Please leave your name and number after the tone.')
  const hello = await say('Hello?')
  await speaker.close()
  return {
    machine: concat(silence(400), greeting, silence(500), tone([1000], 400, 8000)),
    person: concat(silence(300), hello),
  }
}
