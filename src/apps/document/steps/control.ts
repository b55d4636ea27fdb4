import { Problem } from '../../../phone/problem.ts'
import { next, type RunContext, type Step } from '../context.ts'
import type { Hangup, Message } from '../elements/control.ts'

export async function hangup({ reason, schedule }: Hangup, context: RunContext): Promise<Step> {
  const source = 'Answer XML'
  if (schedule !== undefined) {
    const { call, ports } = context
    context.later(schedule * 1000, () => {
      context
        .end(`the document hung up after ${schedule} s`, { code: 'completed', cause: { source } })
        .catch((err: unknown) => ports.log.error({ call: call.id, err }, 'a scheduled hangup failed'))
    })
    return next
  }
  switch (reason) {
    case 'busy':
      return context.end('the document refused the call as busy', { code: 'busy', cause: { source } })
    case 'rejected':
      return context.end('the document refused the call', { code: 'declined', cause: { source } })
    case undefined:
      return context.end('the document hung up', { code: 'completed', cause: { source } })
  }
}

/** Each receiver is told of by itself; one that cannot be reached keeps no other from it. */
export async function message({ src, dst, text, callback }: Message, context: RunContext): Promise<Step> {
  for (const to of dst) {
    try {
      const told = callback === undefined ? {} : { callback }
      await context.ports.sendText({ from: src, to, text, ...told })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      context.note(`a text to ${to} is not sent: ${error.message}`)
    }
  }
  return next
}
