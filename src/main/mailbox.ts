import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Mailbox } from '../apps/voicemail.ts'
import type { Bus } from '../base/bus.ts'
import type { Clock } from '../base/clock.ts'
import { announce } from '../jobs/text-ledger.ts'
import { addressKey, describeAddress } from '../phone/address.ts'
import { type Call, type Recording, remoteParty } from '../phone/call.ts'
import type { ServiceEvent } from '../phone/event.ts'
import type { Forward } from '../phone/forward.ts'
import { type Id, newId, type RecordingId } from '../phone/id.ts'
import { linkToken } from '../store/links.ts'
import { deleteRecording } from '../store/recordings.ts'
import { recordingPath, type Store } from '../store/store.ts'
import {
  beginVoicemail,
  finishVoicemail,
  type VoicemailAnnouncement,
  voicemailOfRecording,
} from '../store/voicemails.ts'
import { finishAndTell, tellFinished } from './finish-recording.ts'

export interface MailboxOptions {
  readonly store: Store
  readonly clock: Clock
  readonly bus: Bus<ServiceEvent>
  readonly forward: (id: string) => Promise<Forward | undefined>
  /** Base of links, without a slash at its end. */
  readonly publicUrl: () => string
  readonly linkDays: number
  /** Whether copies can be sent by mail. */
  readonly mails: boolean
}

/** What is known of a recording that has ended, by its app or by the repair after a crash. */
export interface FinishedRecording {
  readonly state: 'kept' | 'lost'
  readonly ms: number
  readonly speechMs: number
  /** How it ended, as in `Recording.end`, or `crash`. */
  readonly endedBy: string
}

/** Messages in the store and the data folder. */
export class StoreMailbox implements Mailbox {
  readonly #options: MailboxOptions

  constructor(options: MailboxOptions) {
    this.#options = options
  }

  async begin(call: Call, forward: Forward): Promise<{ readonly recording: RecordingId; readonly path: string }> {
    const { store, clock } = this.#options
    const wall = clock.wall()
    const createdAt = new Date(wall)
    const recording = newId('recording', wall)
    const relative = `recordings/${recording}.wav`
    const path = recordingPath(store.dataFolder, relative)
    await mkdir(dirname(path), { recursive: true })
    await beginVoicemail(
      store.db,
      {
        id: newId('voicemail', wall),
        callId: call.id,
        forwardId: forward.id,
        fromKey: addressKey(remoteParty(call)),
        from: remoteParty(call),
        createdAt,
      },
      { id: recording, callId: call.id, path: relative, createdAt },
    )
    return { recording, path }
  }

  finish(recording: Recording): Promise<void> {
    return this.finished(recording.id, {
      state: 'kept',
      ms: recording.ms,
      speechMs: recording.speechMs,
      endedBy: recording.end,
    })
  }

  async discard(recording: RecordingId): Promise<void> {
    const { store } = this.#options
    const row = await deleteRecording(store.db, recording)
    if (row !== undefined) await rm(recordingPath(store.dataFolder, row.path), { force: true })
  }

  /** Once per recording, however often it is called: whoever comes second changes nothing and announces nothing. */
  async finished(recording: string, result: FinishedRecording): Promise<void> {
    const { store, clock, bus } = this.#options
    const at = clock.wall()
    if ((await voicemailOfRecording(store.db, recording)) === undefined) {
      // One of a document, which the crash kept from telling about it.
      await finishAndTell(this.#options, recording, { ...result, finishedAt: new Date(at) })
      return
    }
    const announcement = await this.#announcement(recording, result, at)
    const finished = { ...result, finishedAt: new Date(at) }
    const done = await finishVoicemail(store.db, recording, finished, announcement, await this.#isMailed(recording))
    if (done.kind === 'was_finished') return
    tellFinished(bus, recording, new Date(at))
    if (done.voicemail.state === 'new') {
      bus.publish({ type: 'voicemail.created', at, voicemail: done.voicemail.id as Id<'voicemail'> })
    }
    if (done.message !== undefined) announce(bus, done.message)
  }

  async #isMailed(recording: string): Promise<boolean> {
    const voicemail = await voicemailOfRecording(this.#options.store.db, recording)
    if (!this.#options.mails || voicemail === undefined) return false
    return (await this.#options.forward(voicemail.forwardId))?.email !== undefined
  }

  async #announcement(
    recording: string,
    { ms }: FinishedRecording,
    at: number,
  ): Promise<VoicemailAnnouncement | undefined> {
    const { store, linkDays, publicUrl } = this.#options
    const voicemail = await voicemailOfRecording(store.db, recording)
    const forward = voicemail === undefined ? undefined : await this.#options.forward(voicemail.forwardId)
    if (voicemail === undefined || forward?.notify === undefined) return undefined
    const createdAt = new Date(at)
    const link = {
      id: newId('link', at),
      recordingId: recording,
      createdAt,
      expiresAt: new Date(at + linkDays * 86_400_000),
    }
    // Whole seconds, as players count them.
    const seconds = Math.max(1, Math.floor(ms / 1000))
    const url = `${publicUrl()}/r/${linkToken(store.keys, link)}`
    return {
      link,
      message: {
        id: newId('message', at),
        from: forward.number,
        to: forward.notify,
        body: `New voice message for ${forward.name} from ${describeAddress(voicemail.from)}, ${seconds} s: ${url}`,
        key: `voicemail:${voicemail.id}`,
        createdAt,
      },
    }
  }
}
