// `npm test`: on a fresh machine does all of its own set-up, then checks and tests. `npm test -- FILTER` runs the test
// files whose path has FILTER in it, without the checks. The closing line `N passed, N failed, N skipped` stands alone.
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()

const { mkdirSync, readFileSync, rmSync } = await import('node:fs')
const { join } = await import('node:path')
const { fileURLToPath } = await import('node:url')
const { fail, run, Stop } = await import('./lib/step.mjs')
const { withSetupLock } = await import('./lib/setup-lock.mjs')
const { install } = await import('./lib/install.mjs')
const { build } = await import('./lib/build.mjs')
const { installTools } = await import('./lib/tools.mjs')
const { prepareAsterisk } = await import('./lib/asterisk.mjs')
const { prepareCompose } = await import('./lib/compose.mjs')
const { npm } = await import('./lib/npm.mjs')

const root = fileURLToPath(new URL('..', import.meta.url))
const inCi = process.env.CI === 'true' || process.env.CI === '1'
const filters = process.argv.slice(2)
/** A run that hangs is told from one that is slow before CI ends it, after 90 minutes in all. */
const limitMs = 65 * 60_000

try {
  const missing = await withSetupLock(root, async () => {
    await install(root)
    await build(root)
    return await installTools(root)
  })
  if (missing.length > 0) {
    const names = missing.map(({ program, debian }) => `${program} (Debian package ${debian})`).join(', ')
    if (inCi)
      throw new Stop(`These programs are missing and could not be installed: ${names}. CI allows no skipped test.`)
    console.log(`Tests that need these programs are skipped: ${names}.`)
  }
  for (const prepare of [prepareAsterisk, prepareCompose]) {
    const without = await withSetupLock(root, prepare)
    if (without === undefined) continue
    if (inCi) throw new Stop(`${without}\nCI allows no skipped test.`)
    console.log(without)
  }
} catch (error) {
  fail(error)
}

const problems = []
if (filters.length === 0) {
  const { code } = await npm(root, ['run', 'check', '--silent'], { inherit: true })
  if (code !== 0) problems.push('The checks failed (npm run check).')
}

const total = { passed: 0, failed: 0, skipped: 0 }
for (const project of ['unit', 'integration']) {
  const result = await runVitest(project)
  total.passed += result.passed
  total.failed += result.failed
  total.skipped += result.skipped
}
if (total.passed + total.failed === 0)
  problems.push(`No test was run${filters.length > 0 ? `: no file has ${filters.join(' ')} in its path` : ''}.`)
if (inCi && total.skipped > 0) problems.push(`${total.skipped} tests were skipped; CI allows none.`)
for (const problem of problems) console.error(problem)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed > 0 || problems.length > 0 ? 1 : 0

async function runVitest(project) {
  const report = join(root, '.cache', `vitest-${project}.json`)
  mkdirSync(join(root, '.cache'), { recursive: true })
  rmSync(report, { force: true })
  const args = [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=./scripts/lib/tries-reporter.mjs',
    '--reporter=json',
    `--outputFile.json=${report}`,
    '--passWithNoTests',
    ...(inCi ? ['--bail', '12'] : []),
  ]
  const { code } = await run(process.execPath, ['node_modules/vitest/vitest.mjs', ...args, ...filters], {
    inherit: true,
    cwd: root,
    limitMs,
  })
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = readReport(report)
  if (code !== 0 && numFailedTests === 0) {
    // A file that does not load and an error outside of any test have no failed test to show for it.
    problems.push(`The ${project} tests ended with status ${code} though no single test failed: see above.`)
    return { passed: numPassedTests, failed: 1, skipped: numPendingTests + numTodoTests }
  }
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 }
  }
}
