import { readdirSync, readlinkSync } from 'node:fs'

/** What a process holds, by kind: `socket`, `pipe`, `file .wav`, … as /proc tells it. */
export function openFiles(pid: number): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const kind = kindOf(pid, fd)
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}

function kindOf(pid: number, fd: string): string | undefined {
  let target: string
  try {
    target = readlinkSync(`/proc/${pid}/fd/${fd}`)
  } catch {
    return undefined // it was closed meanwhile
  }
  if (target.startsWith('socket:')) return 'sockets'
  if (target.startsWith('pipe:')) return 'pipes'
  if (target.startsWith('anon_inode:') || target.startsWith('/dev/')) return undefined
  return 'files'
}

/** What is more than it was: a sentence each. */
export function grown(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>): string[] {
  return Object.entries(after)
    .filter(([name, count]) => count > (before[name] ?? 0))
    .map(([name, count]) => `${name}: ${before[name] ?? 0} → ${count}`)
}
