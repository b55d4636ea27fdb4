import { accessSync, constants, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max'
import { type ReceiptIdForm, receiptIdForms } from './carriers/smpp/account.ts'
import { type ShiftLanguage, shiftLanguages } from './phone/gsm.ts'
import { mailAddress } from './phone/mail-address.ts'
import { recogniserKinds } from './speech/recognise/choice.ts'

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** Both ends E.164 with as many digits; `first` is not above `last`. */
export interface NumberRange {
  readonly first: string
  readonly last: string
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Reads the text of a setting, trimmed and not empty; else says what it wants. */
export type Reader<T> = (text: string) => T | { readonly wants: string }

export const readApology: Reader<string> = (text) =>
  text.length <= 1000 ? text : { wants: 'at most 1000 characters of text, or nothing for none' }

export function integer(least: number, most: number, unit: string): Reader<number> {
  return (text) => {
    const value = /^[0-9]{1,6}$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : { wants: `a whole number of ${unit} from ${least} to ${most}` }
  }
}

export const readPort: Reader<number> = (text) => {
  const value = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN
  return value <= 65535 ? value : { wants: 'a port from 1 to 65535, or 0 for any free one' }
}

/** Of another machine. */
export const readFarPort: Reader<number> = (text) => {
  const port = readPort(text)
  return port === 0 || typeof port !== 'number' ? { wants: 'a port from 1 to 65535' } : port
}

export const readPortRange: Reader<PortRange> = (text) => {
  const match = /^([0-9]{1,5})-([0-9]{1,5})$/.exec(text)
  const first = Number(match?.[1])
  const last = Number(match?.[2])
  // Two ports is one call: RTP and RTCP.
  return match !== null && first >= 1024 && last <= 65535 && last > first
    ? { first, last }
    : { wants: 'two ports joined by a hyphen, the first at least 1024 and below the second, such as 20000-29999' }
}

export const readIp: Reader<string> = (text) =>
  isIP(text) === 0 ? { wants: 'an IP address of this machine, such as 0.0.0.0 or 192.0.2.4' } : text

export const readFolder: Reader<string> = (text) => {
  const path = resolve(text)
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : { wants: 'the path of a folder' }
}

export const readPath: Reader<string> = (text) => {
  const path = resolve(text)
  try {
    accessSync(path, constants.R_OK)
    return path
  } catch {
    return { wants: 'the path of a file that this user may read' }
  }
}

const clientChoices = ['none', 'optional', 'required'] as const
export const readClients: Reader<(typeof clientChoices)[number]> = (text) =>
  clientChoices.find((choice) => choice === text.toLowerCase()) ?? { wants: `one of ${clientChoices.join(', ')}` }

export const readHostName: Reader<string> = (text) =>
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(text)
    ? text.toLowerCase()
    : { wants: 'a host name, such as phone.example.com' }

export const readRecogniser: Reader<(typeof recogniserKinds)[number]> = (text) =>
  recogniserKinds.find((kind) => kind === text.toLowerCase()) ?? { wants: `one of ${recogniserKinds.join(', ')}` }

export const readServerUrl: Reader<string> = (text) =>
  URL.canParse(text) && /^(?:wss?|https?):$/.test(new URL(text).protocol)
    ? text
    : { wants: 'a URL such as wss://speech.example.com:2700' }

export const readSmtpUrl: Reader<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const sound = url !== undefined && /^smtps?:$/.test(url.protocol) && url.hostname !== '' && /^\/?$/.test(url.pathname)
  return sound ? text : { wants: 'a URL such as smtp://user:password@mail.example.com:587, or smtps://…' }
}

export const readMailAddress: Reader<string> = (text) =>
  mailAddress.test(text) ? text : { wants: 'an address such as phone@example.com' }

export const readSecret: Reader<string> = (text) =>
  /^[\x21-\x7e]{1,4096}$/.test(text) ? text : { wants: '1 to 4096 printable characters without spaces' }

/** Of a user or an application of a switch. */
export const readSwitchName: Reader<string> = (text) =>
  /^[A-Za-z0-9._-]{1,64}$/.test(text) ? text : { wants: '1 to 64 letters, digits, dots, _ and -' }

/** A name or an address, without a port. */
export const readSwitchHost: Reader<string> = (text) =>
  isIP(text) !== 0 || typeof readHostName(text) === 'string'
    ? text.toLowerCase()
    : { wants: 'a host name or an address, such as 127.0.0.1' }

/** Stands in a path. */
export const readPathKey: Reader<string> = (text) =>
  /^[\w-]{16,128}$/.test(text) ? text : { wants: '16 to 128 letters, digits, _ and -' }

export const readRoute: Reader<string> = (text) =>
  /^[0-9]{1,12}$/.test(text) ? text : { wants: 'the id of a route, digits' }

export const readAppId: Reader<string> = (text) =>
  /^[0-9]{1,20}$/.test(text) ? text : { wants: 'the id of an application, digits' }

/** `smpp://host:2775`, or `smpps://host:3550` by TLS. */
export const readSmppUrl: Reader<{ host: string; port: number; tls: boolean }> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const tls = url?.protocol === 'smpps:'
  const good = url !== undefined && (tls || url.protocol === 'smpp:') && url.hostname !== '' && url.username === ''
  if (!good || !['', '/'].includes(url.pathname)) return { wants: 'a URL such as smpp://smsc.example.com:2775' }
  const port = url.port === '' ? (tls ? 3550 : 2775) : Number(url.port)
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, tls }
}

