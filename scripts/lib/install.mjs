import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './npm.mjs'
import { Stop, step } from './step.mjs'

/** Brings node_modules into step with package-lock.json; does nothing where it is already. */
export async function install(root) {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8')
  // Packages hold programs for one system and one generation of Node, so these belong to the mark.
  const mark = createHash('sha256')
    .update([lockText, process.platform, process.arch, process.versions.modules].join('\n'))
    .digest('hex')
  const markFile = join(root, 'node_modules', '.offhook-installed')
  if (readText(markFile) === mark) return
  if (!existsSync(markFile) && holdsAll(root, JSON.parse(lockText))) {
    writeFileSync(markFile, mark)
    return
  }
  rmSync(markFile, { force: true })
  await step('Installing packages', async () => {
    const result = await npm(root, ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
    if (result.code !== 0) {
      throw new Stop(
        `The packages could not be installed; npm said:\n${lastLines(result.output)}\n` +
          'Check that this machine reaches the npm registry (npm ping) and that the folder can be written, then run this again.',
      )
    }
  })
  // Written last: an install that was interrupted has no mark and is done again.
  writeFileSync(markFile, mark)
}

/** Whether somebody's own `npm install` brought everything that the lock names for this system. */
function holdsAll(root, lock) {
  const text = readText(join(root, 'node_modules', '.package-lock.json'))
  if (text === undefined) return false
  const held = JSON.parse(text).packages
  return Object.entries(lock.packages).every(
    ([path, { version, optional, devOptional, link }]) =>
      path === '' || link || held[path]?.version === version || ((optional || devOptional) && held[path] === undefined),
  )
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
}

const lastLines = (text) => text.trim().split('\n').slice(-12).join('\n')
