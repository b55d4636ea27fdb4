import type { PhoneCall } from '../../kit/phone-call.ts'
import { hears, type Talk } from './peer.ts'
import type { Hearing, Sound, Stage } from './stage.ts'

/** The two who were put through say something to each other, and the callee hangs up. */
export async function talkBetween(
  stage: Stage,
  call: string,
  talk: Talk,
  callee: PhoneCall,
): Promise<{ readonly hearings: readonly Hearing[]; readonly sounds: readonly Sound[] }> {
  await stage.line(call, 'bridged')
  const [answered, asked] = [stage.sound(1.2), stage.sound(1.2)]
  const from = talk.heard().length
  const ear = callee.listen()
  await callee.play(answered.path)
  await talk.say(asked.samples)
  await hears(talk, 1.8)
  const heard = await ear.stop()
  callee.hangup()
  return {
    hearings: [
      { what: 'the callee', heard: talk.heard().subarray(from), sound: answered },
      { what: 'the caller, at the callee', heard, sound: asked },
    ],
    sounds: [answered, asked],
  }
}
