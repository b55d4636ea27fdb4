// What every script of `npm run` does first: brings what is missing and builds.
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'
import { install } from './install.mjs'
import { withSetupLock } from './setup-lock.mjs'
import { fail } from './step.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Ends the process with a sentence where it fails. */
export async function prepare() {
  try {
    await withSetupLock(root, async () => {
      await install(root)
      await build(root)
    })
  } catch (error) {
    fail(error)
  }
}
