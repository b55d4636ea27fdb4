// Old syntax on purpose: this file must load on the versions that it refuses.
const least = [20, 19]

export function checkNodeVersion() {
  const parts = process.versions.node.split('.').map(Number)
  const enough = parts[0] > least[0] || (parts[0] === least[0] && parts[1] >= least[1])
  if (enough) return
  console.error(
    'Offhook needs Node.js ' +
      least.join('.') +
      ' or later; this is ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\n' +
      'Install a current one from https://nodejs.org or by your package manager, then run this again.',
  )
  process.exit(1)
}
