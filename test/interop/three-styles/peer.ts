import type { Scope } from '../../../src/base/scope.ts'
import { rate } from '../../kit/audio.ts'
import type { Authority } from '../../kit/authority.ts'
import { Baresip } from '../../kit/baresip.ts'
import { eventually } from '../../kit/eventually.ts'
import type { House } from '../../kit/house.ts'
import { startRtpPeer } from '../../kit/rtp-peer.ts'
import { mustPass, runSipp, startSipp } from '../../kit/sipp.ts'

/** A foreign phone, by the one program or the other. */
export interface Peer {
  /** Who it is to the service: a number outside, or an extension. */
  readonly name: string
  call(number: string): Promise<Talk>
  /** Where the service rings it, and what comes of that; it picks up at once. */
  awaits(): Promise<{ readonly address: string; readonly talk: Promise<Talk> }>
  /** Calls, and is to be refused with this status; rejects where it is not. */
  refused(number: string, status: number): Promise<void>
}

/** Its side of one call. */
export interface Talk {
  /** All that it heard so far. */
  heard(): Int16Array
  /** Samples that came so far; gaps do not count. */
  came(): number
  keys(): string
  /** Resolves when it has begun, at the latest when it was said. */
  say(samples: Int16Array): Promise<void>
  press(keys: string): Promise<void>
  /** Resolves when the service has hung up. */
  readonly ended: Promise<void>
}

const samplesPerPacket = 160
/** No call of these takes longer, on a slow machine either. */
const longestMs = 180_000

/** Waits until so much more was heard, whatever it is. */
export async function hears(talk: Talk, seconds: number): Promise<void> {
  const until = talk.came() + seconds * rate
  const came = await eventually(
    () => talk.came(),
    (found) => found >= until,
    20_000,
  )
  if (came < until) throw new Error(`only ${came / rate} s were heard, not ${until / rate}`)
}

/** Waits until the service has sent these keys. */
export async function gets(talk: Talk, keys: string): Promise<void> {
  const got = await eventually(
    () => talk.keys(),
    (found) => found.includes(keys),
  )
  if (!got.includes(keys)) throw new Error(`the keys that came are ${JSON.stringify(got)}, without ${keys}`)
}

/** SIPp signals, an RTP peer of the kit hears and speaks. */
export function sippPeer(scope: Scope, house: House, transport: 'udp' | 'tcp'): Peer {
  const name = house.stranger()
  const talkOf = async (scenario: 'call-until-bye' | 'answer', number: string) => {
    const rtp = await startRtpPeer(scope)
    const run = await startSipp({
      ...{ scope, scenario, transport, rtp, keys: { number, caller: name }, timeoutMs: longestMs },
      ...(scenario === 'answer' ? {} : { remotePort: house.service.sipPort }),
    })
    const ended = run.finished.then((result) => void mustPass(result))
    // Whoever failed before does not wait for it.
    ended.catch(() => {})
    const talk: Talk = {
      heard: () => rtp.heard(),
      came: () => rtp.packets() * samplesPerPacket,
      keys: () => rtp.keys(),
      say: (samples) => rtp.speak(samples),
      press: (keys) => rtp.press(keys),
      ended,
    }
    return { run, talk }
  }
  return {
    name,
    call: async (number) => {
      const { run, talk } = await talkOf('call-until-bye', number)
      await Promise.race([run.saw(/^SIP\/2\.0 (?:18|2)/m), talk.ended])
      return talk
    },
    awaits: async () => {
      const { run, talk } = await talkOf('answer', name)
      const parameter = transport === 'tcp' ? ';transport=tcp' : ''
      return { address: `sip:${name}@127.0.0.1:${run.port}${parameter}`, talk: Promise.resolve(talk) }
    },
    refused: async (number, status) => {
      const { sipPort: remotePort } = house.service
      const keys = { number, caller: name, status }
      mustPass(await runSipp({ scope, scenario: 'call-refused', transport, remotePort, keys }))
    },
  }
}

/** A softphone that has signed in with an extension of its own; by TLS it speaks SRTP only. */
export async function baresipPeer(
  scope: Scope,
  house: House,
  way: 'udp' | 'tcp' | { readonly tls: Authority },
): Promise<Peer> {
  const username = await house.extension()
  if (typeof way === 'object') await house.service.api('PATCH', `/v1/extensions/${username}`, { srtp: 'required' })
  const phone = await Baresip.start({
    ...{ scope, username, password: `${username}-secret`, answer: 'auto' },
    ...(typeof way === 'object'
      ? { transport: 'tls', srtp: 'mandatory', authority: way.tls, registrarPort: house.service.tlsPort }
      : { transport: way, registrarPort: house.service.sipPort }),
  })
  await phone.registered()
  let calls = 0
  const talkOf = (): Talk => {
    const nth = ++calls
    const ended = phone.closed(nth, longestMs).then(() => {})
    ended.catch(() => {})
    return {
      heard: () => phone.heard(nth),
      came: () => phone.heard(nth).length,
      keys: () =>
        phone.events
          .filter(({ type }) => type === 'CALL_DTMF_START')
          .map(({ param }) => param)
          .join(''),
      say: (samples) => phone.say(samples),
      press: (keys) => phone.press(keys),
      ended,
    }
  }
  return {
    name: username,
    call: async (number) => {
      const talk = talkOf()
      await phone.dial(number)
      return talk
    },
    awaits: async () => {
      const talk = talkOf()
      const established = phone.established(calls, 60_000).then(() => talk)
      // Whoever failed before does not wait for it.
      established.catch(() => {})
      return { address: username, talk: established }
    },
    refused: async (number, status) => {
      const nth = ++calls
      await phone.dial(number)
      const { param } = await phone.closed(nth, 30_000)
      if (!param.startsWith(String(status))) throw new Error(`the call ended with ${param}, not ${status}`)
    },
  }
}
