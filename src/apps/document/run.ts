import type { Timer } from '../../base/clock.ts'
import { type Call, CallEnded } from '../../phone/call.ts'
import { Problem } from '../../phone/problem.ts'
import { type HangupCause, hangupCause } from './cause.ts'
import { type EndHow, ended, next, type RunContext, type Step } from './context.ts'
import { type CallDocument, type DocumentElement, readDocument } from './document.ts'
import type { Hangup, Message } from './elements/control.ts'
import { InvalidDocument } from './fault.ts'
import { commonParams, hangupParams } from './params.ts'
import { AskFailed, type CallApplication, type DocumentPorts, type HeldApplication, type Params } from './ports.ts'
import { conference } from './steps/conference.ts'
import { dial } from './steps/dial.ts'
import { getDigits, getInput } from './steps/gather.ts'
import { record } from './steps/record.ts'
import { dtmf, play, speak, wait } from './steps/sound.ts'
import type { WebTarget } from './web-target.ts'

/** Documents of one call, one after the other: two that lead to each other must end some day. */
const mostDocuments = 500

/** Applications that dial the numbers of each other. */
const mostWithin = 5

/** Elements that leave it to later ones to pick up. */
const unanswered: ReadonlySet<DocumentElement['element']> = new Set([
  'Wait',
  'PreAnswer',
  'Hangup',
  'Dial',
  'Redirect',
  'Message',
])

/** Gives a call to the documents of an application, to its end; then the hangup URL is told. Rejects with faults of ours only. */
export async function runApplication(call: Call, application: CallApplication, ports: DocumentPorts): Promise<void> {
  const run = new Run(call, application, ports)
  try {
    await run.start()
  } catch (error) {
    if (!(error instanceof CallEnded)) throw error
  } finally {
    run.close()
  }
}

class Run implements RunContext {
  readonly call: Call
  readonly ports: DocumentPorts
  early = false
  recordDial: (() => Promise<void>) | undefined
  readonly #application: CallApplication
  /** Of applications that dialled each other; 0 for the one that the call is for. */
  readonly #depth: number
  readonly #timers: Timer[] = []
  #documents = 0
  #known: Partial<HangupCause> | undefined

  constructor(call: Call, application: CallApplication, ports: DocumentPorts, depth = 0) {
    this.#depth = depth
    this.call = call
    this.ports = ports
    this.#application = application
  }

