import { timingSafeEqual } from 'node:crypto'
import type { VoiceDoor, VoicePost } from '../api/ports.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { AfricasTalkingChoice, PlivoChoice } from '../carrier-settings.ts'
import { callByAfricasTalking } from '../carriers/africas-talking/voice.ts'
import { cancelPlivoCall, hangUpPlivoCall, placePlivoCall, redirectPlivoCall } from '../carriers/plivo/calls.ts'
import { plivoClient } from '../carriers/plivo/client.ts'
import type { CallObserver } from '../engines/embedded/engine-options.ts'
import { africasTalking } from '../engines/hosted/africas-talking.ts'
import { HostedAudio } from '../engines/hosted/audio.ts'
import { type Company, type FromPath, HostedEngine } from '../engines/hosted/engine.ts'
import { plivo } from '../engines/hosted/plivo.ts'
import { occasions } from '../engines/hosted/step.ts'
import type { Fetcher } from '../phone/prompt.ts'
import type { Settings } from '../settings.ts'
import { hashToken } from '../store/tokens.ts'
import { isPlivoSigned } from '../webhooks/sign/verify-plivo.ts'
import type { Site } from './site.ts'

export interface OpenHosted {
  readonly settings: Pick<Settings, 'carriers' | 'country'>
  readonly clock: Clock
  readonly log: Logger
  readonly site: Site
  readonly observer: CallObserver
  /** Fetches what a company recorded, and prompts that are URLs. */
  readonly fetcher: Fetcher
  readonly publicUrl: () => string
}

/** Engines of companies that keep the audio of calls, and where those ask what to do. */
export interface Hosted {
  readonly engines: readonly HostedEngine[]
  readonly door: VoiceDoor
  readonly audio: HostedAudio
}

/** A company and how its requests are known. */
interface Entry {
  readonly engine: HostedEngine
  /** The parts of the path behind its secret; `undefined`: it is not from the company. */
  allowed(post: VoicePost): readonly string[] | undefined
}

export function openHosted({ settings, publicUrl, site, fetcher, ...rest }: OpenHosted): Hosted {
  const audio = new HostedAudio({ base: publicUrl, fetcher })
  const entries = new Map<string, Entry>()
  const common = { ...rest, audio, directory: site, country: settings.country, fetchRecording: fetcher }
  const add = (company: Company, base: string, allowed: Entry['allowed']): void => {
    const { scheme } = company.dialect
    const url = (call: string, n: number, about: string): string =>
      `${publicUrl()}/voice/${scheme}${base}/${call}/${n}/${about}`
    entries.set(scheme, { engine: new HostedEngine({ ...common, company, url }), allowed })
  }
  const { africasTalking: account, plivo: choice } = settings.carriers
  // Nobody but who knows the secret may say what happens to calls.
  if (account?.callbackKey !== undefined) {
    const { callbackKey } = account
    const right = hashToken(callbackKey)
    add(africasTalkingCalls(account), `/${callbackKey}`, ({ path: [key = '', ...behind] }) =>
      timingSafeEqual(hashToken(key), right) ? behind : undefined,
    )
  }
  if (choice !== undefined)
    add(plivoCalls(choice), '', (post) => (signedByPlivo(post, choice.authToken) ? post.path : undefined))
  return { audio, engines: [...entries.values()].map(({ engine }) => engine), door: doorOf(entries, audio) }
}

function africasTalkingCalls({ username, apiKey, voiceUrl }: AfricasTalkingChoice): Company {
  return {
    dialect: africasTalking,
    reach: {},
    place: ({ id, from, to }) => callByAfricasTalking({ url: voiceUrl, username, apiKey, from }, to, id),
  }
}

function plivoCalls(choice: PlivoChoice): Company {
  const ask = plivoClient(choice)
  return {
    dialect: plivo,
    reach: {
      hangUp: (session) => hangUpPlivoCall(ask, session),
      redirect: (session, url) => redirectPlivoCall(ask, session, url),
    },
    place: ({ from, to, seconds, url }) =>
      placePlivoCall(ask, {
        ...{ from, to, seconds },
        ...{ answerUrl: url('answered'), ringUrl: url('ringing'), hangupUrl: url('over') },
      }),
    cancel: (request) => cancelPlivoCall(ask, request),
  }
}

function signedByPlivo({ url, pairs: params, header }: VoicePost, token: string): boolean {
  const nonce = header('x-plivo-signature-v3-nonce')
  const signatures = [header('x-plivo-signature-v3'), header('x-plivo-signature-ma-v3')]
  return signatures.some((signature) => isPlivoSigned({ url, signature, nonce, params }, token))
}

function doorOf(entries: ReadonlyMap<string, Entry>, audio: HostedAudio): VoiceDoor {
  return {
    async take(post) {
      const entry = entries.get(post.carrier)
      const behind = entry?.allowed(post)
      if (entry === undefined || behind === undefined) return { kind: 'not_allowed' }
      const path = pathOf(behind)
      if (path === 'wrong') return { kind: 'not_understood' }
      return await entry.engine.take(post.fields, path)
    },
    async ofCall(carrier, fields) {
      const engine = entries.get(carrier)?.engine
      if (engine?.knows(fields) !== true) return undefined
      const taken = await engine.take(fields, undefined)
      return taken.kind === 'document' ? taken.xml : undefined
    },
    audio: (token) => audio.get(token),
  }
}

function pathOf(behind: readonly string[]): FromPath | undefined | 'wrong' {
  const [call, n, about, ...more] = behind
  if (call === undefined || call === '') return undefined
  const occasion = occasions.find((one) => one === about)
  if (n === undefined || !/^[0-9]{1,9}$/.test(n) || occasion === undefined || more.length > 0) return 'wrong'
  return { call, n: Number(n), about: occasion }
}
