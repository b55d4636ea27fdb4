import { notificationBody } from '../api/compat/blocks/notification.ts'
import type { Message, MessagePart } from '../apps/session/block.ts'
import type { Notice, Notifier } from '../apps/session/notice.ts'
import type { SessionRecordings } from '../apps/session/ports.ts'
import { Sessions } from '../apps/session/sessions.ts'
import { BlockRefused } from '../apps/session/status.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { JoinedEngine } from '../engines/joined.ts'
import type { MediaPlane } from '../media/plane.ts'
import { type Address, readAddress } from '../phone/address.ts'
import type { Call } from '../phone/call.ts'
import type { OriginateRequest } from '../phone/engine.ts'
import { newId } from '../phone/id.ts'
import { mayCallOut } from '../phone/outbound.ts'
import { Problem } from '../phone/problem.ts'
import { type Fetcher, type Prompt, PromptUnusable } from '../phone/prompt.ts'
import type { SpeechSynthesizer } from '../speech/index.ts'
import { SpeechError } from '../speech/synthesizer.ts'
import type { Guard } from '../webhooks/guard.ts'
import type { Outbox, OutgoingWebhook } from '../webhooks/outbox.ts'
import type { CallJournal } from './journal.ts'
import type { PendingEnds } from './pending-ends.ts'
import type { SipHosts } from './sip-hosts.ts'
import type { Site } from './site.ts'

export interface SessionsOptions {
  readonly engine: JoinedEngine
  /** Places a call when its turn has come. */
  readonly originate: (request: OriginateRequest) => Promise<Call>
  /** @throws Problem where nobody may be called there now */
  readonly checkOpen: (to: Address) => Promise<void>
  readonly plane: Pick<MediaPlane, 'overloaded'>
  readonly journal: CallJournal
  readonly site: Site
  readonly hosts: Pick<SipHosts, 'forbidsUri'>
  readonly outbox: Pick<Outbox, 'send' | 'sendAndTry'>
  readonly pending: PendingEnds
  readonly recordings: SessionRecordings
  readonly speech: SpeechSynthesizer
  /** Of prompts that are URLs; without it they are refused. */
  readonly fetcher?: Fetcher
  readonly country: string | undefined
  /** Spoken where the application cannot be told of a call, or says nothing any more; absent: nothing is. */
  readonly apology: string | undefined
  readonly clock: Clock
  readonly log: Logger
}

/** The block API over the running service. */
export function openSessions(options: SessionsOptions): Sessions {
  const { engine, plane, journal, site, recordings, clock, log } = options
  return new Sessions({
    clock,
    log,
    recordings,
    blocks: engine.capabilities.blocks,
    notifier: outboxNotifier(options),
    ...(options.apology === undefined ? {} : { apology: options.apology }),
    newCallId: () => newId('call', clock.wall()),
    admit: () => {
      if (plane.overloaded) throw new BlockRefused('error_call_service_not_available', 'audio is late')
    },
    async originate(request) {
      const call = await options.originate(request)
      journal.follow(call)
      return call
    },
    destination: (dest, from, number) => destination(dest, from, number, options),
    callerId: (asked, app) => callerId(asked, app, site, options.country),
    prepare: (message) => prepare(message, options),
  })
}

/** Notifications by the outbox: stored first, tried at once, those of a session in order. */
const outboxNotifier = ({ outbox, pending }: Pick<SessionsOptions, 'outbox' | 'pending'>): Notifier => ({
  async send(url, notice) {
    await outbox.send(notification(url, notice))
  },
  async offer({ url, fallbackUrl }, notice, tried) {
    const second = fallbackUrl === undefined ? {} : { fallbackUrl }
    await outbox.sendAndTry({ ...notification(url, notice), ...second }, tried)
  },
  keep: (id, call, one) => pending.keep(id, call, 'blocks', one),
  conclude: (id, url, notice) => pending.settle(id, url === undefined ? [] : [notification(url, notice)]),
  forget: (id) => pending.settle(id, []),
})

export const notification = (url: string, notice: Notice): OutgoingWebhook => ({
  ...{ url, key: notice.session, method: 'POST', contentType: 'application/x-www-form-urlencoded' },
  body: notificationBody(notice),
  signing: { dialect: 'blocks' },
  event: `ivr.${notice.result.block}`,
})

/** Whether notifications can go there, as far as can be told before one does. @throws BlockRefused, Problem `url_not_allowed` */
export async function checkNotifyUrl(guard: Pick<Guard, 'check'>, url: string): Promise<void> {
  if ((await guard.check(url)) === 'unresolved')
    throw new BlockRefused('error_unable_to_resolve_notify_url', `${new URL(url).hostname} has no address`)
}

async function read(text: string, site: Site, country: string | undefined): Promise<Address | undefined> {
  const known = await site.hasExtension(text.trim())
  return readAddress(text, { isExtension: () => known, ...(country === undefined ? {} : { country }) })
}

