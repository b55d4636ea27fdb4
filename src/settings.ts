import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { type Contexts, readContexts } from './apps/spool/contexts.ts'
import { nearestName } from './base/nearest-name.ts'
import {
  type CarrierChoices,
  carrierFaults,
  carrierSettingNames,
  type FlowrouteChoice,
  readCarriers,
  readFlowroute,
  secretCarrierNames,
} from './carrier-settings.ts'
import {
  integer,
  type LogLevel,
  type NumberRange,
  type PortRange,
  type Reader,
  readApology,
  readCallerIds,
  readClients,
  readCountry,
  readDatabaseUrl,
  readDigest,
  readFolder,
  readHostName,
  readHttpUrl,
  readIp,
  readLogLevel,
  readMailAddress,
  readModel,
  readNetworks,
  readNumberRanges,
  readPath,
  readPathKey,
  readPort,
  readPortRange,
  readPrefixes,
  readRecogniser,
  readSecret,
  readServerUrl,
  readSipAllow,
  readSmtpUrl,
  readToken,
} from './setting-values.ts'
import { type RecogniserChoice, recogniserChoice } from './speech/recognise/choice.ts'
import { chooseDataFolder } from './store/embedded/data-folder.ts'

export type { CarrierChoices, FlowrouteChoice } from './carrier-settings.ts'

import {
  type AsteriskChoice,
  type FreeSwitchChoice,
  readAsterisk,
  readFreeSwitch,
  secretSwitchNames,
  switchFaults,
  switchSettingNames,
} from './switch-settings.ts'

export type { LogLevel, NumberRange, PortRange } from './setting-values.ts'

/** SIP over TLS. Paths are absolute, their files PEM. */
export interface TlsChoice {
  /** 0 lets the kernel choose. */
  readonly port: number
  /** Absent: calls go out by TLS, and none come in but on connections that we made. */
  readonly own: { readonly cert: string; readonly key: string } | undefined
  /** Authorities trusted beside those that Node.js brings. */
  readonly ca: string | undefined
  /** What is asked of those who connect. */
  readonly clients: 'none' | 'optional' | 'required'
  /** Named in Contact and Via towards peers by TLS, in place of our address, so that they find it in the certificate. */
  readonly name: string | undefined
}

/** What the service was told by its environment, checked. */
export interface Settings {
  /** 0 lets the kernel choose, as with the SIP port. */
  readonly httpPort: number
  readonly httpBind: string
  readonly sipPort: number
  readonly tls: TlsChoice
  /** Where SIP and RTP listen. */
  readonly bind: string
  /** Absolute. */
  readonly dataFolder: string
  readonly token: string | undefined
  readonly localNumbers: readonly NumberRange[]
  /** Networks whose hosts count as a trunk: addresses or `address/bits`. */
  readonly trusted: readonly string[]
  /** The address to advertise where it cannot be found. */
  readonly address: string | undefined
  readonly rtpPorts: PortRange
  /** Absent: the service starts its own PostgreSQL. */
  readonly databaseUrl: string | undefined
  /** ISO 3166-1 alpha-2; numbers written without country code belong to it. */
  readonly country: string | undefined
  /** Base of the links that are sent to people; no slash at its end. Absent: made from the HTTP address in use. */
  readonly publicUrl: string | undefined
  readonly logLevel: LogLevel
  /** Days that the records of ended calls are kept; 0 keeps them for ever. */
  readonly keepCallsDays: number
  /** Days that a link to a recording works, 1–3650. */
  readonly linkDays: number
  /** The server that mail goes out by, and its sender. */
  readonly mail: { readonly url: string; readonly from: string } | undefined
  /** What phones may prove their passwords with, in the order in which they are told. */
  readonly digest: readonly ('MD5' | 'SHA-256')[]
  /** Networks that webhooks, documents and prompts may be fetched from although they are not public. */
  readonly webhookAllow: readonly string[]
  /** Networks, or `public`, that SIP URIs may lead to beside trunks and trusted networks. */
  readonly sipAllow: readonly string[]
  /** Numbers of somebody else that programs may call as. */
  readonly callerIds: 'any' | readonly string[]
  /** Spoken before a call is hung up because its program gave no document; absent: the call ends without a word. */
  readonly apology: string | undefined
  /** Numbers that may be scanned, as prefixes; the longest that fits decides. */
  readonly scans: { readonly allow: readonly string[]; readonly deny: readonly string[] }
  /** The call files that are honoured, and what is played by their applications. */
  readonly spool: SpoolChoice
  /** What turns speech into text. */
  readonly recogniser: RecogniserChoice
  /** The account of the company that numbers outside are bought and texted by. */
  readonly flowroute: FlowrouteChoice | undefined
  readonly asterisk: AsteriskChoice | undefined
  readonly freeswitch: FreeSwitchChoice | undefined
  /** Who may post USSD requests, reports and texts. */
  readonly carriers: CarrierChoices
  /** Who may post USSD requests, reports and texts. */
  readonly gateways: GatewayChoice
}

