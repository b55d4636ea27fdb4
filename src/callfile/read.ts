import { readLines } from './line.ts'

/** A call file as Asterisk understands it, with its defaults. */
export interface ReadCallFile {
  /** Absent where the file has no channel; such a file is thrown away. */
  readonly channel: { readonly technology: string; readonly destination: string } | undefined
  readonly callerId: string | undefined
  /** In the order of the file; names may repeat. */
  readonly variables: readonly (readonly [name: string, value: string])[]
  readonly account: string | undefined
  /** Seconds. */
  readonly waitTime: number
  readonly retryTime: number
  /** Attempts after the first; negative: none at all. */
  readonly maxRetries: number
  readonly codecs: string | undefined
  readonly earlyMedia: boolean
  readonly archive: boolean
  readonly alwaysDelete: boolean
  /** Absent where there is none; such a file is thrown away. An application wins over a place in the dialplan. */
  readonly action: ReadAction | undefined
  readonly attempts: Attempts
  /** Written when the file was archived, after its last attempt. */
  readonly status: 'Completed' | 'Expired' | 'Failed' | undefined
  /** What is wrong with it, in the order of its lines. */
  readonly warnings: readonly Warning[]
}

export type ReadAction =
  | { readonly kind: 'application'; readonly application: string; readonly data: string }
  | { readonly kind: 'context'; readonly context: string; readonly extension: string; readonly priority: number }

/** What the switch noted of its attempts. */
export interface Attempts {
  /** As they count against `maxRetries`: ended, aborted and by hand. */
  readonly used: number
  /** Process id of the switch that began an attempt and noted no end of it. */
  readonly running: number | undefined
  readonly notes: readonly AttemptNote[]
}

export interface AttemptNote {
  readonly kind: 'StartRetry' | 'EndRetry' | 'AbortRetry' | 'DelayedRetry'
  readonly pid: number
  /** From 1. */
  readonly attempt: number
  readonly at: Date
}

export interface Warning {
  /** From 1, or 0 where the file as a whole is meant. */
  readonly line: number
  readonly sentence: string
}

/** Never throws: what is wrong is in `warnings`, as Asterisk goes on past it. */
export function readCallFile(contents: Uint8Array | string): ReadCallFile {
  const reading = new Reading()
  for (const line of readLines(typeof contents === 'string' ? contents : Buffer.from(contents).toString('utf8'))) {
    if (line.kind === 'fault') reading.warn(line.number, line.sentence)
    else reading.entry(line.number, line.key, line.value)
  }
  return reading.finish()
}

/** Whether the switch would make the call. */
export const isValid = (file: ReadCallFile): boolean => file.channel !== undefined && file.action !== undefined

const defaults = { priority: 1, maxretries: 0, retrytime: 300, waittime: 45 }
const yes = new Set(['yes', 'true', 'y', 't', '1', 'on'])
const statuses = ['Completed', 'Expired', 'Failed'] as const

class Reading {
  readonly #text = new Map<string, string>()
  readonly #variables: [string, string][] = []
  readonly #notes: AttemptNote[] = []
  readonly #warnings: Warning[] = []
  readonly #numbers = { ...defaults }
  readonly #answers = { archive: false, alwaysdelete: true, early_media: false }
  #channel: ReadCallFile['channel']
  #status: ReadCallFile['status']
  #used = 0
  #running: number | undefined

  warn(line: number, sentence: string): void {
    this.#warnings.push({ line, sentence })
  }

  entry(line: number, name: string, value: string): void {
    const key = name.toLowerCase()
    switch (key) {
      case 'channel':
        this.#readChannel(line, value)
        return
      case 'callerid':
      case 'application':
      case 'data':
      case 'context':
      case 'extension':
      case 'account':
      case 'codecs':
        this.#text.set(key, value)
        return
      case 'priority':
      case 'retrytime':
      case 'waittime':
      case 'maxretries':
        this.#readNumber(line, key, value)
        return
      case 'archive':
      case 'alwaysdelete':
      case 'early_media':
        this.#answers[key] = yes.has(value.toLowerCase())
        return
      case 'set':
      case 'setvar':
        this.#readVariable(line, value)
        return
      case 'retry':
        this.#used++
        return
      case 'startretry':
        // One that was archived, and put into the spool again.
        this.#status = undefined
        this.#running = this.#note('StartRetry', value)
        return
      case 'endretry':
      case 'abortretry':
        this.#note(key === 'endretry' ? 'EndRetry' : 'AbortRetry', value)
        this.#running = undefined
        this.#used++
        return
      case 'delayedretry':
        this.#note('DelayedRetry', value)
        return
      case 'status':
        this.#status = statuses.find((status) => status === value)
        return
      default:
        this.warn(line, `${JSON.stringify(name)} is no keyword of call files, and is ignored`)
    }
  }

  finish(): ReadCallFile {
    const action = this.#action()
    if (this.#channel === undefined) this.warn(0, 'there is no channel, so nobody is called')
    if (action === undefined) this.warn(0, 'there is neither an application nor an extension, so nobody is called')
    return {
      channel: this.#channel,
      callerId: this.#text.get('callerid'),
      variables: this.#variables,
      account: this.#text.get('account'),
      waitTime: this.#numbers.waittime,
      retryTime: this.#numbers.retrytime,
      maxRetries: this.#numbers.maxretries,
      codecs: this.#text.get('codecs'),
      earlyMedia: this.#answers.early_media,
      archive: this.#answers.archive,
      alwaysDelete: this.#answers.alwaysdelete,
      action,
      attempts: { used: this.#used, running: this.#running, notes: this.#notes },
      status: this.#status,
      warnings: this.#warnings,
    }
  }

  #action(): ReadAction | undefined {
    const application = this.#text.get('application') ?? ''
    if (application !== '') return { kind: 'application', application, data: this.#text.get('data') ?? '' }
    const extension = this.#text.get('extension') ?? ''
    if (extension === '') return undefined
    return {
      kind: 'context',
      context: this.#text.get('context') ?? '',
      extension,
      priority: this.#numbers.priority,
    }
  }

  #readChannel(line: number, value: string): void {
    const slash = value.indexOf('/')
    if (slash === -1) {
      this.warn(line, 'Channel has no /, and is ignored')
      return
    }
    const technology = value.slice(0, slash)
    const destination = value.slice(slash + 1)
    this.#channel = technology === '' || destination === '' ? undefined : { technology, destination }
  }

  /** As `sscanf("%30d")` reads it: what follows the digits does not matter. */
  #readNumber(line: number, key: keyof typeof defaults, value: string): void {
    const least = key === 'maxretries' ? Number.NEGATIVE_INFINITY : 1
    const read = Number.parseInt(value, 10)
    const fallback = defaults[key]
    if (Number.isNaN(read) || read < least) {
      this.warn(line, `${JSON.stringify(value)} is no number that ${key} can be; ${fallback} is taken`)
      this.#numbers[key] = fallback
    } else this.#numbers[key] = read
  }

  #readVariable(line: number, value: string): void {
    const equals = value.indexOf('=')
    if (equals === -1) this.warn(line, 'Set has no =, and is ignored')
    else this.#variables.push([value.slice(0, equals), value.slice(equals + 1)])
  }

  #note(kind: AttemptNote['kind'], value: string): number | undefined {
    const [, pid, attempt, at] = /^(\d+) (\d+) \((\d+)\)/.exec(value) ?? []
    if (pid === undefined) return undefined
    this.#notes.push({ kind, pid: Number(pid), attempt: Number(attempt), at: new Date(Number(at) * 1000) })
    return Number(pid)
  }
}
