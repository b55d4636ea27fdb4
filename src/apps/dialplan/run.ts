import { type Call, CallEnded } from '../../phone/call.ts'
import type { StoredCallFile } from '../../store/shapes.ts'
import { runApplication } from './applications.ts'
import type { DialplanPorts } from './ports.ts'

/** Does on an answered call what its call file says, to the end. Never rejects: a fault is logged and ends the call. */
export async function runCallFile(
  call: Call,
  { action, variables, file, attempt }: Pick<StoredCallFile, 'action' | 'variables' | 'file' | 'attempt'>,
  ports: DialplanPorts,
): Promise<void> {
  ports.note(call.id, `attempt ${attempt} of the call file ${file.slice(file.lastIndexOf('/') + 1)}`)
  for (const [name, value] of variables) {
    // The record of the call has it, as that of Asterisk (func_cdr.c).
    const data = /^CDR\(userfield\)$/i.test(name) ? { userField: value } : undefined
    ports.note(call.id, `the variable ${name} is ${JSON.stringify(value)}`, data)
  }
  try {
    if (action.kind === 'application') return await runApplication(call, action.application, action.data, ports)
    const sentence = await ports.enter(call, action, variables)
    if (sentence !== undefined) await call.hangup({ code: 'failed', sentence })
  } catch (error) {
    if (error instanceof CallEnded) return
    ports.log.error({ call: call.id, err: error }, 'an application of a call file failed; the call is hung up')
    await call.hangup({
      code: 'failed',
      sentence: 'a fault in the service ended the call; the log has it under the id of the call',
    })
  }
}
