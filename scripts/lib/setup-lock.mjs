import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Stop, watchChildren } from './step.mjs'

const patienceMs = 10 * 60_000

/** Keeps two set-ups (say `npm start` beside `npm test`) out of each other's way: the second waits for the first. */
export async function withSetupLock(root, work) {
  const folder = join(root, '.cache')
  const path = join(folder, 'setup.lock')
  mkdirSync(folder, { recursive: true })
  const until = Date.now() + patienceMs
  let told = false
  while (!take(path)) {
    const holder = readHolders(path).find(isAlive)
    if (holder === undefined) {
      // Left by a set-up that was killed.
      rmSync(path, { force: true })
      continue
    }
    if (!told) console.log(`Waiting for the set-up that process ${holder} is doing in this folder …`)
    told = true
    if (Date.now() > until) {
      throw new Stop(`Process ${holder} has been setting up this folder for ten minutes. End it, or remove ${path}.`)
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  // A set-up that is killed leaves its npm running: that one holds the folder, too.
  const forget = watchChildren((pid) => writeFileSync(path, `${process.pid} ${pid}`))
  const release = () => rmSync(path, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    forget()
    process.off('exit', release)
    release()
  }
}

function take(path) {
  const draft = `${path}.${process.pid}`
  try {
    // Linked into its place with its content: nobody ever reads an empty lock and takes it for a dead one.
    writeFileSync(draft, String(process.pid))
    linkSync(draft, path)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw new Stop(`Cannot write to ${path}: ${error.message}. Run this as the owner of the folder.`)
  } finally {
    rmSync(draft, { force: true })
  }
}

function readHolders(path) {
  try {
    return readFileSync(path, 'utf8')
      .split(' ')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid > 0)
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
