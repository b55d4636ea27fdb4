import { type Reader, readHttpUrl, readSecret, readSwitchName } from './setting-values.ts'

/** The Asterisk that carries the calls of trunks whose URI begins with `asterisk:`. */
export interface AsteriskChoice {
  /** Of ARI, such as `http://127.0.0.1:8088/ari`; no slash at its end. */
  readonly url: string
  readonly username: string
  readonly password: string
  /** Name of the Stasis application. */
  readonly app: string
}

export const switchSettingNames = [
  'OFFHOOK_ASTERISK_URL',
  'OFFHOOK_ASTERISK_USER',
  'OFFHOOK_ASTERISK_PASSWORD',
  'OFFHOOK_ASTERISK_APP',
] as const
type Name = (typeof switchSettingNames)[number]

export const secretSwitchNames: readonly Name[] = ['OFFHOOK_ASTERISK_PASSWORD']

export function readAsterisk(
  read: <T, D>(name: Name, reader: Reader<T>, otherwise: D) => T | D,
): AsteriskChoice | undefined {
  const url = read('OFFHOOK_ASTERISK_URL', readHttpUrl, undefined)
  const password = read('OFFHOOK_ASTERISK_PASSWORD', readSecret, undefined)
  const username = read('OFFHOOK_ASTERISK_USER', readSwitchName, 'offhook')
  const app = read('OFFHOOK_ASTERISK_APP', readSwitchName, 'offhook')
  return url === undefined || password === undefined ? undefined : { url, username, password, app }
}

/** Settings that mean nothing without another one. */
export function switchFaults<F>(needs: (name: Name, other: Name, what: string) => readonly F[]): readonly F[] {
  const where = 'no Asterisk is connected to without its URL'
  return [
    ...needs('OFFHOOK_ASTERISK_URL', 'OFFHOOK_ASTERISK_PASSWORD', 'ARI takes no request without a password'),
    ...needs('OFFHOOK_ASTERISK_PASSWORD', 'OFFHOOK_ASTERISK_URL', where),
    ...needs('OFFHOOK_ASTERISK_USER', 'OFFHOOK_ASTERISK_URL', where),
    ...needs('OFFHOOK_ASTERISK_APP', 'OFFHOOK_ASTERISK_URL', where),
  ]
}
