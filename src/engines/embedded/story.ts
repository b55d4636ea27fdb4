import type { TimelineEvent } from '../../phone/call.ts'

/** The story of one call is kept up to so many lines; the end always fits. */
const mostLines = 1000
/** Characters of one line; a caller may give itself a name or a URI of thousands. */
const longestLine = 500

/** What happened in a call, line by line. */
export class Story {
  readonly lines: TimelineEvent[]
  readonly #told: (line: TimelineEvent) => void

  /** @param before lines of the call that it goes on from */
  constructor(before: readonly TimelineEvent[], told: (line: TimelineEvent) => void) {
    this.lines = [...before]
    this.#told = told
  }

  add(event: TimelineEvent): void {
    if (this.lines.length >= mostLines && event.kind !== 'ended' && event.kind !== 'media') return
    const { text } = event
    const line = text.length > longestLine ? { ...event, text: `${text.slice(0, longestLine - 1)}…` } : event
    this.lines.push(line)
    this.#told(line)
  }
}
