import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, getPriority, setPriority } from 'node:os'

/**
 * How far from where the process stands. Audio is late where its thread waits until others have had their turn: with four busy
 * threads on two cores that is 4 to 8 ms at a time.
 */
const steps = { audio: -10, background: 5 }

/** In real time, by niceness only, or where it stood before. */
export type ThreadPlace = 'real_time' | 'nice' | 'same'

/**
 * Gives the thread that calls it, and no other, its place among the threads of the machine; Linux only. Audio goes before all that are not
 * in real time, or where that is not allowed before those of its niceness.
 * @returns `same` where neither is allowed: real time wants CAP_SYS_NICE or RLIMIT_RTPRIO (`LimitRTPRIO` of systemd), niceness below
 * one's own CAP_SYS_NICE or RLIMIT_NICE
 */
export function placeThisThread(kind: keyof typeof steps): ThreadPlace {
  // Elsewhere it would be said of the whole process.
  if (process.platform !== 'linux') return 'same'
  // 0 is the calling thread.
  const niceness = getPriority(0)
  // Who put the process behind others meant all of it.
  if (kind === 'audio' && niceness <= 0 && takeRealTime()) return 'real_time'
  try {
    setPriority(0, Math.min(19, Math.max(-20, niceness + steps[kind])))
    return 'nice'
  } catch {
    // It works without, a little later.
    return 'same'
  }
}

/**
 * Niceness is a share of the time: the thread that runs when a packet is due still ends its turn, up to the next tick of the kernel (4 ms),
 * and with `sched_autogroup` another session does not even see it. Round robin at the lowest priority of real time goes first at once.
 */
function takeRealTime(): boolean {
  // On the only core whatever else there is would wait for audio that is too much for it.
  if (availableParallelism() < 2) return false
  const thread = readThread()
  if (thread === undefined) return false
  // Whoever started the process in real time chose a place for all of it, which may be above ours.
  if (thread.realTimePriority > 0) return true
  // Of util-linux, which every Debian has; Node has no call for it. Threads and programs that this one starts are none of it.
  const { status } = spawnSync('chrt', ['--reset-on-fork', '--rr', '--pid', '1', thread.id], { stdio: 'ignore' })
  return status === 0
}

interface ThisThread {
  readonly id: string
  /** 1 to 99; 0 where it is not in real time. */
  readonly realTimePriority: number
}

function readThread(): ThisThread | undefined {
  let stat: string
  try {
    stat = readFileSync('/proc/thread-self/stat', 'utf8')
  } catch {
    // A jail without /proc.
    return undefined
  }
  // proc(5): the number, the name in parentheses, which may have spaces and parentheses of its own, then fields 3 and on; rt_priority is field 40.
  const id = stat.slice(0, stat.indexOf(' '))
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { id, realTimePriority: Number(fields[40 - 3]) }
}