async function destination(
  dest: string,
  from: Address,
  number: string | undefined,
  options: SessionsOptions,
): Promise<Exclude<Address, { kind: 'anonymous' }>> {
  const { site, country, engine, hosts } = options
  const to = await read(dest, site, country)
  switch (to?.kind) {
    case undefined:
    case 'anonymous':
      throw new BlockRefused('error_dest_invalid')
    case 'uri': {
      const refusal = hosts.forbidsUri(to.uri)
      if (refusal !== undefined) throw new BlockRefused('error_dest_not_supported', refusal)
      await refuseClosed(to, options)
      return to
    }
    case 'extension':
      if (!(await site.hasExtension(to.username))) throw new BlockRefused('error_dest_invalid')
      return to
    case 'number': {
      if (await site.owns(to.e164)) return to
      const verdict = mayCallOut('international', to.e164, [])
      if (!verdict.allowed) throw new BlockRefused('error_dest_not_supported', verdict.sentence)
      await refuseClosed(to, options)
      const trunk = await site.trunkFor(from, number)
      if (trunk === undefined)
        throw new BlockRefused('error_dest_not_supported', `no trunk carries calls to ${to.e164}`)
      if (engine.carriedBy(trunk.id) >= trunk.maxCalls)
        throw new BlockRefused('error_concurrent_call_limit_reached', `the trunk ${trunk.name} carries no more calls`)
      return to
    }
  }
}

/** The do-not-call list, and calling hours. */
async function refuseClosed(to: Address, { site, checkOpen }: SessionsOptions): Promise<void> {
  const listed = await site.forbids(to)
  if (listed !== undefined) throw new BlockRefused('error_dest_not_supported', listed)
  await checkOpen(to).catch((error: unknown) => {
    throw error instanceof Problem ? new BlockRefused('error_dest_not_supported', error.message) : error
  })
}

/** A number of ours, an extension, or nobody; others would be somebody else's name. */
async function callerId(
  asked: string | undefined,
  app: string,
  site: Site,
  country: string | undefined,
): Promise<Address> {
  const nobody: Address = { kind: 'anonymous', raw: 'anonymous' }
  if (asked === undefined) {
    const e164 = site.numbersOfApp(app)[0] ?? [...(await site.ownNumbers())].sort()[0]
    return e164 === undefined ? nobody : { kind: 'number', e164, raw: e164 }
  }
  if (asked === 'private') return nobody
  const address = await read(asked.replace(/^ (?=[0-9])/, '+'), site, country)
  const ours =
    (address?.kind === 'number' && (await site.owns(address.e164))) ||
    (address?.kind === 'extension' && (await site.hasExtension(address.username)))
  if (address === undefined || !ours) throw new BlockRefused('error_caller_id_invalid')
  return address
}

/** Speaks and fetches everything once; what it finds is kept, so that the call finds it again. */
async function prepare(message: Message, options: SessionsOptions): Promise<Prompt> {
  const items = await Promise.all(message.map((part) => preparePart(part, options)))
  const [first] = items
  return items.length === 1 && first !== undefined ? first : { kind: 'sequence', items }
}

async function preparePart(part: MessagePart, { speech, fetcher }: SessionsOptions): Promise<Prompt> {
  switch (part.kind) {
    case 'url':
      if (fetcher === undefined) throw new BlockRefused('error_msg_download_failed', 'prompts cannot be fetched here')
      await fetcher(part.url).catch((error: unknown) => {
        throw new BlockRefused(codeOfFetch(error), error instanceof Error ? error.message : String(error))
      })
      return { kind: 'url', url: part.url }
    case 'speech': {
      const words = { text: part.text, ...voiceOf(part, speech) }
      await speech.synthesize(words).catch((error: unknown) => {
        throw new BlockRefused(codeOfSpeech(error), error instanceof Error ? error.message : String(error))
      })
      return { kind: 'text', ...words }
    }
  }
}

/** Which of flite's English voices are a man's or a woman's; other engines do not say. */
const voices = { female: ['slt'], male: ['rms', 'kal16', 'awb', 'kal'] }

function voiceOf(
  { language, gender }: Extract<MessagePart, { kind: 'speech' }>,
  speech: SpeechSynthesizer,
): { readonly voice: string } | { readonly language: string } {
  const known = speech.voices.map(({ name }) => name)
  const voice = /^en(?:-us)?$/i.test(language) ? voices[gender].find((name) => known.includes(name)) : undefined
  return voice === undefined ? { language } : { voice }
}

function codeOfSpeech(error: unknown): BlockRefused['code'] {
  if (!(error instanceof SpeechError)) throw error
  switch (error.code) {
    case 'language_unknown':
      return 'error_msg_invalid_language'
    case 'text_empty':
      return 'error_msg_empty'
    case 'text_too_long':
      return 'error_msg_invalid_length'
    case 'voice_unknown':
    case 'rate_out_of_range':
    case 'no_engine':
    case 'engine_failed':
      return 'error_msg_cannot_convert_text'
  }
}

function codeOfFetch(error: unknown): BlockRefused['code'] {
  if (!(error instanceof Problem)) throw error
  if (!(error instanceof PromptUnusable)) return 'error_msg_invalid_url'
  switch (error.fault) {
    case 'away':
      return 'error_msg_download_failed'
    case 'too_large':
      return 'error_msg_invalid_file_size'
    case 'unreadable':
    case 'silent':
      return 'error_msg_invalid_file_format'
  }
}
