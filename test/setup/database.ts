import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processLives } from '../../src/store/embedded/folder-lock.ts'
import { stopPostmaster } from '../../src/store/embedded/server.ts'

const prefix = 'offhook-test-database-'

/** Names the folder of this run's database cluster, which test/kit/database.ts starts when first needed, and ends it. */
export default function database(): () => Promise<void> {
  const leftovers = sweep()
  const folder = mkdtempSync(join(tmpdir(), prefix))
  writeFileSync(join(folder, 'owner'), String(process.pid))
  process.env.OFFHOOK_TEST_CLUSTER = folder
  return async () => {
    await leftovers
    await remove(folder)
  }
}

/** Clusters of runs that were killed. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const folder = join(tmpdir(), name)
    const owner = Number(read(join(folder, 'owner')))
    if (owner > 0 && !processLives(owner)) await remove(folder)
  }
}

async function remove(folder: string): Promise<void> {
  const pid = Number(read(join(folder, 'data', 'postgres', 'postmaster.pid'))?.split('\n')[0])
  if (pid > 1 && processLives(pid)) await stopPostmaster(pid)
  rmSync(folder, { recursive: true, force: true })
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // never got that far
  }
}
