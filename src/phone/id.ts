import { randomBytes } from 'node:crypto'

/** The prefix of an id says what it names. */
export const idPrefixes = {
  call: 'call',
  extension: 'ext',
  trunk: 'trk',
  number: 'num',
  forward: 'fwd',
  flow: 'flw',
  menu: 'mnu',
  voicemail: 'vm',
  recording: 'rec',
  message: 'msg',
  token: 'tok',
  link: 'lnk',
  action: 'act',
  webhook: 'whk',
  application: 'app',
  delivery: 'dlv',
  room: 'room',
  scan: 'scn',
  hearing: 'hrg',
  connection: 'con',
  planned: 'pln',
  schedule: 'sch',
  ussd_code: 'usc',
  ussd_session: 'uss',
  voice_message: 'vms',
  contact: 'ctc',
  broadcast: 'brc',
} as const

export type Noun = keyof typeof idPrefixes
export type Id<N extends Noun> = `${(typeof idPrefixes)[N]}_${string}`
export type CallId = Id<'call'>
export type RecordingId = Id<'recording'>

// Crockford's base 32 in lower case: no i, l, o, u, so an id can be read out over a phone.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * A new id: prefix, `_`, 10 characters of time (ms, so ids sort by age), 14 random characters (70 bits).
 * @param wall milliseconds since 1970, from the clock in use
 */
export function newId<N extends Noun>(noun: N, wall: number): Id<N> {
  let time = ''
  for (let i = 0, rest = wall; i < 10; i++, rest = Math.floor(rest / 32)) time = alphabet[rest % 32] + time
  let random = ''
  for (const byte of randomBytes(14)) random += alphabet[byte & 31]
  return `${idPrefixes[noun]}_${time}${random}`
}

export function isId<N extends Noun>(noun: N, text: string): text is Id<N> {
  const prefix = `${idPrefixes[noun]}_`
  return text.startsWith(prefix) && /^[0-9a-hjkmnp-tv-z]{24}$/.test(text.slice(prefix.length))
}
