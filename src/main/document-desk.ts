import type {
  Announcing,
  DocumentDesk,
  Legs,
  LiveFacts,
  PlaceDocumentCall,
  RecordLive,
  RecordRoom,
  StartedRecording,
  TransferLegs,
} from '../api/compat/plivo/ports.ts'
import { hangupCause } from '../apps/document/cause.ts'
import { watchForMachine } from '../apps/document/machine.ts'
import { type CallFacts, commonParams, hangupParams, partyParam } from '../apps/document/params.ts'
import {
  type CallApplication,
  type DocumentPorts,
  type DocumentText,
  type Params,
  type RunningDocuments,
  tellings,
} from '../apps/document/ports.ts'
import { runApplication } from '../apps/document/run.ts'
import { recordingParams } from '../apps/document/steps/record.ts'
import { tellTranscript } from '../apps/document/steps/transcribe.ts'
import type { Clock, Timer } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { EmbeddedEngine } from '../engines/embedded/engine.ts'
import type { Address } from '../phone/address.ts'
import type { Announcement, Call, Callee } from '../phone/call.ts'
import type { CallId, RecordingId } from '../phone/id.ts'
import type { Monitor } from '../phone/monitor.ts'
import { Problem } from '../phone/problem.ts'
import type { Prompt } from '../phone/prompt.ts'
import type { CallEnd } from '../phone/reason.ts'
import { isOwnRoom, type Room } from '../phone/room.ts'
import type { SpeechSynthesizer } from '../speech/index.ts'
import type { Documents } from './documents.ts'
import type { RunningPhone } from './phone.ts'

export interface CallDeskOptions {
  readonly documents: Documents
  readonly phone: Pick<RunningPhone, 'placeRun' | 'adopt' | 'hangUp'>
  readonly engine: Pick<EmbeddedEngine, 'call' | 'callee' | 'rooms' | 'room'>
  readonly speech: Pick<SpeechSynthesizer, 'lacks'>
  readonly clock: Clock
  readonly log: Logger
}

/** What programs of the XML dialect ask of running calls. */
export class CallDesk implements DocumentDesk {
  readonly #options: CallDeskOptions
  readonly #monitors = new Map<CallId, Monitor>()
  readonly #announcements = new Map<CallId, Pick<Announcement, 'stop'>>()

  constructor(options: CallDeskOptions) {
    this.#options = options
  }

  address(text: string): Promise<Address | undefined> {
    return this.#options.documents.address(text)
  }

  callerId(text: string): Promise<Address | undefined> {
    return this.#options.documents.callerId(text)
  }

  lacksLanguage(language: string): string | undefined {
    return this.#options.speech.lacks(language)
  }

  answered(id: CallId): boolean {
    return this.#options.engine.call(id)?.answeredAt !== undefined
  }

  async place(request: PlaceDocumentCall): Promise<{ readonly id: CallId }> {
    const { documents, phone, log } = this.#options
    const { answer, fallback, hangup, ring, token, account, from, to, ringTimeout, headers } = request
    const application: CallApplication = {
      id: '',
      answer,
      ...(fallback === undefined ? {} : { fallback }),
      ...(hangup === undefined ? {} : { hangup }),
    }
    const { ports } = documents.held(application, token, account)
    const timers: Timer[] = []
    const done = (): void => {
      for (const timer of timers) timer.stop()
    }
    let { sendDigits } = request
    let facts: CallFacts | undefined
    let tellHangup: ((params: Params) => void) | undefined
    return phone.placeRun({
      from,
      to,
      seconds: ringTimeout,
      ...(headers === undefined ? {} : { headers }),
      begun(id, startedAt) {
        facts = { id, direction: 'outbound', from, to, startedAt, answeredAt: undefined }
        if (hangup !== undefined) tellHangup = ports.source.tellAtEnd(hangup, id)
        if (request.parent !== undefined) documents.note(id, { parentCallId: request.parent })
      },
      ringing: () => {
        if (facts === undefined) return
        if (ring !== undefined) ports.source.tell(ring, ringParams(facts), facts)
        this.#hangUpAfter(facts.id, request.hangupOnRing, timers)
      },
      early: (send) => {
        if (request.sendEarly !== true || sendDigits === undefined) return
        send(sendDigits).catch((err: unknown) => log.warn({ call: facts?.id, err }, 'keys could not be sent'))
        sendDigits = undefined
      },
      answered: async (call) => {
        // What was to hang up while it rang is over with that.
        done()
        try {
          await this.#answered(call, application, ports, { ...request, sendDigits }, timers)
        } finally {
          done()
        }
      },
      notAnswered(end) {
        done()
        if (facts !== undefined) tellEnd(facts, end, tellHangup, ports)
      },
    })
  }

