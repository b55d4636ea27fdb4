import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeToken } from './tokens.ts'

const pathOf = (dataFolder: string): string => join(dataFolder, 'token')

/** The admin token that a start without OFFHOOK_TOKEN keeps in its data folder; `undefined` where there is none. */
export function readTokenFile(dataFolder: string): string | undefined {
  try {
    const text = readFileSync(pathOf(dataFolder), 'utf8').trim()
    return text === '' ? undefined : text
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The kept token, made at the first start. Only the owner of the folder can read it: the command line of the same machine uses it. */
export function keepToken(dataFolder: string): string {
  const kept = readTokenFile(dataFolder)
  if (kept !== undefined) return kept
  const draft = `${pathOf(dataFolder)}.${randomBytes(6).toString('hex')}`
  const token = makeToken()
  writeFileSync(draft, `${token}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, pathOf(dataFolder))
    return token
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return readTokenFile(dataFolder) ?? token // another process was quicker
  } finally {
    rmSync(draft)
  }
}
