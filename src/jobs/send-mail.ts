import { access } from 'node:fs/promises'
import type { Logger } from '../base/log.ts'
import { describeAddress } from '../phone/address.ts'
import { getForward } from '../store/forwards.ts'
import type { RecordingRow } from '../store/recordings.ts'
import { mp3Path, recordingPath, type Store } from '../store/store.ts'
import { getVoicemail } from '../store/voicemails.ts'
import { type Mailer, MailRefused } from './mailer.ts'

export interface SendMailOptions {
  readonly store: Pick<Store, 'db' | 'dataFolder'>
  readonly log: Logger
  readonly mailer: Mailer
  /** Resolves when the MP3 of a recording stands beside it. */
  readonly makeMp3: (recording: RecordingRow) => Promise<void>
}

/**
 * Sends the copy of a voicemail. At least once: killed between the server's answer and the note of it, it is sent again, with the same
 * Message-ID. Rejects where it should be tried again.
 */
export async function sendVoicemailMail(id: string, { store, log, mailer, makeMp3 }: SendMailOptions): Promise<void> {
  const voicemail = await getVoicemail(store.db, id)
  const forward = voicemail === undefined ? undefined : await getForward(store.db, voicemail.forwardId)
  if (voicemail === undefined || forward === undefined || forward.email === null) {
    log.info({ voicemail: id }, 'a voicemail is sent to nobody: it, its forward or the address is gone')
    return
  }
  const { recording, from, createdAt } = voicemail
  const { to, audio } = forward.email
  const wav = recordingPath(store.dataFolder, recording.path)
  if (audio === 'mp3') await makeMp3(recording)
  const path = audio === 'mp3' ? mp3Path(wav) : wav
  const file = audio === 'none' ? undefined : { name: `voicemail.${audio}`, path, type: types[audio] }
  if (file !== undefined) await access(file.path)
  const seconds = Math.max(1, Math.floor(recording.ms / 1000))
  const caller = describeAddress(from)
  try {
    await mailer.send({
      ...{ to, id: voicemail.id, ...(file === undefined ? {} : { file }) },
      subject: `Voice message for ${forward.name} from ${caller}, ${seconds} s`,
      text: `${caller} left a message of ${seconds} s for ${forward.name} (${forward.number}) at ${createdAt.toISOString()}.\n`,
    })
    log.info({ voicemail: id }, 'a voicemail was sent by mail')
  } catch (error) {
    if (!(error instanceof MailRefused)) throw error
    log.error({ voicemail: id, err: error }, 'a voicemail cannot be sent by mail: the server refuses it')
  }
}

const types = { wav: 'audio/wav', mp3: 'audio/mpeg' } as const