  async start(): Promise<void> {
    const { call, ports } = this
    const { answer, fallback, hangup } = this.#application
    if (hangup !== undefined) {
      void call.ended.then((end) =>
        ports.source.tell(hangup, hangupParams(call, end, hangupCause(end, this.#known)), call),
      )
    }
    const params: Params = [...commonParams(call), ['Event', 'StartApp']]
    let document: CallDocument
    try {
      document = await this.#fetch(answer, params)
    } catch (error) {
      if (!(error instanceof AskFailed)) throw error
      if (fallback === undefined) return void (await this.#failed(error, 'answer'))
      this.note(`the fallback is asked: ${error.message}`)
      try {
        document = await this.#fetch(fallback, params)
      } catch (second) {
        if (!(second instanceof AskFailed)) throw second
        return void (await this.#failed(second, 'answer'))
      }
    }
    await this.#run(document)
  }

  close(): void {
    // A hangup that is scheduled is of no use to a call that is over, and it is: the document ends it.
    for (const timer of this.#timers) timer.stop()
  }

  async follow(target: WebTarget, params: Params, what: 'action' | 'redirect'): Promise<Step> {
    try {
      return { kind: 'document', document: await this.#fetch(target, params) }
    } catch (error) {
      if (!(error instanceof AskFailed)) throw error
      return this.#failed(error, what)
    }
  }

  async end(sentence: string, { code, cause }: EndHow): Promise<Step> {
    this.#known ??= cause
    // One that another application dialled gives the call back to it.
    if (this.#depth > 0) return ended
    await this.call.hangup({ code, sentence })
    return ended
  }

  async runWithin({ application, ports }: HeldApplication): Promise<void> {
    if (this.#depth >= mostWithin) {
      this.note(`${application.id} is not run: ${mostWithin} applications dialled each other before`)
      return
    }
    await this.call.answer()
    const run = new Run(this.call, application, ports, this.#depth + 1)
    try {
      await run.start()
    } finally {
      run.close()
    }
  }

  note(sentence: string): void {
    this.ports.log.warn({ call: this.call.id, application: this.#application.id }, sentence)
  }

  async #fetch(target: WebTarget, params: Params): Promise<CallDocument> {
    const text = await this.ports.source.ask(target, params, this.call)
    try {
      const document = readDocument(text)
      for (const sentence of document.notes) this.note(sentence)
      return document
    } catch (error) {
      if (!(error instanceof InvalidDocument)) throw error
      throw new AskFailed('content', `${target.url} gave no document that can be run. ${error.message}`)
    }
  }

  #failed(error: AskFailed, what: 'answer' | 'action' | 'redirect'): Promise<Step> {
    const last = { answer: 1, action: 2, redirect: 4 }[what]
    const name = { answer: 'Answer', action: 'Action', redirect: 'Redirect' }[what]
    const cause: Partial<HangupCause> =
      error.kind === 'unreachable'
        ? { code: 7010 + last, name: `Error Reaching ${name} URL`, source: 'Error' }
        : { code: 8010 + last, name: `Invalid ${name} XML`, source: 'Error' }
    return this.end(`the ${what} URL gave no document: ${error.message}`, { code: 'failed', cause })
  }

  async #run(first: CallDocument): Promise<void> {
    let document = first
    for (;;) {
      if (++this.#documents > mostDocuments) {
        await this.end(`the call was led through ${mostDocuments} documents; a loop is likely`, {
          code: 'failed',
          cause: { source: 'Error' },
        })
        return
      }
      const step = await this.#elements(document.elements)
      switch (step.kind) {
        case 'ended':
          return
        case 'document':
          document = step.document
          continue
        case 'next':
          await this.end('the document came to its end', {
            code: 'completed',
            cause: { code: 4010, name: 'End Of XML Instructions', source: 'Plivo' },
          })
          return
      }
    }
  }

  async #elements(elements: readonly DocumentElement[]): Promise<Step> {
    for (const element of elements) {
      if (this.call.signal.aborted) return ended
      if (this.call.answeredAt === undefined && !this.early && !unanswered.has(element.element))
        await this.call.answer()
      const step = await this.#step(element)
      if (step.kind !== 'next') return step
    }
    return next
  }

  async #step(element: DocumentElement): Promise<Step> {
    try {
      return await this.#runElement(element)
    } catch (error) {
      // A block that the engine does not have, or a sound that it cannot make: the writer is told which element it was.
      if (error instanceof AskFailed) return this.#failed(error, 'action')
      if (!(error instanceof Problem)) throw error
      return this.end(`${element.element} cannot be run: ${error.message}`, {
        code: 'failed',
        cause: { source: 'Error' },
      })
    }
  }

  async #runElement(element: DocumentElement): Promise<Step> {
    switch (element.element) {
      case 'Speak':
        return speak(element, this)
      case 'Play':
        return play(element, this)
      case 'Wait':
        return wait(element, this)
      case 'DTMF':
        return dtmf(element, this)
      case 'GetDigits':
        return getDigits(element, this)
      case 'GetInput':
        return getInput(element, this)
      case 'Record':
        return record(element, this)
      case 'Dial':
        return dial(element, this)
      case 'Conference':
        return conference(element, this)
      case 'Redirect':
        return this.follow(element.target, [...commonParams(this.call), ['Event', 'Redirect']], 'redirect')
      case 'Hangup':
        return this.#hangup(element)
      case 'Message':
        return this.#message(element)
      case 'PreAnswer': {
        this.early = true
        try {
          return await this.#elements(element.children)
        } finally {
          this.early = false
        }
      }
    }
  }

  async #hangup({ reason, schedule }: Hangup): Promise<Step> {
    const source = 'Answer XML'
    if (schedule !== undefined) {
      const timer = this.ports.clock.after(schedule * 1000, () => {
        this.end(`the document hung up after ${schedule} s`, { code: 'completed', cause: { source } }).catch(
          (err: unknown) => this.ports.log.error({ call: this.call.id, err }, 'a scheduled hangup failed'),
        )
      })
      this.#timers.push(timer)
      return next
    }
    switch (reason) {
      case 'busy':
        return this.end('the document refused the call as busy', { code: 'busy', cause: { source } })
      case 'rejected':
        return this.end('the document refused the call', { code: 'declined', cause: { source } })
      case undefined:
        return this.end('the document hung up', { code: 'completed', cause: { source } })
    }
  }

  async #message({ src, dst, text, callback }: Message): Promise<Step> {
    for (const to of dst) {
      try {
        const id = await this.ports.sendText({ from: src, to, text })
        if (callback === undefined) continue
        const params: Params = [
          ['MessageUUID', id],
          ['From', src],
          ['To', to],
          ['Type', 'sms'],
          ['Status', 'queued'],
          ['Units', '1'],
        ]
        this.ports.source.tell(callback, params, this.call)
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        this.note(`a text to ${to} is not sent: ${error.message}`)
      }
    }
    return next
  }
}
