import type { Timer } from '../../base/clock.ts'
import { type Call, CallEnded } from '../../phone/call.ts'
import { Problem } from '../../phone/problem.ts'
import { type HangupCause, hangupCause } from './cause.ts'
import { type EndHow, ended, next, type RunContext, type Step } from './context.ts'
import { type CallDocument, type DocumentElement, readDocument } from './document.ts'
import { InvalidDocument } from './fault.ts'
import { commonParams, hangupParams } from './params.ts'
import { AskFailed, type CallApplication, type DocumentPorts, type Params } from './ports.ts'
import { conference } from './steps/conference.ts'
import { hangup, message } from './steps/control.ts'
import { dial } from './steps/dial.ts'
import { getDigits, getInput } from './steps/gather.ts'
import { record } from './steps/record.ts'
import { dtmf, play, speak } from './steps/sound.ts'
import { wait } from './steps/wait.ts'
import type { WebTarget } from './web-target.ts'

/** Documents of one call, one after the other: two that lead to each other must end some day. */
const mostDocuments = 500
/** In a row, which lead on before anything could be heard or pressed: a circle asks a program hundreds of times in a second. */
const mostHasty = 40
const hastyMs = 100
/** Of PreAnswer, as the dialect has it: telephone networks give up a call that long unanswered. */
const longestEarlyMs = 30_000

type Asked = 'answer' | 'action' | 'transfer' | 'redirect'

/** Why a call cannot go on as its document says. */
interface Failure {
  readonly sentence: string
  readonly cause: Partial<HangupCause>
  /** Whose URL gave no document; absent where an element could not be run. */
  readonly asked?: Asked
}

function notAsked({ kind, message }: AskFailed, asked: Asked): Failure {
  const last = { answer: 1, action: 2, transfer: 3, redirect: 4 }[asked]
  const name = { answer: 'Answer', action: 'Action', transfer: 'Transfer', redirect: 'Redirect' }[asked]
  const cause: Partial<HangupCause> =
    kind === 'unreachable'
      ? { code: 7010 + last, name: `Error Reaching ${name} URL`, source: 'Error' }
      : { code: 8010 + last, name: `Invalid ${name} XML`, source: 'Error' }
  return { sentence: `the ${asked} URL gave no document: ${message}`, cause, asked }
}

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
  const course: Course = { documents: 0, legs: 0, known: undefined, moved: undefined, stop: new AbortController() }
  const run = new Run(call, application, ports, course)
  const leave = ports.running(call.id, {
    application: application.id,
    urls: application,
    transfer(target) {
      course.moved = target
      course.stop.abort()
      call.stop()
    },
  })
  try {
    await run.start()
  } catch (error) {
    if (!(error instanceof CallEnded)) throw error
  } finally {
    leave()
    run.close()
  }
}

/** What others than the documents do to a run. */
interface Course {
  documents: number
  /** Those that Dials reached. */
  legs: number
  /** What a document made of the end. */
  known: Partial<HangupCause> | undefined
  /** Where somebody else sent the call; taken as soon as what runs has stopped. */
  moved: WebTarget | undefined
  /** Aborts with the move. */
  stop: AbortController
}

class Run implements RunContext {
  readonly call: Call
  readonly ports: DocumentPorts
  recordDial: (() => Promise<void>) | undefined
  readonly #application: CallApplication
  readonly #course: Course
  readonly #timers: Timer[] = []
  /** Within PreAnswer: aborts when it has lasted long enough. */
  #earlyOver: AbortSignal | undefined
  #fellBack = false
  #lastAsked: Asked = 'answer'
  /** Milliseconds spent asking. */
  #asking = 0

  constructor(call: Call, application: CallApplication, ports: DocumentPorts, course: Course) {
    this.call = call
    this.ports = ports
    this.#application = application
    this.#course = course
  }

  get stopped(): AbortSignal {
    const moved = this.#course.stop.signal
    return this.#earlyOver === undefined ? moved : AbortSignal.any([moved, this.#earlyOver])
  }

