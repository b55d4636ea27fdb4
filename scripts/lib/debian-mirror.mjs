import { run } from './step.mjs'

/** The mirror that apt takes packages from; `undefined` where it names none. */
export async function debianMirror() {
  const { code, output } = await run('apt-get', ['indextargets', '--format', '$(SITE)', 'Identifier: Packages'])
  if (code !== 0) return undefined
  return output.split('\n').find((line) => line.endsWith('/debian'))
}
