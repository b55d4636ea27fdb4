import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The system that Asterisk runs in; `scripts/lib/asterisk.mjs` lays it there. */
export const asteriskRoot = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'offhook', 'asterisk-root')

/** Whether an Asterisk can be run here: its system is there, and chroot needs root. */
export const hasAsterisk = (): boolean => process.getuid?.() === 0 && existsSync(asteriskRoot())
