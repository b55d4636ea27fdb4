import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../base/clock.ts'
import type { Settings } from '../../settings.ts'
import type { Finding } from './finding.ts'

const mebi = 1024 * 1024

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const sentence = `Node.js ${version}.`
  if (major > 20 || (major === 20 && minor >= 19)) return { topic: 'node', level: 'ok', sentence }
  return { topic: 'node', level: 'fault', sentence, advice: 'Version 20.19 or later is needed: https://nodejs.org' }
}

/** The clock is wrong for sure when it stands before this very program was made. */
export function checkClock(wall = systemClock.wall()): Finding {
  const made = statSync(fileURLToPath(import.meta.url)).mtimeMs
  const shown = Number.isFinite(wall) ? new Date(wall).toISOString() : 'unreadable'
  if (wall >= made - 86_400_000) return { topic: 'clock', level: 'ok', sentence: `The clock says ${shown}.` }
  return {
    topic: 'clock',
    level: 'fault',
    sentence: `The clock says ${shown}, which is before this program was installed.`,
    advice: 'Set it, best by NTP (timedatectl set-ntp true).',
  }
}

/** A minute of recording is a megabyte; PostgreSQL stops when its disk is full. */
export async function checkDisk({ dataFolder }: Pick<Settings, 'dataFolder'>): Promise<Finding> {
  let folder = dataFolder
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const { bavail, bsize, blocks } = await statfs(folder)
  const elsewhere = 'Set OFFHOOK_DATA to a folder on a disk that this user may write to.'
  const unfit = (why: string): Finding => {
    return {
      topic: 'disk',
      level: 'fault',
      sentence: `The data folder ${dataFolder} cannot be used: ${why}.`,
      advice: elsewhere,
    }
  }
  // /proc, /sys and their like.
  if (blocks === 0) return unfit(`${folder} keeps no files`)
  if (!statSync(folder).isDirectory()) return unfit(`${folder} is a file`)
  if (!writable(folder)) return unfit(`this user may not write to ${folder}`)
  const free = Math.floor((bavail * bsize) / mebi)
  const sentence = `${free} MiB free for the data folder ${dataFolder} (a minute of recording takes 1).`
  if (free >= 2048) return { topic: 'disk', level: 'ok', sentence }
  const advice = 'Make room, or set OFFHOOK_DATA to a folder on a larger disk.'
  return { topic: 'disk', level: free < 200 ? 'fault' : 'warning', sentence, advice }
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false // the answer itself, not a fault
  }
}

/** Two sockets per stream, and files for recordings: the soft limit of open files bounds the calls at once. */
export function checkFiles(limits = readLimits()): Finding {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1]
  if (soft === undefined)
    return { topic: 'files', level: 'ok', sentence: 'This system does not tell its limit of open files.' }
  const count = soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
  const calls = Math.max(0, Math.floor((count - 100) / 6))
  const sentence = `${soft} files may be open at once${Number.isFinite(calls) ? `, enough for some ${calls} bridged calls` : ''}.`
  if (calls >= 100) return { topic: 'files', level: 'ok', sentence }
  const advice = 'Raise it: ulimit -n 65536, or LimitNOFILE=65536 in the systemd unit.'
  return { topic: 'files', level: calls < 10 ? 'fault' : 'warning', sentence, advice }
}

function readLimits(): string {
  return existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : ''
}
