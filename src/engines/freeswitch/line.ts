import type { Socket } from 'node:net'
import type { Clock, Timer } from '../../base/clock.ts'
import { oneLine } from './command.ts'
import type { Fields } from './fields.ts'
import { type Frame, FrameReader } from './framing.ts'

/** A command is a few milliseconds of work for FreeSWITCH; one that takes this long will not be answered. */
const answerMs = 10_000

/** FreeSWITCH answered, and not with what was asked for. */
export class EslRefused extends Error {
  override readonly name = 'EslRefused'
}

/** Nothing came back. */
export class EslAway extends Error {
  override readonly name = 'EslAway'
}

export interface Reply {
  readonly fields: Fields
  /** What it says: the text of its head, or its body for `api`. */
  readonly text: string
}

interface Waiting {
  readonly command: string
  readonly timer: Timer
  resolve(reply: Reply): void
  reject(error: Error): void
}

export interface LineOptions {
  readonly socket: Socket
  readonly clock: Clock
  /** What is no answer to a command. */
  onFrame(frame: Frame): void
  /** Once: it broke, was ended by the other side, or spoke what cannot be read. Not after `close`. */
  onClosed(why: string): void
}

/** One connection of the event socket, whoever opened it. Answers come in the order of the commands. */
export class Line {
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #waiting: Waiting[] = []
  readonly #reader = new FrameReader()
  readonly #options: LineOptions
  #why = 'the connection was closed'
  #closed = false

  constructor(options: LineOptions) {
    const { socket, clock } = options
    this.#options = options
    this.#socket = socket
    this.#clock = clock
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 10_000)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    // `close` follows.
    socket.on('error', (error) => {
      this.#why = error.message
    })
    socket.on('close', () => this.#over())
  }

  /**
   * @param command one line; further lines, such as those of `sendmsg`, are given apart
   * @throws EslRefused, EslAway, TypeError where a line is more than one
   */
  async ask(command: string, more: readonly string[] = []): Promise<Reply> {
    const lines = [command, ...more].map(oneLine)
    if (this.#closed) throw new EslAway(`FreeSWITCH was not asked: ${this.#why}`)
    const reply = await new Promise<Reply>((resolve, reject) => {
      const timer = this.#clock.after(answerMs, () => this.#break(`no answer within ${answerMs / 1000} s`))
      this.#waiting.push({ command: nameOf(command), timer, resolve, reject })
      this.#socket.write(`${lines.join('\n')}\n\n`)
    })
    if (/^-(?:ERR|USAGE)/.test(reply.text))
      throw new EslRefused(`FreeSWITCH refused ${nameOf(command)}: ${reply.text.trim()}`)
    return reply
  }

  close(): void {
    this.#closed = true
    this.#socket.destroy()
    this.#drop()
  }

  #read(chunk: Buffer): void {
    let frames: readonly Frame[]
    try {
      frames = this.#reader.push(chunk)
    } catch (error) {
      this.#break(`it does not speak as an event socket: ${error instanceof Error ? error.message : String(error)}`)
      return
    }
    for (const frame of frames) {
      if (this.#closed) return
      this.#take(frame)
    }
  }

  #take(frame: Frame): void {
    switch (frame.fields.get('Content-Type')) {
      case 'command/reply':
        this.#answer({ fields: frame.fields, text: frame.fields.get('Reply-Text') ?? '' })
        return
      case 'api/response':
        this.#answer({ fields: frame.fields, text: frame.body })
        return
      case 'text/rude-rejection':
        this.#break('its access list refuses connections from here')
        return
      case 'text/disconnect-notice':
        this.#why = 'FreeSWITCH ended the connection'
        return
      default:
        this.#options.onFrame(frame)
    }
  }

  #answer(reply: Reply): void {
    const first = this.#waiting.shift()
    if (first === undefined) {
      this.#break('it answered what was not asked')
      return
    }
    first.timer.stop()
    first.resolve(reply)
  }

  #break(why: string): void {
    this.#why = why
    this.#socket.destroy()
    this.#over()
  }

  #over(): void {
    if (this.#closed) return
    this.#closed = true
    this.#drop()
    this.#options.onClosed(this.#why)
  }

  #drop(): void {
    for (const { command, timer, reject } of this.#waiting.splice(0)) {
      timer.stop()
      reject(new EslAway(`FreeSWITCH did not answer ${command}: ${this.#why}`))
    }
  }
}

/** Without what it was told: that may be a password. */
const nameOf = (command: string): string => command.split(' ', command.startsWith('api ') ? 2 : 1).join(' ')

/** Whether FreeSWITCH has no such channel, or not any more. */
export const isGone = (error: unknown): boolean => error instanceof EslRefused && /no such channel/i.test(error.message)
