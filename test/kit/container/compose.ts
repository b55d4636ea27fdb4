import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Docker Compose, which reads files without a container engine; `scripts/lib/compose.mjs` lays it there. */
export const composePath = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'offhook', 'compose', 'docker-compose')

export const hasCompose = (): boolean => existsSync(composePath())