/** Companies that post here without a token. */
export interface GatewayChoice {
  /** In the query of what they post; absent: none is taken. */
  readonly key: string | undefined
  /** Networks that need no key. */
  readonly allow: readonly string[]
}

export interface SpoolChoice {
  /** The `outgoing` folder, absolute; absent: no folder is watched. */
  readonly folder: string | undefined
  readonly contexts: Contexts
  /** Folder of sounds, absolute. */
  readonly sounds: string
}

export interface SettingsFault {
  readonly name: string
  /** Names the setting, what it was given and what it would take. */
  readonly sentence: string
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly faults: readonly SettingsFault[]
  constructor(faults: readonly SettingsFault[]) {
    super(faults.map((fault) => fault.sentence).join('\n'))
    this.faults = faults
  }
}

// What stands in the table of docs/reference/settings.md; `OFFHOOK_URL` is read by the command line only.
export const settingNames = [
  'OFFHOOK_HTTP_PORT',
  'OFFHOOK_HTTP_BIND',
  'OFFHOOK_SIP_PORT',
  'OFFHOOK_TLS_PORT',
  'OFFHOOK_TLS_CERT',
  'OFFHOOK_TLS_KEY',
  'OFFHOOK_TLS_CA',
  'OFFHOOK_TLS_CLIENTS',
  'OFFHOOK_TLS_NAME',
  'OFFHOOK_BIND',
  'OFFHOOK_DATA',
  'OFFHOOK_TOKEN',
  'OFFHOOK_LOCAL_NUMBERS',
  'OFFHOOK_TRUSTED',
  'OFFHOOK_ADDRESS',
  'OFFHOOK_RTP_PORTS',
  'OFFHOOK_COUNTRY',
  'OFFHOOK_PUBLIC_URL',
  'OFFHOOK_LOG_LEVEL',
  'OFFHOOK_KEEP_CALLS_DAYS',
  'OFFHOOK_LINK_DAYS',
  'OFFHOOK_SMTP_URL',
  'OFFHOOK_MAIL_FROM',
  'OFFHOOK_DIGEST',
  'OFFHOOK_WEBHOOK_ALLOW',
  'OFFHOOK_SIP_ALLOW',
  'OFFHOOK_CALLER_IDS',
  'OFFHOOK_APOLOGY',
  'OFFHOOK_SCAN_ALLOW',
  'OFFHOOK_SCAN_DENY',
  'OFFHOOK_SPOOL',
  'OFFHOOK_SPOOL_CONTEXTS',
  'OFFHOOK_SOUNDS',
  'OFFHOOK_RECOGNISER',
  'OFFHOOK_RECOGNISER_URL',
  'OFFHOOK_RECOGNISER_KEY',
  'OFFHOOK_RECOGNISER_MODEL',
  'OFFHOOK_GATEWAY_KEY',
  'OFFHOOK_GATEWAY_ALLOW',
  ...carrierSettingNames,
  ...switchSettingNames,
  'OFFHOOK_URL',
  'DATABASE_URL',
] as const
const secretNames: ReadonlySet<string> = new Set([
  'OFFHOOK_TOKEN',
  'OFFHOOK_SMTP_URL',
  'DATABASE_URL',
  'OFFHOOK_RECOGNISER_KEY',
  'OFFHOOK_GATEWAY_KEY',
  ...secretCarrierNames,
  ...secretSwitchNames,
])
type SettingName = (typeof settingNames)[number]

const apology = 'We are sorry. A fault keeps us from going on with this call. Please try again later.'

/** The folder of the checkout; the working directory where the package was installed into another project. */
export function projectFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  if (/[\\/]node_modules[\\/]/.test(here)) return process.cwd()
  return resolve(here, here.endsWith(join('dist', 'src')) ? '../..' : '..')
}

