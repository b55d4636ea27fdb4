import { getPriority, setPriority } from 'node:os'

/**
 * How far from where the process stands. Audio is late where its thread waits until others have had their turn: with four busy
 * threads on two cores that is 4 to 8 ms at a time.
 */
const steps = { audio: -10, background: 5 }

/**
 * Gives the thread that calls it, and no other, its place among the threads of the machine; Linux only.
 * @returns false where that is not allowed: before others wants CAP_SYS_NICE or RLIMIT_NICE (`LimitNICE` of systemd)
 */
export function placeThisThread(kind: keyof typeof steps): boolean {
  // Elsewhere it would be said of the whole process.
  if (process.platform !== 'linux') return false
  try {
    // 0 is the calling thread.
    setPriority(0, Math.min(19, Math.max(-20, getPriority(0) + steps[kind])))
    return true
  } catch {
    // It works without, a little later.
    return false
  }
}
