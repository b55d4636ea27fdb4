import { run, Stop } from './step.mjs'

/** Runs the npm that runs us, which fits this Node; else the one on the PATH. */
export async function npm(root, args, options = {}) {
  const own = process.env.npm_execpath
  if (own?.endsWith('.js')) return await run(process.execPath, [own, ...args], { cwd: root, ...options })
  try {
    return await run('npm', args, { cwd: root, ...options })
  } catch (error) {
    throw new Stop(
      `npm cannot be started (${error.message}). It comes with Node.js; put it on the PATH and run this again.`,
    )
  }
}