/** An octet string of SMPP, without the zero at its end. */
export const readSmppName =
  (most: number): Reader<string> =>
  (text) =>
    text.length <= most && /^[\x21-\x7e]+$/.test(text)
      ? text
      : { wants: `up to ${most} printable characters without spaces` }

export const readReceiptIds: Reader<ReceiptIdForm> = (text) =>
  receiptIdForms.find((form) => form === text.toLowerCase()) ?? { wants: `one of ${receiptIdForms.join(', ')}` }

export const readShiftTables: Reader<ShiftLanguage[]> = (text) => {
  const names = text.split(',').map((part) => part.trim().toLowerCase())
  const found = shiftLanguages.filter((language) => names.includes(language))
  return found.length === new Set(names).size ? found : { wants: `of ${shiftLanguages.join(', ')}, joined by commas` }
}

export const readModel: Reader<string> = (text) =>
  /^[\w./:-]{1,128}$/.test(text) ? text : { wants: 'the name of a model, such as nova-3' }

export const readToken: Reader<string> = (text) =>
  /^[\x21-\x7e]{16,256}$/.test(text) ? text : { wants: '16 to 256 printable characters without spaces' }

export const readNetworks: Reader<string[]> = (text) => {
  const networks = text.split(',').map((part) => part.trim())
  const good = networks.every((network) => {
    const [address = '', bits, ...rest] = network.split('/')
    const family = isIP(address)
    if (family === 0 || rest.length > 0) return false
    return bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
  })
  return good ? networks : { wants: 'addresses or networks joined by commas, such as 127.0.0.0/8,::1, or nothing' }
}

const wantsHosts = 'addresses or networks joined by commas, or public, such as 192.168.1.0/24,public'

/** Networks, and `public` for all addresses of the internet. */
export const readSipAllow: Reader<string[]> = (text) => {
  const parts = text.split(',').map((part) => part.trim().toLowerCase())
  const networks = parts.filter((part) => part !== 'public')
  const read = networks.length === 0 ? networks : readNetworks(networks.join(','))
  return 'wants' in read ? { wants: wantsHosts } : parts
}

/** `any`, or the numbers themselves. */
export const readCallerIds: Reader<'any' | string[]> = (text) => {
  if (text.toLowerCase() === 'any') return 'any'
  const numbers = text.split(',').map((part) => part.trim())
  return numbers.every((number) => /^\+[1-9][0-9]{4,14}$/.test(number))
    ? numbers
    : { wants: 'E.164 numbers joined by commas, such as +12025550142, or any' }
}

export const readE164: Reader<string> = (text) =>
  /^\+[1-9][0-9]{4,14}$/.test(text) ? text : { wants: 'a number in E.164 form, such as +254711082880' }

export const readPrefixes: Reader<string[]> = (text) => {
  const prefixes = text.split(',').map((part) => part.trim())
  const good = prefixes.every((prefix) => /^(?:\+[1-9][0-9]{0,14}|sips?:[^\s,]{1,250}|[0-9]{1,15})$/.test(prefix))
  return good
    ? prefixes
    : {
        wants:
          'beginnings of numbers, of extensions of digits or of SIP URIs joined by commas, such as +1212,+15550142',
      }
}

const wantsRanges =
  'ranges of E.164 numbers with as many digits at both ends, 100000 numbers at most, such as +15550100-+15550199'

export const readNumberRanges: Reader<NumberRange[]> = (text) => {
  const ranges: NumberRange[] = []
  let count = 0
  for (const part of text.split(',')) {
    const match = /^(\+[1-9][0-9]{4,14})(?:-(\+[1-9][0-9]{4,14}))?$/.exec(part.trim())
    const first = match?.[1]
    if (first === undefined) return { wants: wantsRanges }
    const last = match?.[2] ?? first
    if (last.length !== first.length || last < first) return { wants: wantsRanges }
    count += Number(last.slice(1)) - Number(first.slice(1)) + 1
    ranges.push({ first, last })
  }
  return count <= 100_000 ? ranges : { wants: wantsRanges }
}

export const readDatabaseUrl: Reader<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^postgres(?:ql)?:$/.test(url.protocol)
    ? text
    : { wants: 'a URL such as postgres://user:password@host:5432/database' }
}

export const readCountry: Reader<CountryCode> = (text) => {
  const code = text.toUpperCase()
  return isSupportedCountry(code) ? code : { wants: 'a country code of two letters, such as US or KE' }
}

const algorithms = ['MD5', 'SHA-256'] as const
export const readDigest: Reader<(typeof algorithms)[number][]> = (text) => {
  const names = text.split(',').map((part) => part.trim().toUpperCase())
  const found = algorithms.filter((name) => names.includes(name))
  if (found.length !== names.length) return { wants: 'MD5, SHA-256, or both joined by a comma' }
  return found.sort((a, b) => names.indexOf(a) - names.indexOf(b))
}

export const readHttpUrl: Reader<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === ''
  return plain && url.username === ''
    ? url.href.replace(/\/+$/, '')
    : { wants: 'a URL such as https://phone.example.com' }
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
export const readLogLevel: Reader<LogLevel> = (text) =>
  levels.find((level) => level === text.toLowerCase()) ?? { wants: `one of ${levels.join(', ')}` }
