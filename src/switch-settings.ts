import {
  type Reader,
  readFarPort,
  readHttpUrl,
  readPort,
  readSecret,
  readSwitchHost,
  readSwitchName,
} from './setting-values.ts'

/** The Asterisk that carries the calls of trunks whose URI begins with `asterisk:`. */
export interface AsteriskChoice {
  /** Of ARI, such as `http://127.0.0.1:8088/ari`; no slash at its end. */
  readonly url: string
  readonly username: string
  readonly password: string
  /** Name of the Stasis application. */
  readonly app: string
}

/** The FreeSWITCH that carries the calls of trunks whose URI begins with `freeswitch:`. */
export interface FreeSwitchChoice {
  /** Of its event socket: a name or an address. */
  readonly host: string
  readonly eslPort: number
  readonly password: string
  /** Begins the names of our channels there. */
  readonly app: string
  /** Of Sofia, by which it brings the audio here. */
  readonly profile: string
  /** Where its dialplan sends calls by TCP, and where it brings their audio by UDP; 0 lets the kernel choose. */
  readonly port: number
}

export const switchSettingNames = [
  'OFFHOOK_ASTERISK_URL',
  'OFFHOOK_ASTERISK_USER',
  'OFFHOOK_ASTERISK_PASSWORD',
  'OFFHOOK_ASTERISK_APP',
  'OFFHOOK_FREESWITCH_HOST',
  'OFFHOOK_FREESWITCH_ESL_PORT',
  'OFFHOOK_FREESWITCH_PASSWORD',
  'OFFHOOK_FREESWITCH_APP',
  'OFFHOOK_FREESWITCH_PROFILE',
  'OFFHOOK_FREESWITCH_PORT',
] as const
type Name = (typeof switchSettingNames)[number]

export const secretSwitchNames: readonly Name[] = ['OFFHOOK_ASTERISK_PASSWORD', 'OFFHOOK_FREESWITCH_PASSWORD']

type Read = <T, D>(name: Name, reader: Reader<T>, otherwise: D) => T | D

export function readFreeSwitch(read: Read): FreeSwitchChoice | undefined {
  const host = read('OFFHOOK_FREESWITCH_HOST', readSwitchHost, undefined)
  const eslPort = read('OFFHOOK_FREESWITCH_ESL_PORT', readFarPort, 8021)
  const password = read('OFFHOOK_FREESWITCH_PASSWORD', readSecret, undefined)
  const app = read('OFFHOOK_FREESWITCH_APP', readSwitchName, 'offhook')
  const profile = read('OFFHOOK_FREESWITCH_PROFILE', readSwitchName, 'internal')
  const port = read('OFFHOOK_FREESWITCH_PORT', readPort, 8084)
  return host === undefined || password === undefined ? undefined : { host, eslPort, password, app, profile, port }
}

export function readAsterisk(read: Read): AsteriskChoice | undefined {
  const url = read('OFFHOOK_ASTERISK_URL', readHttpUrl, undefined)
  const password = read('OFFHOOK_ASTERISK_PASSWORD', readSecret, undefined)
  const username = read('OFFHOOK_ASTERISK_USER', readSwitchName, 'offhook')
  const app = read('OFFHOOK_ASTERISK_APP', readSwitchName, 'offhook')
  return url === undefined || password === undefined ? undefined : { url, username, password, app }
}

/** Settings that mean nothing without another one. */
export function switchFaults<F>(needs: (name: Name, other: Name, what: string) => readonly F[]): readonly F[] {
  const where = 'no Asterisk is connected to without its URL'
  const nowhere = 'no FreeSWITCH is connected to without its host'
  return [
    ...needs('OFFHOOK_ASTERISK_URL', 'OFFHOOK_ASTERISK_PASSWORD', 'ARI takes no request without a password'),
    ...needs('OFFHOOK_ASTERISK_PASSWORD', 'OFFHOOK_ASTERISK_URL', where),
    ...needs('OFFHOOK_ASTERISK_USER', 'OFFHOOK_ASTERISK_URL', where),
    ...needs('OFFHOOK_ASTERISK_APP', 'OFFHOOK_ASTERISK_URL', where),
    ...needs('OFFHOOK_FREESWITCH_HOST', 'OFFHOOK_FREESWITCH_PASSWORD', 'an event socket takes nobody without one'),
    ...(['ESL_PORT', 'PASSWORD', 'APP', 'PROFILE', 'PORT'] as const).flatMap((each) =>
      needs(`OFFHOOK_FREESWITCH_${each}`, 'OFFHOOK_FREESWITCH_HOST', nowhere),
    ),
  ]
}
