import { loadSettings, type Settings, SettingsError } from '../../settings.ts'
import { folderHolder } from '../../store/embedded/folder-lock.ts'
import { plain } from '../output.ts'
import { checkAddresses } from './addresses.ts'
import { checkDatabase } from './database.ts'
import type { Finding, Level } from './finding.ts'
import { checkClock, checkDisk, checkFiles, checkNode } from './machine.ts'
import { checkPorts } from './ports.ts'
import { checkSpeech } from './speech.ts'
import { checkTls } from './tls.ts'

/** Looks at everything that the service stands on. Needs no running service and changes nothing. */
export async function examine(env: NodeJS.Dict<string>): Promise<Finding[]> {
  const settings = readOr(env)
  if (!('dataFolder' in settings)) return [checkNode(), ...settings.faults]
  const service = folderHolder(settings.dataFolder)
  const groups = await Promise.all([
    [checkNode(), settingsFinding(settings, service)],
    checkPorts(settings, service),
    checkTls(settings.tls),
    checkAddresses(settings),
    checkSpeech(settings),
    checkDatabase(settings, service),
    [checkClock(), await checkDisk(settings), checkFiles()],
  ])
  return groups.flat()
}

function readOr(env: NodeJS.Dict<string>): Settings | { readonly faults: Finding[] } {
  try {
    return loadSettings(env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    const advice = 'Put it right in the environment or in .env; docs/reference/settings.md lists them all.'
    return { faults: error.faults.map(({ sentence }) => ({ topic: 'settings', level: 'fault', sentence, advice })) }
  }
}

function settingsFinding({ dataFolder }: Settings, service: number | undefined): Finding {
  const state = service === undefined ? 'The service is not running' : `The service runs (process ${service})`
  return { topic: 'settings', level: 'ok', sentence: `${state}; its data folder is ${dataFolder}.` }
}

const marks: Readonly<Record<Level, string>> = { ok: 'ok     ', warning: 'WARNING', fault: 'FAULT  ' }

/** A line per finding, what to do under each that is not well, and a last line that sums up. */
export function formatFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ topic, level, sentence, advice }) => [
    `${marks[level]}  ${topic.padEnd(9)}  ${plain(sentence)}`,
    ...(advice === undefined ? [] : [`${' '.repeat(20)}→ ${plain(advice)}`]),
  ])
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length
  const [faults, warnings] = [count('fault'), count('warning')]
  const sum =
    faults > 0
      ? `${faults === 1 ? 'One fault keeps' : `${faults} faults keep`} the service from working.`
      : warnings > 0
        ? `The service can run; ${warnings === 1 ? 'one thing is' : `${warnings} things are`} worth mending.`
        : 'All is well.'
  return [...lines, '', sum].join('\n')
}