  get early(): boolean {
    return this.#earlyOver !== undefined
  }

  nextLeg(): number {
    return ++this.#course.legs
  }

  async start(): Promise<void> {
    const { call, ports } = this
    const { answer, hangup } = this.#application
    if (hangup !== undefined) {
      const tell = ports.source.tellAtEnd(hangup, call.id)
      void call.ended.then((end) => tell(hangupParams(call, end, hangupCause(end, this.#course.known))))
    }
    void call.ended.then((end) => ports.ended(call.id, hangupCause(end, this.#course.known)))
    const params: Params = [...commonParams(call), ['Event', 'StartApp']]
    const step = await this.#movedOr(await this.#ask(answer, params, 'answer'))
    if (step.kind === 'document') await this.#run(step.document)
  }

  close(): void {
    // A hangup that is scheduled is of no use to a call that is over, and it is: the document ends it.
    for (const timer of this.#timers) timer.stop()
  }

  follow(target: WebTarget, params: Params, what: 'action' | 'transfer' | 'redirect'): Promise<Step> {
    return this.#ask(target, params, what)
  }

  /** The fallback is asked once for all: a program that is down answers no better the next time. */
  async #ask(target: WebTarget, params: Params, what: Asked): Promise<Step> {
    this.#lastAsked = what
    return this.#asked(target, params, (error) => this.#instead(notAsked(error, what), params))
  }

  async #asked(target: WebTarget, params: Params, otherwise: (error: AskFailed) => Promise<Step>): Promise<Step> {
    // What the end of a call wants to tell is asked for its own sake.
    const over = this.call.signal.aborted ? [] : [this.call.signal]
    const inVain = AbortSignal.any([this.#course.stop.signal, ...over])
    try {
      return { kind: 'document', document: await this.#fetch(target, params, inVain) }
    } catch (error) {
      if (this.call.signal.aborted) return ended
      // Where the call was sent meanwhile is asked in its place.
      if (inVain.aborted) return next
      if (!(error instanceof AskFailed)) throw error
      return otherwise(error)
    }
  }

  /** The fallback, for any fault of a document or of what it wants; an apology and the end where there is none. */
  async #instead(failure: Failure, params: Params): Promise<Step> {
    const { fallback } = this.#application
    if (fallback === undefined || this.#fellBack) return this.#failed(failure)
    this.#fellBack = true
    this.note(`the fallback is asked: ${failure.sentence}`)
    return this.#asked(fallback, params, (error) =>
      this.#failed(failure.asked === undefined ? failure : notAsked(error, failure.asked)),
    )
  }

  async end(sentence: string, { code, cause }: EndHow): Promise<Step> {
    this.#course.known ??= cause
    await this.call.hangup({ code, sentence })
    return ended
  }

  note(sentence: string): void {
    this.ports.log.warn({ call: this.call.id, application: this.#application.id }, sentence)
  }

  /** @param inVain aborts when nobody wants it any more */
  async #fetch(target: WebTarget, params: Params, inVain: AbortSignal): Promise<CallDocument> {
    const { clock, source } = this.ports
    const since = clock.now()
    const text = await source.ask(target, params, this.call, inVain).finally(() => {
      this.#asking += clock.now() - since
    })
    try {
      const document = readDocument(text)
      for (const sentence of document.notes) this.note(sentence)
      return document
    } catch (error) {
      if (!(error instanceof InvalidDocument)) throw error
      throw new AskFailed('content', `${target.url} gave no document that can be run. ${error.message}`)
    }
  }

  async #failed({ sentence, cause }: Failure): Promise<Step> {
    await this.#apologise()
    // Somebody sent the call elsewhere meanwhile.
    if (this.#course.moved !== undefined) return next
    return this.end(sentence, { code: 'failed', cause })
  }

  /** A fault of the program is not the caller's: it is told of before it is hung up. */
  async #apologise(): Promise<void> {
    const { apology } = this.ports
    if (apology === undefined || this.call.signal.aborted) return
    try {
      await this.call.answer()
      await this.call.play({ kind: 'text', text: apology })
    } catch (error) {
      if (error instanceof CallEnded) throw error
      this.note(`the apology could not be spoken: ${String(error)}`)
    }
  }

  async #run(first: CallDocument): Promise<void> {
    const { clock } = this.ports
    let document = first
    let hasty = 0
    for (;;) {
      const since = clock.now() - this.#asking
      const done = await this.#elements(document.elements)
      let step = await this.#movedOr(done)
      hasty = clock.now() - this.#asking - since < hastyMs ? hasty + 1 : 0
      if (step.kind === 'document' && (++this.#course.documents >= mostDocuments || hasty >= mostHasty)) {
        const those = hasty >= mostHasty ? `${hasty} documents in a row that did nothing` : `${mostDocuments} documents`
        const failure = new AskFailed('content', `the call was led through ${those}; a loop is likely`)
        step = await this.#movedOr(await this.#instead(notAsked(failure, this.#lastAsked), commonParams(this.call)))
        this.#course.documents = hasty = 0
      }
      switch (step.kind) {
        case 'ended':
          return
        case 'document':
          document = step.document
          continue
        case 'next':
          await this.end('the document came to its end', {
            code: 'completed',
            cause: { cause: 'NORMAL_CLEARING', code: 4010, name: 'End Of XML Instructions', source: 'Plivo' },
          })
          return
      }
    }
  }

  /** Where the call was sent elsewhere, its document, or that of where it was sent while that was asked; else what the last one came to. */
  async #movedOr(last: Step): Promise<Step> {
    let step = last
    for (;;) {
      const target = this.#course.moved
      if (target === undefined || this.call.signal.aborted) return step
      this.#course.moved = undefined
      this.#course.stop = new AbortController()
      step = await this.follow(target, commonParams(this.call), 'transfer')
    }
  }

  async #elements(elements: readonly DocumentElement[]): Promise<Step> {
    for (const element of elements) {
      if (this.call.signal.aborted) return ended
      if (this.stopped.aborted) return next
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
      if (error instanceof CallEnded) throw error
      // What broke as the caller went needs no other document.
      if (this.call.signal.aborted) throw new CallEnded(await this.call.ended)
      // A caller whose phone takes no sound yet is picked up by what stands behind PreAnswer.
      if (this.early && error instanceof Problem && error.code === 'not_supported') {
        this.note(`${element.element} is left out before the answer: ${error.message}`)
        return next
      }
      return this.#instead(this.#notRun(element, error), commonParams(this.call))
    }
  }

  /** A block that the engine does not have, a sound that it cannot make, a fault of ours: the writer is told which element it was. */
  #notRun({ element }: DocumentElement, error: unknown): Failure {
    if (error instanceof AskFailed) return notAsked(error, 'action')
    const cause = { source: 'Error' } as const
    if (error instanceof Problem) return { sentence: `${element} cannot be run: ${error.message}`, cause }
    this.ports.log.error({ call: this.call.id, err: error }, `${element} of a document failed`)
    return { sentence: `${element} cannot be run: a fault of this service, told in its log`, cause }
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
        return hangup(element, this)
      case 'Message':
        return message(element, this)
      case 'PreAnswer':
        return this.#before(element.children)
    }
  }

  async #before(children: readonly DocumentElement[]): Promise<Step> {
    const over = new AbortController()
    this.#earlyOver = over.signal
    const timer = this.ports.clock.after(longestEarlyMs, () => {
      this.note(`PreAnswer is cut after ${longestEarlyMs / 1000} s`)
      over.abort()
      this.call.stop()
    })
    try {
      return await this.#elements(children)
    } finally {
      timer.stop()
      this.#earlyOver = undefined
    }
  }

  later(ms: number, work: () => void): void {
    this.#timers.push(this.ports.clock.after(ms, work))
  }
}
