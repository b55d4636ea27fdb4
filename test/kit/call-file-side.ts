import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ReadCallFile } from '../../src/callfile/index.ts'
import { likeness, readWav } from './audio.ts'
import type { PhoneCall } from './phone-call.ts'
import type { SpoolFolder } from './spool-folder.ts'
import type { VirtualPhone } from './virtual-phone.ts'

/** A switch that runs call files, with a phone at 2001 and one at 2002. */
export interface Side {
  readonly name: string
  readonly spool: SpoolFolder
  readonly callee: VirtualPhone
  readonly other: VirtualPhone
  /** Where the sounds are that it plays, and those that it records. */
  readonly sounds: string
  readonly recorded: string
  /** Messages in the mailbox 100. */
  messages(): Promise<number>
  /** Records of calls, in the columns of Asterisk. */
  records(): Promise<string>
}

/** What the callee does with one attempt, and what it saw. */
export type Act = (call: PhoneCall, side: Side) => Promise<string>

export interface SideCase {
  readonly name: string
  readonly lines: readonly string[]
  /** Seconds from now of the file's time. */
  readonly inSeconds?: number
  /** One for each attempt that is expected. */
  readonly acts: readonly Act[]
  /** What is to be seen after its end. */
  readonly after?: (side: Side) => Promise<string>
}

export interface SideOutcome {
  readonly status: string
  readonly notes: string
  readonly seen: string
}

export async function runOn(side: Side, { lines, inSeconds, acts, after }: SideCase): Promise<SideOutcome> {
  const at = inSeconds === undefined ? undefined : Math.floor(Date.now() / 1000) + inSeconds
  const began = Date.now()
  const name = side.spool.put(['Channel: PJSIP/2001', ...lines], at)
  const seen: string[] = []
  for (const act of acts) {
    const call = await side.callee.nextCall()
    if (at !== undefined && Date.now() < at * 1000) seen.push('too early')
    seen.push(await act(call, side))
  }
  const file = await side.spool.ended(name, 30_000)
  if (after !== undefined) seen.push(await after(side))
  return { status: file.status ?? 'none', notes: notesWithTimes(file, began), seen: seen.join('; ') }
}

/** Equal notes in a row are told once, as how many there are of some depends on the second in which they begin. */
function notesWithTimes({ attempts, retryTime }: ReadCallFile, began: number): string {
  const told = attempts.notes.map(({ kind, attempt, at, pid }) => {
    if (pid === 1) return `${kind} ${attempt} of before`
    // Too short a time is lost in whole seconds.
    const ahead = kind === 'StartRetry' && retryTime > 3 && at.getTime() > began + retryTime * 750 ? ' ahead' : ''
    return `${kind} ${attempt}${ahead}`
  })
  return told.filter((note, i) => note !== told[i - 1]).join(', ')
}

export const refuses =
  (status: number): Act =>
  async (call) => {
    call.refuse(status)
    return `refused ${status}`
  }

export const rings: Act = async (call) => {
  call.ring()
  const { how } = await call.ended
  return how
}

/** Sends audio, and is not answered before somebody else rings. */
export const sendsEarly: Act = async (call, { other }) => {
  call.progress()
  const far = await other.nextCall()
  far.refuse(486)
  const { how } = await call.ended
  return `${far.remote.user === '' ? 'nobody' : '2002 rings'} before the answer ${how}`
}

/** Answers, does something, and waits until the other side hangs up. */
export const answers =
  (during?: Act): Act =>
  async (call, side) => {
    const who = `from ${call.remote.name ?? ''} <${call.remote.user}>`
    await call.answer()
    const seen = (await during?.(call, side)) ?? ''
    const { how } = await call.ended
    return `${who} ${seen} ${how}`
  }

/** Answers, and tells which of these sounds are heard until the other side hangs up. */
export const hears =
  (...sounds: readonly string[]): Act =>
  async (call, side) => {
    // Before the answer: what comes first is short.
    const ear = call.listen()
    const end = await answers()(call, side)
    const audio = await ear.stop()
    const found = sounds.map((name) => {
      const path = join(side.sounds, 'en', `${name}.wav`)
      return existsSync(path) && likeness(audio, readWav(path), 100) > 0.8 ? name : `no ${name}`
    })
    return `${end} hears ${found.join(', ')}`
  }