/** `.env` of the project folder under the environment, which wins. @throws SettingsError with every fault */
export function loadSettings(env: NodeJS.ProcessEnv = process.env, folder: string = projectFolder()): Settings {
  return readSettings(readEnvironment(env, folder), folder)
}

/** The settings as text: those of `.env` in the project folder under the environment. */
export function readEnvironment(env: NodeJS.ProcessEnv, folder: string): NodeJS.Dict<string> {
  return { ...readEnvFile(join(folder, '.env')), ...env }
}

function readEnvFile(path: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new SettingsError([
      { name: '.env', sentence: `The file ${path} cannot be read: ${(error as Error).message}.` },
    ])
  }
}

/** @throws SettingsError with every fault, not just the first */
export function readSettings(env: NodeJS.Dict<string>, folder: string): Settings {
  const faults: SettingsFault[] = []
  const read = <T, D>(name: SettingName, reader: Reader<T>, otherwise: D): T | D => {
    const text = env[name]?.trim()
    if (text === undefined || text === '') return otherwise
    const value = reader(text)
    if (typeof value !== 'object' || value === null || !('wants' in value)) return value as T
    // Secrets and the password in the database's URL are not repeated on a screen or in a log.
    const shown = secretNames.has(name) ? 'what it was given' : JSON.stringify(text)
    faults.push({ name, sentence: `${name} cannot be ${shown}: it wants ${value.wants}.` })
    return otherwise
  }

  const bind = read('OFFHOOK_BIND', readIp, undefined)
  const recogniser = recogniserChoice({
    kind: read('OFFHOOK_RECOGNISER', readRecogniser, 'offline'),
    url: read('OFFHOOK_RECOGNISER_URL', readServerUrl, undefined),
    key: read('OFFHOOK_RECOGNISER_KEY', readSecret, undefined),
    model: read('OFFHOOK_RECOGNISER_MODEL', readModel, undefined),
  })
  const cert = read('OFFHOOK_TLS_CERT', readPath, undefined)
  const key = read('OFFHOOK_TLS_KEY', readPath, undefined)
  const dataFolder = read('OFFHOOK_DATA', (text) => resolve(text), undefined) ?? chooseDataFolder(folder)
  const smtp = read('OFFHOOK_SMTP_URL', readSmtpUrl, undefined)
  const from = read('OFFHOOK_MAIL_FROM', readMailAddress, undefined)
  const settings: Settings = {
    httpPort: read('OFFHOOK_HTTP_PORT', readPort, 8080),
    httpBind: read('OFFHOOK_HTTP_BIND', readIp, bind ?? '127.0.0.1'),
    sipPort: read('OFFHOOK_SIP_PORT', readPort, 5060),
    tls: {
      port: read('OFFHOOK_TLS_PORT', readPort, 5061),
      own: cert === undefined || key === undefined ? undefined : { cert, key },
      ca: read('OFFHOOK_TLS_CA', readPath, undefined),
      clients: read('OFFHOOK_TLS_CLIENTS', readClients, 'none'),
      name: read('OFFHOOK_TLS_NAME', readHostName, undefined),
    },
    bind: bind ?? '0.0.0.0',
    dataFolder,
    token: read('OFFHOOK_TOKEN', readToken, undefined),
    // An empty value means none for these two, which is not the same as leaving them out.
    localNumbers:
      env.OFFHOOK_LOCAL_NUMBERS?.trim() === ''
        ? []
        : read('OFFHOOK_LOCAL_NUMBERS', readNumberRanges, [{ first: '+15550100', last: '+15550199' }]),
    trusted: env.OFFHOOK_TRUSTED?.trim() === '' ? [] : read('OFFHOOK_TRUSTED', readNetworks, ['127.0.0.0/8', '::1']),
    address: read('OFFHOOK_ADDRESS', readIp, undefined),
    rtpPorts: read('OFFHOOK_RTP_PORTS', readPortRange, { first: 20000, last: 29999 }),
    databaseUrl: read('DATABASE_URL', readDatabaseUrl, undefined),
    country: read('OFFHOOK_COUNTRY', readCountry, undefined),
    publicUrl: read('OFFHOOK_PUBLIC_URL', readHttpUrl, undefined),
    logLevel: read('OFFHOOK_LOG_LEVEL', readLogLevel, 'info'),
    keepCallsDays: read('OFFHOOK_KEEP_CALLS_DAYS', integer(0, 36500, 'days'), 365),
    linkDays: read('OFFHOOK_LINK_DAYS', integer(1, 3650, 'days'), 30),
    mail: smtp === undefined || from === undefined ? undefined : { url: smtp, from },
    digest: read('OFFHOOK_DIGEST', readDigest, ['MD5'] as const),
    webhookAllow: read('OFFHOOK_WEBHOOK_ALLOW', readNetworks, []),
    sipAllow: read('OFFHOOK_SIP_ALLOW', readSipAllow, []),
    callerIds: read('OFFHOOK_CALLER_IDS', readCallerIds, []),
    // An empty value means none.
    apology: env.OFFHOOK_APOLOGY?.trim() === '' ? undefined : read('OFFHOOK_APOLOGY', readApology, apology),
    scans: { allow: read('OFFHOOK_SCAN_ALLOW', readPrefixes, []), deny: read('OFFHOOK_SCAN_DENY', readPrefixes, []) },
    gateways: {
      key: read('OFFHOOK_GATEWAY_KEY', readPathKey, undefined),
      allow: read('OFFHOOK_GATEWAY_ALLOW', readNetworks, []),
    },
    spool: {
      folder: read('OFFHOOK_SPOOL', readFolder, undefined),
      contexts: read('OFFHOOK_SPOOL_CONTEXTS', readContexts, new Map()),
      sounds: read('OFFHOOK_SOUNDS', readFolder, join(dataFolder, 'sounds')),
    },
    recogniser: 'kind' in recogniser ? recogniser : { kind: 'none' },
    flowroute: readFlowroute(read),
    asterisk: readAsterisk(read),
    freeswitch: readFreeSwitch(read),
    carriers: readCarriers(read),
  }
  const seen = new Set(faults.map(({ name }) => name))
  if (!('kind' in recogniser) && !seen.has('OFFHOOK_RECOGNISER')) {
    for (const { part, sentence } of recogniser) {
      const name = `OFFHOOK_RECOGNISER_${part.toUpperCase()}`
      if (!seen.has(name)) faults.push({ name, sentence: `${name} ${sentence}.` })
    }
  }
  faults.push(
    ...[
      ...tlsFaults(env, settings.tls),
      ...carrierFaults(needsOf(env)),
      ...switchFaults(needsOf(env)),
      ...mailFaults(needsOf(env)),
    ].filter(({ name }) => !seen.has(name)),
    ...unknownNames(env),
  )
  if (faults.length > 0) throw new SettingsError(faults)
  return settings
}

