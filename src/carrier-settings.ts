import type { AfricasTalkingAccount } from './carriers/africas-talking/texts.ts'
import type { FlowrouteAccount } from './carriers/flowroute/client.ts'
import type { PlivoAccount } from './carriers/plivo/client.ts'
import type { SmppAccount } from './carriers/smpp/account.ts'
import {
  integer,
  type Reader,
  readAppId,
  readE164,
  readHttpUrl,
  readPathKey,
  readReceiptIds,
  readRoute,
  readSecret,
  readShiftTables,
  readSmppName,
  readSmppUrl,
} from './setting-values.ts'

export interface FlowrouteChoice extends FlowrouteAccount {
  /** Id of the route that calls to a bought number take. */
  readonly route: string | undefined
  /** In the paths that it posts to; absent: it may not. */
  readonly callbackKey: string | undefined
}

export interface AfricasTalkingChoice extends AfricasTalkingAccount {
  /** In the path that it posts to; absent: it may not. */
  readonly callbackKey: string | undefined
  /** Where calls are placed, no slash at its end. */
  readonly voiceUrl: string
  /** What calls that speak messages are placed by, and a number there that they come from; absent: they are placed from here. */
  readonly voice?: { readonly url: string; readonly number: string } | undefined
}

export interface PlivoChoice extends PlivoAccount {
  /** The application there that numbers bought from here belong to. */
  readonly application: string | undefined
}

/** Accounts of companies that numbers outside are bought and texted by. */
export interface CarrierChoices {
  readonly africasTalking: AfricasTalkingChoice | undefined
  readonly plivo: PlivoChoice | undefined
  readonly smpp: SmppAccount | undefined
}

export const carrierSettingNames = [
  'OFFHOOK_FLOWROUTE_KEY',
  'OFFHOOK_FLOWROUTE_SECRET',
  'OFFHOOK_FLOWROUTE_URL',
  'OFFHOOK_FLOWROUTE_ROUTE',
  'OFFHOOK_FLOWROUTE_CALLBACK_KEY',
  'OFFHOOK_AFRICASTALKING_USERNAME',
  'OFFHOOK_AFRICASTALKING_KEY',
  'OFFHOOK_AFRICASTALKING_URL',
  'OFFHOOK_AFRICASTALKING_CALLBACK_KEY',
  'OFFHOOK_AFRICASTALKING_VOICE_NUMBER',
  'OFFHOOK_AFRICASTALKING_VOICE_URL',
  'OFFHOOK_PLIVO_ID',
  'OFFHOOK_PLIVO_TOKEN',
  'OFFHOOK_PLIVO_URL',
  'OFFHOOK_PLIVO_APPLICATION',
  'OFFHOOK_SMPP_URL',
  'OFFHOOK_SMPP_SYSTEM_ID',
  'OFFHOOK_SMPP_PASSWORD',
  'OFFHOOK_SMPP_SYSTEM_TYPE',
  'OFFHOOK_SMPP_WINDOW',
  'OFFHOOK_SMPP_ENQUIRE_SECONDS',
  'OFFHOOK_SMPP_RECEIPT_IDS',
  'OFFHOOK_SMPP_SHIFT_TABLES',
] as const
type Name = (typeof carrierSettingNames)[number]

export const secretCarrierNames: readonly Name[] = [
  'OFFHOOK_FLOWROUTE_KEY',
  'OFFHOOK_FLOWROUTE_SECRET',
  'OFFHOOK_FLOWROUTE_CALLBACK_KEY',
  'OFFHOOK_AFRICASTALKING_KEY',
  'OFFHOOK_AFRICASTALKING_CALLBACK_KEY',
  'OFFHOOK_PLIVO_TOKEN',
  'OFFHOOK_SMPP_PASSWORD',
]

type Read = <T, D>(name: Name, reader: Reader<T>, otherwise: D) => T | D

export function readFlowroute(read: Read): FlowrouteChoice | undefined {
  const accessKey = read('OFFHOOK_FLOWROUTE_KEY', readSecret, undefined)
  const secretKey = read('OFFHOOK_FLOWROUTE_SECRET', readSecret, undefined)
  const url = read('OFFHOOK_FLOWROUTE_URL', readHttpUrl, 'https://api.flowroute.com')
  const route = read('OFFHOOK_FLOWROUTE_ROUTE', readRoute, undefined)
  const callbackKey = read('OFFHOOK_FLOWROUTE_CALLBACK_KEY', readPathKey, undefined)
  return accessKey === undefined || secretKey === undefined
    ? undefined
    : { accessKey, secretKey, url, route, callbackKey }
}

