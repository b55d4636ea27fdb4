import { deferred } from '../base/deferred.ts'
import { type Call, CallEnded } from '../phone/call.ts'
import type { DetectOptions } from '../phone/detect.ts'
import type { AnsweredBy, ListenEnd } from '../phone/listen.ts'
import type { Prompt } from '../phone/prompt.ts'

export interface Detected {
  readonly by: AnsweredBy
  /** After which it was known. */
  readonly ms: number
  /** Of a machine: what showed that it records; `limit`: nothing did. */
  readonly records?: 'beep' | 'silence' | 'limit'
  /** The message was played to its end while the machine recorded. */
  readonly left?: boolean
  readonly end: 'known' | 'stopped'
}

/** A machine that beeps again and again is not talked to for ever. */
const mostBegins = 5

const stops = new WeakMap<Call, () => void>()

/** Ends what `detect` does on this call, if it does. */
export function stopDetecting(call: Call): void {
  stops.get(call)?.()
}

/** Tells who answered a call that has just been answered. @throws CallEnded, Problem */
export async function detect(call: Call, options: DetectOptions = {}): Promise<Detected> {
  const { message, beep = true, maxSeconds = 90 } = options
  const answered = deferred<{ readonly by: AnsweredBy; readonly atMs: number }>()
  const records = deferred<'beep' | 'silence'>()
  const over = deferred<ListenEnd>()
  let begins = 0
  let playing: AbortController | undefined
  const listening = await call.listen({
    ...{ transcribe: false, answer: true, silenceMs: [], maxSeconds },
    onEvent: (event) => {
      if (event.kind === 'answered') answered.resolve(event)
      if (event.kind !== 'recording') return
      begins++
      records.resolve(event.after)
      // What it heard until now it does not keep.
      playing?.abort()
    },
  })
  void listening.done.then(over.resolve)
  let stopped = false
  stops.set(call, () => {
    stopped = true
    listening.stop()
  })
  try {
    const who = await Promise.race([answered.promise, over.promise])
    if (call.signal.aborted) throw new CallEnded(await call.ended)
    // Who sends no audio at all is heard by nobody.
    if (typeof who === 'string') return { by: 'silence', ms: maxSeconds * 1000, end: stopped ? 'stopped' : 'known' }
    const known = { by: who.by, ms: who.atMs }
    if (who.by !== 'machine' || (!beep && message === undefined)) return { ...known, end: 'known' }
    const how = await Promise.race([records.promise, over.promise])
    if (how === 'hangup') throw new CallEnded(await call.ended)
    if (how === 'stopped') return { ...known, end: 'stopped' }
    if (how === 'limit' || message === undefined) return { ...known, records: how, end: 'known' }
    const left = await leave(message)
    return { ...known, records: how, left, end: stopped ? 'stopped' : 'known' }
  } finally {
    listening.stop()
    stops.delete(call)
  }

  async function leave(prompt: Prompt): Promise<boolean> {
    for (;;) {
      const begun = begins
      playing = new AbortController()
      const played = await call.play(prompt, { signal: playing.signal })
      if (played.kind === 'finished') return true
      if (stopped || begins === begun || begins > mostBegins) return false
    }
  }
}
