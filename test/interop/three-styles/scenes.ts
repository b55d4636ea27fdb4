import type { PhoneCall } from '../../kit/phone-call.ts'
import { hears, type Talk } from './peer.ts'
import type { Hearing, Sound, Stage } from './stage.ts'

interface Scene {
  readonly hearings: readonly Hearing[]
  readonly sounds: readonly Sound[]
}

/** The two who were put through say something to each other, and the callee hangs up. @param nth talk of this call */
export async function talkBetween(stage: Stage, call: string, talk: Talk, callee: PhoneCall, nth = 1): Promise<Scene> {
  await stage.line(call, 'bridged', nth)
  const scene = await exchange('talk', stage, talk, callee)
  callee.hangup()
  return scene
}

/** The same in a conference, once both calls are in it. */
export async function meeting(stage: Stage, calls: readonly string[], talk: Talk, member: PhoneCall): Promise<Scene> {
  for (const call of calls) await stage.line(call, 'room')
  return exchange('conference', stage, talk, member)
}

async function exchange(where: string, stage: Stage, talk: Talk, callee: PhoneCall): Promise<Scene> {
  // Long enough that most of it is heard also where a machine that is busy loses half a second.
  const [answered, asked] = [stage.sound(2.4), stage.sound(2.4)]
  const from = talk.heard().length
  const ear = callee.listen()
  await callee.play(answered.path)
  await talk.say(asked.samples)
  await hears(talk, 3)
  const heard = await ear.stop()
  return {
    hearings: [
      { what: `the other side, in a ${where}`, heard: talk.heard().subarray(from), sound: answered },
      { what: `the peer, in a ${where}`, heard, sound: asked },
    ],
    sounds: [answered, asked],
  }
}
