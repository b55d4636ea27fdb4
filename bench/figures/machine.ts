import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'

/** USER_HZ, in which Linux counts CPU time for programs on every platform that Node runs on. */
const ticksPerSecond = 100

/** utime and stime of all its threads, /proc/PID/stat fields 14 and 15; 0 for one that is gone. */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid)
  return fields === undefined ? 0 : (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Of a server with a process per connection: those that run, and those that it had. */
export function familySeconds(parent: number): number {
  const own = statOf(parent)
  if (own === undefined) return 0
  const had = (Number(own[13]) + Number(own[14])) / ticksPerSecond
  const children = readdirSync('/proc').filter(
    (name) => /^[0-9]+$/.test(name) && statOf(Number(name))?.[1] === String(parent),
  )
  return children.reduce((sum, pid) => sum + cpuSeconds(Number(pid)), cpuSeconds(parent) + had)
}

/** The fields behind the command's name, which may hold blanks and parentheses. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined // it is gone
  }
}

/** Resident memory in kilobytes. */
export function residentKb(pid: number): number {
  return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
}

/** Seconds in which any core of the machine was busy, since it was started. */
export function busySeconds(): number {
  const [user, nice, system, , , irq, softirq] = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '')
    .split(' ')
    .map(Number)
  return ((user ?? 0) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (softirq ?? 0)) / ticksPerSecond
}

export function describeMachine(): string {
  const all = cpus()
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()}, Node ${process.version}`
}

export const canMeasure = (): boolean => existsSync('/proc/self/stat')

/** The server of the service's own database. */
export function databasePid(dataFolder: string): number {
  return Number(readFileSync(join(dataFolder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
}