  async transfer(id: CallId, { aleg, bleg, token, account }: TransferLegs): Promise<readonly CallId[]> {
    const { documents, phone } = this.#options
    const driven = this.#driven(id)
    const moved: CallId[] = aleg === undefined ? [] : [id]
    if (bleg !== undefined) {
      const callee = this.#callee(id).take()
      const { application, ports } = documents.held({ ...driven.urls, id: '', answer: bleg }, token, account)
      phone.adopt(callee, (call) => runApplication(call, application, ports))
      documents.note(callee.id, { parentCallId: id })
      moved.push(callee.id)
    }
    if (aleg !== undefined) driven.transfer(aleg)
    return moved
  }

  async send(id: CallId, digits: string, leg: Exclude<Legs, 'both'>): Promise<void> {
    const call = this.#call(id)
    await (leg === 'aleg' ? call : this.#callee(id)).send(digits)
  }

  async announce(id: CallId, prompt: Prompt, { times, seconds, legs, mix }: Announcing): Promise<void> {
    const call = this.#call(id)
    const hearers = legs === 'aleg' ? [call] : legs === 'bleg' ? [this.#callee(id)] : [call, this.#callee(id)]
    const begun = await Promise.all(hearers.map((hearer) => hearer.announce(prompt, { times, mix })))
    const stop = (): void => {
      for (const announcement of begun) announcement.stop()
    }
    const limit = seconds === undefined ? undefined : this.#options.clock.after(seconds * 1000, stop)
    this.#announcements.set(id, { stop })
    const forget = (): void => {
      limit?.stop()
      if (this.#announcements.get(id)?.stop === stop) this.#announcements.delete(id)
    }
    void Promise.allSettled(begun.map(({ done }) => done)).then(forget)
  }

  stopAnnouncing(id: CallId): void {
    this.#call(id)
    this.#announcements.get(id)?.stop()
  }

  async record(id: CallId, options: RecordLive): Promise<StartedRecording> {
    const { format, seconds, callback, token, transcription } = options
    const { documents, log, clock } = this.#options
    const call = this.#call(id)
    const ports = documents.ports(token)
    const { recordings, source } = ports
    const { recording, path, url } = await recordings.begin({ call: id }, format)
    const startedAt = clock.wall()
    let monitor: Monitor
    try {
      monitor = await call.monitor({ id: recording, path, channels: 'mono', maxSeconds: seconds })
    } catch (error) {
      await recordings.discard(recording)
      throw error
    }
    this.#monitors.set(id, monitor)
    const told = tellings(callback, commonParams(call))
    const pending = source.keep({ told, recording: { id: recording, url, startedAt, onlySpeech: false } }, call.id)
    monitor.done
      .then(async (kept) => {
        await recordings.finish(kept)
        const params = [...commonParams(call), ...recordingParams(recording, url, kept, startedAt)]
        pending.over(...tellings(callback, params))
        tellTranscript(transcription, kept, call, ports)
      })
      .catch((err: unknown) => log.error({ call: id, err }, 'a recording of a conversation was lost'))
      .finally(() => {
        if (this.#monitors.get(id) === monitor) this.#monitors.delete(id)
      })
    return { id: recording, url }
  }

  async stopRecording(id: CallId): Promise<void> {
    this.#call(id)
    this.#monitors.get(id)?.stop()
  }

  now(): number {
    return this.#options.clock.wall()
  }

  rooms(): readonly Room[] {
    return this.#options.engine.rooms().filter(({ name }) => !isOwnRoom(name))
  }

  room(name: string): Room | undefined {
    return isOwnRoom(name) ? undefined : this.#options.engine.room(name)
  }

  live(id: CallId): LiveFacts | undefined {
    const call = this.#options.engine.call(id)
    if (call === undefined) return undefined
    const { direction, from, to } = call
    const name = from.kind === 'anonymous' ? '' : (from.name ?? partyParam(from))
    return { direction, from: partyParam(from), to: partyParam(to), name }
  }

  hangUp(id: CallId): Promise<boolean> {
    return this.#options.phone.hangUp(id)
  }

  playInRoom(room: Room, member: CallId, prompt: Prompt): Promise<void> {
    return new Promise((resolve, reject) => {
      // One that breaks off later is in the log of the media plane.
      room.play(prompt, { member, onBegin: resolve }).then(() => resolve(), reject)
    })
  }

  async recordRoom(room: Room, options: RecordRoom): Promise<StartedRecording> {
    const { format, seconds, callback, token, transcription } = options
    const { documents, log } = this.#options
    const recording = await documents.recordRoom(room, format, seconds)
    if (recording === undefined)
      throw new Problem('block_running', `the conference ${room.name} is being recorded already`)
    const { recording: id, url, startedAt, done } = recording
    // Of one that was lost there is nothing to write down; that it was is in the log of whoever keeps it.
    done.then((kept) => tellTranscript(transcription, kept, undefined, documents.ports(token))).catch(() => {})
    if (callback !== undefined) {
      const named: Params = [
        ['ConferenceName', room.name],
        ['ConferenceUUID', room.id],
        ['ConferenceAction', 'record'],
      ]
      const told = tellings(callback, named)
      const { source } = documents.ports(token)
      const [member] = room.members
      const kept = member && source.keep({ told, recording: { id, url, startedAt, onlySpeech: false } }, member.call)
      done
        .then((recorded) => {
          const params = [...named, ...recordingParams(id, url, recorded, startedAt)]
          // Nobody may be left in it by now; then no call stands for what is kept.
          if (kept === undefined) source.tell(callback, params, { id })
          else kept.over(...tellings(callback, params))
        })
        .catch((err: unknown) => log.error({ room: room.name, err }, 'a recording of a conference was lost'))
    }
    return { id, url }
  }

  stopRoomRecording(room: Room): void {
    this.#options.documents.stopRoomRecording(room)
  }

  deleteRecording(recording: RecordingId): Promise<void> {
    return this.#options.documents.deleteRecording(recording)
  }

  sendText(text: DocumentText, token: string): Promise<string> {
    return this.#options.documents.sendText(text, token)
  }

  async #answered(
    call: Call,
    application: CallApplication,
    ports: DocumentPorts,
    {
      sendDigits,
      timeLimit,
      machine,
    }: Pick<PlaceDocumentCall, 'timeLimit' | 'machine'> & { readonly sendDigits: string | undefined },
    timers: Timer[],
  ): Promise<void> {
    const { clock, log } = this.#options
    const sentence = `the call reached its limit of ${timeLimit} s`
    const limit = clock.after(timeLimit * 1000, () => {
      call
        .hangup({ code: 'completed', sentence })
        .catch((err: unknown) => log.error({ call: call.id, err }, 'a call at its limit could not be hung up'))
    })
    timers.push(limit)
    if (machine !== undefined) {
      watchForMachine(call, machine, ports).catch((err: unknown) =>
        log.warn({ call: call.id, err }, 'whether a machine answered could not be told'),
      )
    }
    if (sendDigits !== undefined) {
      // Keys go before whatever the document says.
      call.send(sendDigits).catch((error: unknown) => {
        if (!call.signal.aborted) log.warn({ call: call.id, err: error }, 'keys could not be sent')
      })
    }
    await runApplication(call, application, ports)
  }

  #hangUpAfter(id: CallId, seconds: number | undefined, timers: Timer[]): void {
    if (seconds === undefined) return
    const { clock, phone, log } = this.#options
    const hangUp = (): void => {
      phone.hangUp(id).catch((err: unknown) => log.error({ call: id, err }, 'a ringing call could not be hung up'))
    }
    timers.push(clock.after(seconds * 1000, hangUp))
  }

  #call(id: CallId): Call {
    const call = this.#options.engine.call(id)
    if (call === undefined) throw new Problem('not_found', `there is no live call ${id}`)
    return call
  }

  #callee(id: CallId): Callee {
    const callee = this.#options.engine.callee(id)
    if (callee === undefined)
      throw new Problem('not_found', `the call ${id} has no other leg now: no Dial of it was answered, or that is over`)
    return callee
  }

  #driven(id: CallId): RunningDocuments {
    this.#call(id)
    const running = this.#options.documents.running(id)
    if (running === undefined) throw new Problem('call_not_driven', `the call ${id} is not driven by documents`)
    return running
  }
}

/** What the ring URL is told. */
const ringParams = (call: CallFacts): Params => [['RequestUUID', call.id], ...commonParams(call), ['Event', 'Ring']]

function tellEnd(
  call: CallFacts,
  end: CallEnd,
  tell: ((params: Params) => void) | undefined,
  ports: DocumentPorts,
): void {
  const cause = hangupCause(end, undefined)
  ports.ended(call.id, cause)
  tell?.(hangupParams(call, end, cause))
}