type Needs = (name: SettingName, other: SettingName, what: string) => SettingsFault[]

function needsOf(env: NodeJS.Dict<string>): Needs {
  const given = (name: SettingName): boolean => (env[name]?.trim() ?? '') !== ''
  return (name, other, what) =>
    given(name) && !given(other) ? [{ name, sentence: `${name} is set and ${other} is not: ${what}.` }] : []
}

const mailFaults = (needs: Needs): SettingsFault[] => [
  ...needs('OFFHOOK_SMTP_URL', 'OFFHOOK_MAIL_FROM', 'mail needs a sender'),
  ...needs('OFFHOOK_MAIL_FROM', 'OFFHOOK_SMTP_URL', 'mail needs a server'),
]

/** Settings that mean nothing without another one. */
function tlsFaults(env: NodeJS.Dict<string>, { own, ca, clients }: TlsChoice): SettingsFault[] {
  const needs = needsOf(env)
  return [
    ...needs('OFFHOOK_TLS_CERT', 'OFFHOOK_TLS_KEY', 'TLS needs the key of its certificate'),
    ...needs('OFFHOOK_TLS_KEY', 'OFFHOOK_TLS_CERT', 'TLS needs a certificate beside its key'),
    ...(own === undefined ? needs('OFFHOOK_TLS_PORT', 'OFFHOOK_TLS_CERT', 'no port is opened without one') : []),
    ...(clients === 'none' || ca !== undefined
      ? []
      : needs('OFFHOOK_TLS_CLIENTS', 'OFFHOOK_TLS_CA', 'it says whose certificates are accepted')),
  ]
}

function unknownNames(env: NodeJS.Dict<string>): SettingsFault[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('OFFHOOK_') && !(settingNames as readonly string[]).includes(name))
    .map((name) => {
      const near = nearestName(name, settingNames)
      const hint = near === undefined ? `Known are ${settingNames.join(', ')}.` : `Did you mean ${near}?`
      return { name, sentence: `There is no setting ${JSON.stringify(name)}. ${hint}` }
    })
}
