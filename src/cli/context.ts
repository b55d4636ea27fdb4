import type { Command } from 'commander'
import { loadSettings, projectFolder, readEnvironment, type Settings, SettingsError } from '../settings.ts'
import { readTokenFile } from '../store/token-file.ts'
import { ApiClient, listFields, Refused } from './client.ts'
import { CommandFailed, exitCodes, plain, type Terminal, writeJson, writeLine } from './output.ts'

/** What every command is handed. */
export interface Context {
  readonly terminal: Terminal
  readonly settings: () => Settings
  readonly client: () => ApiClient
}

export function makeContext(terminal: Terminal): Context {
  const settings = () => settingsOrFail(terminal.env)
  return { terminal, settings, client: () => makeClient(terminal, settings()) }
}

function settingsOrFail(env: NodeJS.Dict<string>): Settings {
  try {
    return loadSettings(env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    throw new CommandFailed(error.faults.map((fault) => fault.sentence).join('\n'), exitCodes.usage)
  }
}

function makeClient(terminal: Terminal, settings: Settings): ApiClient {
  const given = readEnvironment(terminal.env, projectFolder()).OFFHOOK_URL?.trim()
  const url = given === undefined || given === '' ? localUrl(settings) : given.replace(/\/+$/, '')
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new CommandFailed(
      `OFFHOOK_URL wants the address of a service, such as http://127.0.0.1:8080.`,
      exitCodes.usage,
    )
  }
  // The kept token opens this machine's service; it is not sent to another one.
  const token = settings.token ?? (given === undefined || given === '' || isLoopback(url) ? kept(settings) : undefined)
  const folder = plain(settings.dataFolder)
  // Follows the service's own sentence, which says who prints the right one.
  const tokenHint =
    settings.token === undefined
      ? `Set OFFHOOK_TOKEN to it: none that this service takes is kept in ${folder}.`
      : `OFFHOOK_TOKEN is set to another one. Put it right, or unset it to use the one kept in ${folder}.`
  return new ApiClient({ url, token, tokenHint, signal: terminal.signal })
}

function localUrl({ httpBind, httpPort }: Settings): string {
  const host = httpBind === '0.0.0.0' ? '127.0.0.1' : httpBind === '::' ? '::1' : httpBind
  return `http://${host.includes(':') ? `[${host}]` : host}:${httpPort}`
}

const isLoopback = (url: string): boolean => /^(?:localhost|127\.[0-9.]+|\[::1\])$/.test(new URL(url).hostname)

/** The token that a service on this machine keeps for its own user. */
export function kept({ dataFolder }: Pick<Settings, 'dataFolder'>): string | undefined {
  try {
    return readTokenFile(dataFolder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    throw new CommandFailed(
      `The token in ${dataFolder} may not be read by this user. Set OFFHOOK_TOKEN, or run this as the user of the service.`,
    )
  }
}

/**
 * Adds `--json`; `print` writes the answer for people.
 * @param word what a field of the request is called on the command line
 */
export function answers<T>(
  command: Command,
  context: Context,
  act: (client: ApiClient, ...args: (string | undefined)[]) => Promise<T>,
  print: (value: T) => string,
  word?: (field: string) => string | undefined,
): Command {
  return command.option('--json', 'print the answer as JSON').action(async (...args: unknown[]) => {
    const words = args.filter((arg): arg is string => typeof arg === 'string')
    const value = await act(context.client(), ...words).catch((error: unknown) => {
      throw inWords(error, word)
    })
    if (command.opts<{ json?: boolean }>().json === true) writeJson(context.terminal.out, value)
    else writeLine(context.terminal.out, print(value))
  })
}

/** A refusal whose fields are named as they were typed. */
export function inWords(error: unknown, word: ((field: string) => string | undefined) | undefined): unknown {
  if (!(error instanceof Refused) || error.fields.length === 0 || word === undefined) return error
  return new CommandFailed(listFields(error.fields, (field) => word(field) ?? field.slice(1)))
}
