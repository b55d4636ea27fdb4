import { CallEnded } from '../../../phone/call.ts'
import { type Prompt, sequence, tone } from '../../../phone/prompt.ts'
import type { JoinOptions, Room, RoomEvent } from '../../../phone/room.ts'
import { afterwards, type RunContext, type Step } from '../context.ts'
import type { Conference, RoomSound } from '../elements/conference.ts'
import { commonParams } from '../params.ts'
import { AskFailed, type Kept, type Params, type Telling, tellings, type Unfinished } from '../ports.ts'
import { promptAt } from '../prompts.ts'
import type { WebTarget } from '../web-target.ts'
import { recordingParams } from './record.ts'
import { tellTranscript } from './transcribe.ts'

export async function conference(element: Conference, context: RunContext): Promise<Step> {
  const { call, ports } = context
  /** Another each time that the name is opened; known once this one is in. */
  let uuid = ''
  let recorded: Params = []
  const member = (): Params => [
    ['ConferenceName', element.room],
    ['ConferenceUUID', uuid],
    ['ConferenceMemberID', call.id],
  ]
  const common = (): Params => [...commonParams(call), ...member()]
  const notice = (action: string, more: Params = []): readonly Telling[] =>
    tellings(element.callback, [...common(), ['ConferenceAction', action], ...more])
  const tell = (action: string, more: Params = []): void => {
    for (const { target, params } of notice(action, more)) ports.source.tell(target, params, call)
  }
  /** Of whoever came in. */
  let kept: Kept | undefined
  const unfinished = (): Unfinished => ({
    told: [...notice('exit'), ...tellings(element.action, [...common(), ...recorded])],
  })
  const over = (...told: readonly Telling[]): void => {
    if (kept !== undefined) kept.over(...notice('exit'), ...told)
    else for (const { target, params } of told) ports.source.tell(target, params, call)
  }
  const record = async (room: Room): Promise<void> => {
    if (element.record === undefined) return
    const recording = await ports.recordRoom(room, element.record)
    if (recording === undefined) return
    const { recording: id, url, startedAt, done } = recording
    recorded = [
      ['RecordUrl', url],
      ['RecordingID', id],
    ]
    kept?.change(unfinished())
    // Of one that was lost there is nothing to write down; that it was is in the log of whoever keeps it.
    done.then((kept) => tellTranscript(element.transcription, kept, call, ports)).catch(() => {})
    if (element.callback === undefined) return
    const recordingKept = { id, url, startedAt, onlySpeech: false }
    const pending = ports.source.keep({ told: notice('record'), recording: recordingKept }, call.id)
    pending.over(...notice('record', recordingParams(id, url, await done, startedAt)))
  }
  const onEvent = (event: RoomEvent, room: Room): void => {
    uuid = room.id
    if (!('member' in event) || event.member !== call.id) return
    if (event.kind === 'entered') {
      tell('enter')
      kept = ports.source.keep(unfinished(), call.id)
      record(room).catch((error: unknown) => context.note(`the conference cannot be recorded: ${String(error)}`))
    }
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
    stayAlone: element.stayAlone,
    maxMembers: element.maxMembers,
    maxSeconds: element.timeLimit,
    hangupOnStar: element.hangupOnStar,
    keys: element.digitsMatch,
    relayKeys: element.relayDtmf,
    onEvent,
    ...(enterSound === undefined ? {} : { enterSound }),
    ...(exitSound === undefined ? {} : { exitSound }),
    ...(waitMusic === undefined ? {} : { waitMusic }),
  }
  try {
    await call.join(element.room, options)
  } catch (error) {
    // Whoever hangs up in a conference leaves it like others; the answer can drive nobody any more.
    if (error instanceof CallEnded) await afterwards(context, element, [...common(), ...recorded], over)
    else over()
    throw error
  }
  return afterwards(context, element, [...common(), ...recorded], over)
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
