import type { OriginateRequest } from '../../phone/engine.ts'

/** An extension with several phones is told once. */
export function readyOnce(before: OriginateRequest['beforeInvite']): { ready?: () => Promise<() => void> } {
  if (before === undefined) return {}
  let asked: Promise<() => void> | undefined
  return {
    ready: () => {
      asked ??= before()
      return asked
    },
  }
}
