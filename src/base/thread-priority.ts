import { spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { availableParallelism, getPriority, setPriority } from 'node:os'
import { basename } from 'node:path'

/**
 * How far from where the process stands. Audio is late where its thread waits until others have had their turn: with four busy
 * threads on two cores that is 4 to 8 ms at a time.
 */
const steps = { audio: -10, background: 5 }

/**
 * Gives the thread that calls it, and no other, its place among the threads of the machine; Linux only. Audio goes before all that are not
 * in real time, or where that is not allowed before those of its niceness.
 * @returns false where neither is allowed: real time wants CAP_SYS_NICE or RLIMIT_RTPRIO (`LimitRTPRIO` of systemd), niceness below
 * one's own CAP_SYS_NICE or RLIMIT_NICE
 */
export function placeThisThread(kind: keyof typeof steps): boolean {
  // Elsewhere it would be said of the whole process.
  if (process.platform !== 'linux') return false
  // 0 is the calling thread.
  const niceness = getPriority(0)
  // Who put the process behind others meant all of it.
  if (kind === 'audio' && niceness <= 0 && takeRealTime()) return true
  try {
    setPriority(0, Math.min(19, Math.max(-20, niceness + steps[kind])))
    return true
  } catch {
    // It works without, a little later.
    return false
  }
}

/**
 * Niceness is a share of the time: the thread that runs when a packet is due still ends its turn, up to the next tick of the kernel (4 ms),
 * and with `sched_autogroup` another session does not even see it. Round robin at the lowest priority of real time goes first at once.
 */
function takeRealTime(): boolean {
  // On the only core whatever else there is would wait for audio that is too much for it.
  if (availableParallelism() < 2) return false
  const thread = threadId()
  if (thread === undefined) return false
  // Of util-linux, which every Debian has; Node has no call for it. Threads and programs that this one starts are none of it.
  const { status } = spawnSync('chrt', ['--reset-on-fork', '--rr', '--pid', '1', thread], { stdio: 'ignore' })
  return status === 0
}

function threadId(): string | undefined {
  try {
    return basename(readlinkSync('/proc/thread-self'))
  } catch {
    // A jail without /proc.
    return undefined
  }
}