export function readCarriers(read: Read): CarrierChoices {
  const username = read('OFFHOOK_AFRICASTALKING_USERNAME', readSecret, undefined)
  const apiKey = read('OFFHOOK_AFRICASTALKING_KEY', readSecret, undefined)
  const number = read('OFFHOOK_AFRICASTALKING_VOICE_NUMBER', readE164, undefined)
  const voiceUrl = read('OFFHOOK_AFRICASTALKING_VOICE_URL', readHttpUrl, 'https://voice.africastalking.com')
  const africasTalking = {
    url: read('OFFHOOK_AFRICASTALKING_URL', readHttpUrl, 'https://api.africastalking.com'),
    callbackKey: read('OFFHOOK_AFRICASTALKING_CALLBACK_KEY', readPathKey, undefined),
    voiceUrl,
    voice: number === undefined ? undefined : { number, url: voiceUrl },
  }
  const authId = read('OFFHOOK_PLIVO_ID', readPathKey, undefined)
  const authToken = read('OFFHOOK_PLIVO_TOKEN', readSecret, undefined)
  const plivo = {
    url: read('OFFHOOK_PLIVO_URL', readHttpUrl, 'https://api.plivo.com'),
    application: read('OFFHOOK_PLIVO_APPLICATION', readAppId, undefined),
  }
  const server = read('OFFHOOK_SMPP_URL', readSmppUrl, undefined)
  const systemId = read('OFFHOOK_SMPP_SYSTEM_ID', readSmppName(15), undefined)
  const smpp = {
    password: read('OFFHOOK_SMPP_PASSWORD', readSmppName(8), ''),
    systemType: read('OFFHOOK_SMPP_SYSTEM_TYPE', readSmppName(12), ''),
    window: read('OFFHOOK_SMPP_WINDOW', integer(1, 1000, 'requests'), 10),
    enquireSeconds: read('OFFHOOK_SMPP_ENQUIRE_SECONDS', integer(1, 3600, 'seconds'), 30),
    receiptIds: read('OFFHOOK_SMPP_RECEIPT_IDS', readReceiptIds, 'same' as const),
    shiftTables: read('OFFHOOK_SMPP_SHIFT_TABLES', readShiftTables, []),
  }
  return {
    africasTalking:
      username === undefined || apiKey === undefined ? undefined : { ...africasTalking, username, apiKey },
    plivo: authId === undefined || authToken === undefined ? undefined : { ...plivo, authId, authToken },
    smpp: server === undefined || systemId === undefined ? undefined : { ...smpp, ...server, systemId },
  }
}

type Needs<F> = (name: Name, other: Name, what: string) => F[]

/** Settings that mean nothing without another one. */
export function carrierFaults<F>(needs: Needs<F>): F[] {
  const account = (prefix: string, one: Name, other: Name, who: string): F[] => [
    ...needs(one, other, `nothing is asked of ${who} without both`),
    ...needs(other, one, `nothing is asked of ${who} without both`),
    ...carrierSettingNames
      .filter((name) => name.startsWith(prefix) && name !== one && name !== other)
      .flatMap((name) => needs(name, one, `it belongs to an account of ${who}`)),
  ]
  return [
    ...account('OFFHOOK_FLOWROUTE_', 'OFFHOOK_FLOWROUTE_KEY', 'OFFHOOK_FLOWROUTE_SECRET', 'Flowroute'),
    ...account(
      'OFFHOOK_AFRICASTALKING_',
      'OFFHOOK_AFRICASTALKING_KEY',
      'OFFHOOK_AFRICASTALKING_USERNAME',
      "Africa's Talking",
    ),
    ...account('OFFHOOK_PLIVO_', 'OFFHOOK_PLIVO_ID', 'OFFHOOK_PLIVO_TOKEN', 'Plivo'),
    ...account('OFFHOOK_SMPP_', 'OFFHOOK_SMPP_URL', 'OFFHOOK_SMPP_SYSTEM_ID', 'the SMSC'),
  ]
}
