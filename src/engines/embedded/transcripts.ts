import type { Heard } from '../../media/plane.ts'
import type { ListenEvent, ListenOptions, SoundPiece } from '../../phone/listen.ts'
import { type OpenUtterance, type Recognised, RecogniseError, type SpeechRecogniser } from '../../speech/index.ts'

export interface TranscriptOptions {
  readonly language?: string
  readonly hints?: readonly string[]
  readonly interim: boolean
  readonly prepare?: ListenOptions['prepare']
  readonly tell: (event: ListenEvent) => void
  readonly sound: (piece: SoundPiece) => void
}

/** Makes events of what is heard: has utterances recognised, and keeps transcripts, silences and rings in the order of what was said. */
export class Transcripts {
  readonly #recogniser: SpeechRecogniser | undefined
  readonly #o: TranscriptOptions
  #utterances = 0
  #open: { readonly from: number; readonly utterance: number; readonly heard: OpenUtterance | undefined } | undefined
  /** Said, and not recognised yet. */
  readonly #awaited = new Set<OpenUtterance>()
  /** Ends when all that was said until now is told. */
  #told: Promise<void> = Promise.resolve()
  #forgotten = false

  constructor(recogniser: SpeechRecogniser | undefined, o: TranscriptOptions) {
    this.#recogniser = recogniser
    this.#o = o
  }

  heard(heard: Heard): void {
    if (this.#forgotten) return
    switch (heard.kind) {
      case 'speech':
        this.#begin(heard.fromMs)
        this.#o.tell(heard)
        return
      case 'audio':
        this.#open?.heard?.write(heard.samples)
        return
      case 'dropped':
        this.#open?.heard?.cancel()
        this.#open = undefined
        return
      case 'utterance':
        this.#end(heard.toMs)
        return
      case 'silence':
        this.#told = this.#told.then(() => this.#tell(heard))
        return
      case 'tone':
        // Whom it rings is told by what was said before.
        if (heard.tone === 'ringback') this.#told = this.#told.then(() => this.#tell(heard))
        else this.#o.tell(heard)
        return
      case 'music':
      case 'answered':
      case 'recording':
        this.#o.tell(heard)
        return
      case 'sound':
        this.#o.sound(heard)
    }
  }

  /** Nobody is interested any more: what waits to be recognised leaves its place to others. */
  forget(): void {
    this.#forgotten = true
    this.#open?.heard?.cancel()
    this.#open = undefined
    for (const heard of this.#awaited) heard.cancel()
  }

  /** Resolves when every transcript was told. */
  async finish(): Promise<void> {
    this.#open?.heard?.cancel()
    this.#open = undefined
    await this.#told
  }

  #tell(event: ListenEvent): void {
    if (!this.#forgotten) this.#o.tell(event)
  }

  #begin(from: number): void {
    const utterance = ++this.#utterances
    const { language, hints, interim, prepare } = this.#o
    const onInterim = (so: Recognised): void => {
      if (this.#open?.utterance !== utterance) return
      const toMs = from + (so.words.at(-1)?.toMs ?? 0)
      this.#o.tell({ kind: 'transcript', utterance, final: false, fromMs: from, toMs, ...shown(so, from) })
    }
    const heard = this.#recogniser?.open({
      ...(language === undefined ? {} : { language }),
      ...(hints === undefined ? {} : { hints }),
      ...(interim ? { onInterim } : {}),
    })
    const whole = prepare !== undefined && this.#recogniser?.gives.interim === false
    this.#open = { from, utterance, heard: heard !== undefined && whole ? prepared(heard, prepare) : heard }
  }

  #end(toMs: number): void {
    const open = this.#open
    this.#open = undefined
    if (open?.heard === undefined) return
    const { from: fromMs, utterance, heard } = open
    const before = this.#told
    this.#awaited.add(heard)
    const tell = (event: ListenEvent): Promise<void> => {
      this.#awaited.delete(heard)
      return before.then(() => this.#tell(event))
    }
    const recognised = heard.end().then(
      (so) => tell({ kind: 'transcript', utterance, final: true, fromMs, toMs, ...shown(so, fromMs), ...sure(so) }),
      (error: unknown) => {
        const sentence = error instanceof RecogniseError ? error.message : `The recogniser failed: ${String(error)}`
        return tell({ kind: 'untranscribed', utterance, fromMs, toMs, sentence })
      },
    )
    this.#told = recognised
  }
}

/** Hands the samples on when all are there, as they are then. */
function prepared(utterance: OpenUtterance, prepare: NonNullable<ListenOptions['prepare']>): OpenUtterance {
  const blocks: Int16Array[] = []
  return {
    write: (samples) => void blocks.push(samples.slice()),
    end: async (beside) => {
      const all = new Int16Array(blocks.reduce((sum, { length }) => sum + length, 0))
      let at = 0
      for (const block of blocks) {
        all.set(block, at)
        at += block.length
      }
      utterance.write(await prepare(all))
      return utterance.end(beside)
    },
    cancel: () => utterance.cancel(),
  }
}

/** Times of an utterance as times of the call. */
const shown = ({ text, words }: Recognised, from: number) => ({
  text,
  words: words.map((word) => ({ ...word, fromMs: from + word.fromMs, toMs: from + word.toMs })),
})

const sure = ({ confidence }: Recognised) => (confidence === undefined ? {} : { confidence })
