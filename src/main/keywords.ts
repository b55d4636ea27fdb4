import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { readKeyword } from '../phone/keyword.ts'
import type { NewMessage } from '../store/messages.ts'
import { deleteOptOut, putOptOut, saidStop } from '../store/opt-outs.ts'
import type { Db } from '../store/store.ts'
import type { OutgoingTexts } from './outgoing-texts.ts'

export interface KeywordDeskOptions {
  readonly db: Db
  readonly clock: Clock
  readonly log: Logger
  readonly texts: Pick<OutgoingTexts, 'rules' | 'put' | 'told' | 'isSender'>
}

/** Keeps to what people answer to texts: STOP, START, HELP. */
export class KeywordDesk {
  readonly #options: KeywordDeskOptions

  constructor(options: KeywordDeskOptions) {
    this.#options = options
  }

  /** Whether texts go out in this name, so that answers come to it. */
  isSender(to: string): boolean {
    return this.#options.texts.isSender(to)
  }

  /** A text came from outside. The same `key` twice is the same text. */
  async heard({ from, to, body, key }: Pick<NewMessage, 'from' | 'to' | 'body' | 'key'>): Promise<void> {
    const { db, clock, log, texts } = this.#options
    const word = readKeyword(body, await saidStop(db, to, from))
    if (word === undefined) return
    const answered = await db.transaction(async (tx) => {
      // Who says it again is not answered again: the answer of another machine would be answered for ever.
      if (!(await change(tx, word, to, from, new Date(clock.wall())))) return undefined
      log.info({ sender: to, receiver: from, word }, 'a receiver answered to texts')
      const answer = texts.rules.answers[word]
      if (answer === null || key === null) return undefined
      return texts.put(tx, { from: to, to: from, body: answer, key: `keyword:${key}`, notice: true })
    })
    if (answered?.isNew) texts.told(answered.row)
  }
}

function change(
  db: Db,
  word: 'stop' | 'start' | 'help',
  sender: string,
  receiver: string,
  createdAt: Date,
): Promise<boolean> {
  switch (word) {
    case 'stop':
      return putOptOut(db, { sender, receiver, createdAt })
    case 'start':
      return deleteOptOut(db, sender, receiver)
    case 'help':
      return Promise.resolve(true)
  }
}
