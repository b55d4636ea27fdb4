import { type Call, CallEnded } from '../../phone/call.ts'
import { detect } from '../detect.ts'
import { commonParams } from './params.ts'
import { type DocumentPorts, tellings } from './ports.ts'
import type { WebTarget } from './web-target.ts'

/** What is to be done where a machine answers a call that was placed. */
export interface MachineWish {
  readonly hangup: boolean
  /** Milliseconds; who is not known by then counts as no machine. */
  readonly within: number
  /** Told who it is, beside the documents. */
  readonly callback?: WebTarget
}

/** Beside the documents of a call that has just been answered. Rejects with a `Problem` where the engine hears nobody. */
export async function watchForMachine(
  call: Call,
  { hangup, within, callback }: MachineWish,
  { source }: Pick<DocumentPorts, 'source'>,
): Promise<void> {
  try {
    const { by } = await detect(call, { beep: false, maxSeconds: within / 1000 })
    const machine = by === 'machine' || by === 'fax'
    const told = tellings(callback, [
      ...commonParams(call),
      ['RequestUUID', call.id],
      ['Event', 'MachineDetection'],
      ['Machine', String(machine)],
      ['IfMachine', hangup ? 'hangup' : 'continue'],
    ])
    for (const { target, params } of told) source.tell(target, params, call)
    if (machine && hangup)
      await call.hangup({ code: 'completed', sentence: 'a machine answered, and the call was to be hung up then' })
  } catch (error) {
    // The hangup URL tells of that.
    if (!(error instanceof CallEnded)) throw error
  }
}
