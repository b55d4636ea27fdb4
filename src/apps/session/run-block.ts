import type { Address } from '../../phone/address.ts'
import { addressKey } from '../../phone/address.ts'
import { type Call, CallEnded, type DialEnd, type HangupReason } from '../../phone/call.ts'
import type { Prompt } from '../../phone/prompt.ts'
import type { EndCode, ReasonLink } from '../../phone/reason.ts'
import { talkEnded } from '../connect.ts'
import type { GatherBlock, NextBlock, RecordBlock, TransferBlock } from './block.ts'
import type { BlockResult, LegStatus } from './notice.ts'
import type { SessionRecordings } from './ports.ts'

/** What a block needs that was looked up before it was accepted. */
export interface Prepared {
  readonly prompt?: Prompt
  readonly transfer?:
    | {
        readonly kind: 'call'
        readonly to: Exclude<Address, { kind: 'anonymous' }>
        readonly from: Address
        /** E.164 of ours that the call came in to: its trunk is used. */
        readonly number?: string
      }
    /** `name` is that of the engine's room, `room` what the application calls it. */
    | { readonly kind: 'room'; readonly name: string; readonly room: string }
}

/** How a block came out, and why the call is hung up after it where it is. */
export interface Outcome {
  readonly result: BlockResult
  readonly hangup?: HangupReason
}

/** As long as the engine lets a recording or an entry be. */
const mostDigits = 255
const transferSeconds = 60

/** Runs one block to its end; hold and monitor are the session's own. Rejects with `CallEnded`. */
export async function runBlock(
  call: Call,
  block: Exclude<NextBlock, { kind: 'hold' | 'unhold' | 'monitor' | 'hangup' }>,
  { prompt, transfer }: Prepared,
  recordings: SessionRecordings,
): Promise<Outcome> {
  if (block.kind === 'gather') return { result: { block: 'gather', digits: await gather(call, block, prompt) } }
  await call.answer()
  if (prompt !== undefined) await call.play(prompt)
  switch (block.kind) {
    case 'play':
      return { result: { block: 'play' } }
    case 'record':
      return { result: { block: 'record', recordUrl: await record(call, block, recordings) } }
    case 'transfer':
      if (transfer === undefined) throw new Error('a transfer was not prepared')
      return transfer.kind === 'call'
        ? await connect(call, block, transfer)
        : await meet(call, block, transfer.name, transfer.room)
  }
}

async function gather(call: Call, block: GatherBlock, prompt: Prompt | undefined): Promise<string> {
  const { maxDigits, attempts, timeoutSeconds } = block
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { digits, end } = await call.gather({
      maxDigits: maxDigits === 0 ? mostDigits : maxDigits,
      finishKey: '#',
      firstDigitMs: timeoutSeconds * 1000,
      interDigitMs: timeoutSeconds * 1000,
      ...(prompt === undefined ? {} : { prompt }),
    })
    // A finish key without digits is an answer as well: it says "nothing".
    if (digits !== '' || end === 'finish_key') return digits
  }
  return ''
}

async function record(call: Call, block: RecordBlock, recordings: SessionRecordings): Promise<string> {
  const { id, path } = await recordings.begin(call.id)
  try {
    return await recordings.finish(
      await call.record({ id, path, maxSeconds: block.maxSeconds, silenceSeconds: 0, stopOn: '#' }),
    )
  } catch (error) {
    if (error instanceof CallEnded) await recordings.discard(id)
    throw error
  }
}

async function connect(
  call: Call,
  block: TransferBlock,
  { kind: _, to, ...shown }: Extract<NonNullable<Prepared['transfer']>, { kind: 'call' }>,
): Promise<Outcome> {
  const end = await call.dial([{ to, seconds: transferSeconds }], shown)
  const status = statusOfDial(end)
  const result: BlockResult = { block: 'transfer', status, dest: block.dest }
  if (end.kind === 'answered') return { result, hangup: talkEnded(end) }
  if (block.onFailure === 'continue') return { result }
  const last = end.attempts.at(-1)
  const sentence = last?.sentence ?? `${addressKey(to)} was not reached`
  return { result, hangup: { code: 'completed', sentence: `the transfer failed: ${sentence}` } }
}

async function meet(call: Call, block: TransferBlock, name: string, room: string): Promise<Outcome> {
  const leave = await call.join(name)
  const failed = leave.end === 'full'
  const result: BlockResult = { block: 'transfer', status: failed ? 'failed' : 'answered', dest: block.dest, room }
  if (failed && block.onFailure === 'continue') return { result }
  const sentence = failed ? `the room ${room} was full` : `the call left the room ${room} after ${leave.seconds} s`
  return { result, hangup: { code: 'completed', sentence } }
}

/** What is told of a block that the end of the call cut off. */
export function cutOff(call: Call, block: NextBlock, { transfer }: Prepared, linesBefore: number): BlockResult {
  switch (block.kind) {
    case 'transfer': {
      const talked = call.timeline.slice(linesBefore).some(({ kind }) => kind === 'bridged' || kind === 'room')
      const status = talked ? 'answered' : 'unanswered'
      return {
        block: 'transfer',
        status,
        dest: block.dest,
        ...(transfer?.kind === 'room' ? { room: transfer.room } : {}),
      }
    }
    case 'gather':
    case 'record':
    case 'monitor':
    case 'play':
    case 'hold':
    case 'unhold':
    case 'hangup':
      return { block: block.kind }
  }
}

function statusOfDial(end: DialEnd): LegStatus {
  switch (end.kind) {
    case 'answered':
      return 'answered'
    case 'unanswered':
    case 'stopped':
      return statusOfAttempts(end.attempts)
  }
}

/** The words of the block API for why nobody was reached. */
export const statusOfAttempts = (attempts: readonly ReasonLink[]): LegStatus => {
  const last = attempts.at(-1)
  return last === undefined ? 'failed' : statusOfCode(last.code)
}

export function statusOfCode(code: EndCode): LegStatus {
  switch (code) {
    case 'completed':
      return 'answered'
    case 'busy':
    case 'declined':
      return 'busy'
    case 'no_answer':
    case 'canceled':
    case 'not_registered':
      return 'unanswered'
    case 'not_found':
    case 'not_allowed':
    case 'unreachable':
    case 'incompatible_media':
    case 'media_timeout':
    case 'overloaded':
    case 'too_many_hops':
    case 'interrupted':
    case 'failed':
      return 'failed'
  }
}
