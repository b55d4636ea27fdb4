import { access } from 'node:fs/promises'
import type { Logger } from '../base/log.ts'
import { encodeToMp3, MediaError } from '../media/index.ts'
import { Problem } from '../phone/problem.ts'
import type { RecordingRow } from '../store/recordings.ts'
import { mp3Path, recordingPath, type Store } from '../store/store.ts'

/** MP3s of recordings: made once, when the recording is over or when somebody asks for it first. */
export class Mp3Files {
  readonly #store: Pick<Store, 'dataFolder'>
  readonly #log: Logger
  readonly #making = new Map<string, Promise<void>>()

  constructor({ store, log }: { readonly store: Pick<Store, 'dataFolder'>; readonly log: Logger }) {
    this.#store = store
    this.#log = log
  }

  /** Resolves when the MP3 stands beside the WAV. @throws Problem `not_found` when there is no audio to make it of */
  async ensure({ id, path, state }: Pick<RecordingRow, 'id' | 'path' | 'state'>): Promise<void> {
    if (state === 'recording')
      throw new Problem('not_found', `${id} is still being recorded; its MP3 is made when it is over.`)
    if (state === 'lost') throw new Problem('not_found', `The audio of ${id} was lost in a crash.`)
    let work = this.#making.get(id)
    if (work === undefined) {
      work = this.#make(path).finally(() => this.#making.delete(id))
      this.#making.set(id, work)
    }
    try {
      await work
    } catch (error) {
      if (!(error instanceof MediaError) || error.code !== 'no-file') throw error
      throw new Problem('not_found', `The audio file of ${id} is gone.`)
    }
  }

  /** In the background; whoever asks for it before it is done waits for the same. */
  begin(row: Pick<RecordingRow, 'id' | 'path' | 'state'>): void {
    this.ensure(row).catch((err: unknown) => this.#log.warn({ recording: row.id, err }, 'an MP3 could not be made'))
  }

  async #make(relative: string): Promise<void> {
    const wav = recordingPath(this.#store.dataFolder, relative)
    const mp3 = mp3Path(wav)
    try {
      await access(mp3)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      await encodeToMp3(wav, mp3)
    }
  }
}
