// Adds to package-lock.json the packages of other platforms that a registry mirror did not offer when the lock was
// written. npm leaves such optional packages out of the lock, and `npm ci` then refuses the lock as out of step
// (npm/cli 4828). Run it after `npm install` where the mirror lacks them: `node scripts/complete-lock.mjs`.
import { readFileSync, writeFileSync } from 'node:fs'

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']
const alias = { windows: 'win32' }

/** What a name such as `@esbuild/linux-x64` or `binding-linux-arm64-musl` says of the platform. */
function platformOf(name) {
  const words = name.split(/[/-]/).map((word) => alias[word] ?? word)
  const os = words.find((word) => systems.includes(word))
  const cpu = words.find((word) => processors.includes(word))
  const libc = words.includes('musl') ? 'musl' : words.includes('gnu') ? 'glibc' : undefined
  return {
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
    ...(os === undefined ? {} : { os: [os] }),
  }
}

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const added = []
for (const [parent, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    // A range cannot be resolved without the registry; platform packages are pinned exactly by their parents.
    if (!/^[0-9]+\.[0-9]+\.[0-9]+[-+.0-9A-Za-z]*$/.test(version)) continue
    const nested = `${parent}/node_modules/${name}`
    const top = `node_modules/${name}`
    if (lock.packages[nested] !== undefined || lock.packages[top]?.version === version) continue
    const where = lock.packages[top] === undefined ? top : nested
    lock.packages[where] = {
      version,
      ...platformOf(name),
      ...(entry.dev === true ? { dev: true } : {}),
      optional: true,
    }
    added.push(`${name}@${version}`)
  }
}
const [root, ...rest] = Object.entries(lock.packages)
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))])
if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(added.length === 0 ? 'Nothing was missing.' : `Added ${added.length}: ${added.join(', ')}`)
