import { type Prompt, sequence, tone } from '../../../phone/prompt.ts'
import type { JoinOptions, RoomEvent } from '../../../phone/room.ts'
import { afterwards, type RunContext, type Step } from '../context.ts'
import type { Conference, RoomSound } from '../elements/conference.ts'
import { commonParams } from '../params.ts'
import { AskFailed, type Params } from '../ports.ts'
import { promptAt } from '../prompts.ts'
import type { WebTarget } from '../web-target.ts'

export async function conference(element: Conference, context: RunContext): Promise<Step> {
  const { call, ports } = context
  const room: Params = [
    ['ConferenceName', element.room],
    ['ConferenceUUID', element.room],
    ['ConferenceMemberID', call.id],
  ]
  const tell = (action: string, more: Params = []): void => {
    if (element.callback === undefined) return
    ports.source.tell(element.callback, [...commonParams(call), ...room, ['ConferenceAction', action], ...more], call)
  }
  const onEvent = (event: RoomEvent): void => {
    if (!('member' in event) || event.member !== call.id) return
    if (event.kind === 'entered') tell('enter')
    if (event.kind === 'left') tell('exit')
    if (event.kind === 'speaking' && element.floorEvent) tell('floor')
    if (event.kind === 'keys') tell('digits', [['ConferenceDigitsMatch', event.keys]])
  }
  const enterSound = await soundOf(element.enterSound, context)
  const exitSound = await soundOf(element.exitSound, context)
  const waitMusic = element.waitSound === undefined ? undefined : await promptOrNone(element.waitSound, context)
  const options: JoinOptions = {
    muted: element.muted,
    deaf: element.deaf,
    startOnEnter: element.startOnEnter,
    endOnExit: element.endOnExit,
    maxMembers: element.maxMembers,
    hangupOnStar: element.hangupOnStar,
    keys: element.digitsMatch,
    onEvent,
    ...(enterSound === undefined ? {} : { enterSound }),
    ...(exitSound === undefined ? {} : { exitSound }),
    ...(waitMusic === undefined ? {} : { waitMusic }),
  }
  const limit = ports.clock.after(element.timeLimit * 1000, () => call.stop())
  try {
    await call.join(element.room, options)
  } finally {
    limit.stop()
  }
  return afterwards(context, element, [...commonParams(call), ...room])
}

async function soundOf(sound: RoomSound, context: RunContext): Promise<Prompt | undefined> {
  switch (sound.kind) {
    case 'none':
      return undefined
    case 'beep':
      return sound.times === 1 ? tone('beep') : sequence(tone('beep'), { kind: 'silence', ms: 200 }, tone('beep'))
    case 'document':
      return promptOrNone(sound.target, context)
  }
}

async function promptOrNone(target: WebTarget, context: RunContext): Promise<Prompt | undefined> {
  const { call, ports } = context
  try {
    return await promptAt(target, commonParams(call), ports.source, call)
  } catch (error) {
    if (!(error instanceof AskFailed)) throw error
    context.note(`a sound of the conference cannot be had: ${error.message}`)
    return undefined
  }
}
