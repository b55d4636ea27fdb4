import { readFileSync } from 'node:fs'

/** Of package.json, which stands three floors above the compiled file and two above the source. */
export const version: string = readVersion()

function readVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as Record<
        string,
        unknown
      >
      if (name === 'offhook' && typeof version === 'string') return version
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new Error('package.json of offhook was not found')
}
