import { type Call, CallEnded, type HangupReason } from '../../phone/call.ts'
import { readNumber, readOptions } from './arguments.ts'
import type { DialplanPorts } from './ports.ts'

const longestSeconds = 7200
const longestSilence = 60

/** Record(name.format, silence, seconds, options). The recording stands in the store, and becomes the sound `name`. */
export async function runRecord(
  call: Call,
  args: readonly string[],
  ports: DialplanPorts,
): Promise<HangupReason | undefined> {
  const [file = '', silence, most, letters] = args
  const name = file.replace(/[.:][A-Za-z0-9]{1,8}$/, '')
  if (name === '') return { code: 'failed', sentence: 'Record was given no file' }
  const options = readOptions(letters)
  const { id, path } = await ports.keeper.beginRecording(call.id)
  try {
    const recording = await call.record({
      ...{ id, path, beep: !options.has('q'), stopOn: terminators(options) },
      maxSeconds: Math.min(longestSeconds, Math.ceil(readNumber(most) ?? 0) || longestSeconds),
      silenceSeconds: Math.min(longestSilence, Math.ceil(readNumber(silence) ?? 0)),
    })
    // As Asterisk has it: of a caller who hangs up nothing is kept, unless k says so.
    if (recording.end === 'hangup' && !options.has('k')) {
      await ports.keeper.discardRecording(id)
      ports.note(call.id, 'Record: nothing is kept, as the other side hung up')
      return undefined
    }
    await ports.keeper.endRecording(recording)
    const fault = await ports.keepSound(path, name)
    const kept = fault === undefined ? `it is the sound ${name} now` : `it is no sound: ${fault}`
    ports.note(call.id, `Record: ${Math.round(recording.ms / 100) / 10} s (${recording.end}); ${kept}`)
    return undefined
  } catch (error) {
    if (error instanceof CallEnded) await ports.keeper.discardRecording(id)
    throw error
  }
}

function terminators(options: ReadonlyMap<string, string>): string {
  if (options.has('x')) return ''
  if (options.has('y')) return '0123456789ABCD*#'
  return options.has('t') ? '*' : '#'
}
