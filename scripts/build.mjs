import { fileURLToPath } from 'node:url'
import { build } from './lib/build.mjs'
import { withSetupLock } from './lib/setup-lock.mjs'
import { fail } from './lib/step.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
await withSetupLock(root, () => build(root)).catch(fail)
