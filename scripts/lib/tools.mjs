import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, step } from './step.mjs'

/** Installs the foreign programs that tests talk to. Resolves with those still missing: `{ program, debian }`. */
export async function installTools(root) {
  const table = Object.entries(JSON.parse(readFileSync(join(root, 'test/setup/tools.json'), 'utf8')))
  const missing = () =>
    table.filter(([program]) => !onPath(program)).map(([program, { debian }]) => ({ program, debian }))
  const wanted = missing()
  if (wanted.length === 0) return []
  await installDebian(
    wanted.map(({ debian }) => debian),
    'the tests',
  )
  return missing()
}

/**
 * Brings one of the two recognisers of speech that the service uses unless another one was chosen; the other comes with npm. Without it the
 * service hears a little worse.
 */
export async function installRecogniser() {
  const chosen = process.env.OFFHOOK_RECOGNISER?.trim().toLowerCase() ?? ''
  if (!['', 'offline', 'pocketsphinx'].includes(chosen) || onPath('pocketsphinx_batch')) return
  await installDebian(['pocketsphinx'], 'recognising speech')
}

async function installDebian(packages, purpose) {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    console.log(
      `Missing for ${purpose}: ${packages.join(', ')}. Install with: sudo apt-get install --no-install-recommends ${packages.join(' ')}`,
    )
    return
  }
  console.log(`Installing Debian packages for ${purpose}: ${packages.join(', ')}`)
  await step('Installing Debian packages', async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    // Another apt may be at work: wait for it rather than fail. A machine without a network is not kept waiting.
    const wait = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::http::Timeout=20', '-o', 'Acquire::Retries=1', '-q']
    const update = await run('apt-get', [...wait, 'update'], { env })
    const result = await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], { env })
    if (result.code !== 0)
      console.log(`apt-get failed:\n${`${update.output}\n${result.output}`.trim().split('\n').slice(-12).join('\n')}`)
  })
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      // Not in this folder.
      return false
    }
  })
}
