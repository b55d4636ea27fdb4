import { type DestinationStream, pino } from 'pino'
import { buildApi } from '../api/server.ts'
import { forbidsScan } from '../apps/scan/allowed.ts'
import { atMost } from '../base/at-most.ts'
import { systemClock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { Scope } from '../base/scope.ts'
import { OwnAddress } from '../engines/embedded/own-address.ts'
import type { Contact } from '../engines/embedded/route.ts'
import { JoinedEngine } from '../engines/joined.ts'
import { smtpMailer } from '../jobs/mailer.ts'
import { type Jobs, startJobs } from '../jobs/runner.ts'
import { sendVoicemailMail } from '../jobs/send-mail.ts'
import type { PlaneStats } from '../media/plane.ts'
import type { Address } from '../phone/address.ts'
import type { Settings } from '../settings.ts'
import { liveBindings } from '../sip/registrar/eviction.ts'
import type { RecognitionPace } from '../speech/index.ts'
import { StoreActions } from './actions.ts'
import { Arrivals } from './arrivals.ts'
import { atItsTurn } from './at-its-turn.ts'
import { KeptBindings } from './bindings.ts'
import { Broadcasts } from './broadcasts.ts'
import { Conferences } from './conferences.ts'
import { Connections } from './connections.ts'
import type { Dialer } from './dialer.ts'
import { CallDesk } from './document-desk.ts'
import { followTexts } from './document-texts.ts'
import { Documents } from './documents.ts'
import { openFoundations } from './foundations.ts'
import { gatewayDesk, voiceOf } from './gateway-desk.ts'
import { openHosted } from './hosted.ts'
import { inboundApp } from './inbound-app.ts'
import { StoreMailbox } from './mailbox.ts'
import { Mp3Files } from './mp3-files.ts'
import { openDialer } from './open-dialer.ts'
import { type OpenedEngine, openEngine, realm } from './open-engine.ts'
import { openTexts } from './open-texts.ts'
import { RunningPhone } from './phone.ts'
import { followReplies, tellMissedReplies } from './phoneai-texts.ts'
import { orRefused } from './ports.ts'
import { ReceivedTexts } from './received-texts.ts'
import { recover } from './recover.ts'
import { ScanCalls } from './scan-calls.ts'
import { Scans } from './scans.ts'
import { sessionRecordings } from './session-recordings.ts'
import { checkNotifyUrl, openSessions } from './sessions.ts'
import { sipRequests } from './sip-requests.ts'
import { Site } from './site.ts'
import { speakAhead } from './speak-ahead.ts'
import { openSpool } from './spool/open-spool.ts'
import { tellEnds } from './tell-ends.ts'
import { terminalLog } from './terminal-log.ts'
import { SipTexts } from './texts.ts'
import { Transcriber } from './transcriber.ts'
import { TrunkRegistrations } from './trunk-registrations.ts'
import { openUssd } from './ussd.ts'
import { version } from './version.ts'

/** A database that does not answer must not hold up the end of the service. */
const stopAppsMs = 5000
/** An address of TEST-NET-3 (RFC 5737) stands for a peer anywhere on the internet. */
const faraway = '203.0.113.1'

export interface StartOptions {
  readonly settings: Settings
  /** Where log lines go as JSON. Unless given: standard error, in words for people where that is a terminal. */
  readonly logTo?: DestinationStream
  /** Told of what takes longer than a moment. */
  readonly progress?: (sentence: string) => void
}

export interface Service {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  readonly sipPort: number
  /** Absent where no certificate was given. */
  readonly tlsPort: number | undefined
  /** What phones on this network use as their server. */
  readonly address: string
  readonly token: string
  readonly dataFolder: string
  /** How late packets go out, and how many there are. */
  mediaStats(): Promise<PlaneStats>
  /** How speech is transcribed in time; absent without a recogniser. */
  recognitionPace(): RecognitionPace | undefined
  /** What is held for calls and requests at the moment; all zero when none is left. For the leak check. */
  counts(): Promise<Readonly<Record<string, number>>>
  /** Ends every call, then closes everything. Idempotent. */
  close(): Promise<void>
}

/** Starts the whole service. @throws StartRefused; nothing stays open then */
export async function startService(options: StartOptions): Promise<Service> {
  const scope = new Scope('service')
  try {
    return await start(options, scope)
  } catch (error) {
    await scope.close()
    throw error
  }
}

async function start({ settings, logTo, progress = () => {} }: StartOptions, scope: Scope): Promise<Service> {
  const clock = systemClock
  const log: Logger = pino(
    { level: settings.logLevel, base: null },
    logTo ?? (process.stderr.isTTY ? terminalLog(process.stderr) : pino.destination(2)),
  )
  const { dataFolder } = settings
  const own = await OwnAddress.find({ bind: settings.bind, configured: settings.address }, clock)
  const foundations = await openFoundations({ settings, clock, log, scope, progress })
  const { store, token, bus, webhooks, pending, cdrs, journal, plane, speech, recogniser, pace } = foundations

  const known = await Site.load(store)
  const bindings = await KeptBindings.load(store.db, clock)
  const contacts = async (username: string): Promise<readonly Contact[]> =>
    (await liveBindings(bindings, username, clock.wall())).map(({ contact, flow }) => ({ uri: contact, flow }))

  let url = ''
  const publicUrl = (): string => settings.publicUrl ?? url
  const mailbox = new StoreMailbox({
    store,
    clock,
    bus,
    forward: (id) => known.forward(id),
    publicUrl,
    linkDays: settings.linkDays,
    mails: settings.mail !== undefined,
  })

  let jobs: Jobs | undefined
  const { engine, hosts, sipPort, tlsPort }: OpenedEngine = await openEngine({
    ...{ settings, site: known, bindings, own, clock, log, scope, plane, contacts, observer: journal },
    speaker: { speak: (text) => speech.synthesize(text) },
    fetcher: webhooks.fetchPrompt,
    ...(recogniser === undefined ? {} : { recogniser }),
    requests: (onSignedOut) =>
      sipRequests({
        ...{ store, site: known, bindings, contacts, clock, log, bus, onSignedOut },
        engine: () => engine,
        domain: () => address,
        takeText: (text) => received.take(text),
        appeared: async (username) => {
          await sipTexts.appeared(username)
          // Before the jobs run nobody need be told: they begin with whoever has texts waiting.
          await jobs?.receiverAppeared(username)
        },
      }),
  })
  const hosted = openHosted({
    ...{ settings, clock, log, site: known, observer: journal, publicUrl },
    fetcher: webhooks.fetchPrompt,
  })
  const joined = new JoinedEngine({
    embedded: engine,
    hosted: hosted.engines,
    directory: known,
    observer: journal,
    clock,
  })
  const trunks = new TrunkRegistrations({ ua: engine.ua, clock, scope, log, away: (uri) => joined.away(uri) })
  const address = own.towards(faraway)

  const sipTexts = new SipTexts({ ua: engine.ua, contacts, domain: address })
  const { carriers, texts, keywords, news } = await openTexts({
    ...{ settings, store, site: known, clock, log, bus, publicUrl, scope: scope.child('carriers') },
    deliver: sipTexts.deliver,
    take: (text) => received.take(text),
  })

  const originate = atItsTurn(joined, (request, signal) => dialer.turn(request, signal))
  const checkOpen = (to: Address, field = '/to'): Promise<void> => dialer.checkOpen(to, field)
  const sessions = openSessions({
    engine: joined,
    originate,
    checkOpen,
    plane,
    journal,
    site: known,
    hosts,
    outbox: webhooks.outbox,
    pending,
    apology: settings.apology,
    recordings: sessionRecordings({ store, clock, bus, publicUrl, linkDays: settings.linkDays }),
    speech,
    fetcher: webhooks.fetchPrompt,
    country: settings.country,
    clock,
    log,
  })
  const keeper = new StoreActions({ store, clock, bus, written: (call) => journal.written(call) })
  const mp3s = new Mp3Files({ store, log })
  const mailer = settings.mail === undefined ? undefined : smtpMailer(settings.mail.url, settings.mail.from)
  const documents = new Documents({
    ...{ mp3s, texts, store, site: known, clock, log, bus },
    transcriber: new Transcriber(recogniser, clock, scope),
    fetch: webhooks.guard.fetch,
    outbox: webhooks.outbox,
    pending,
    publicUrl,
    linkDays: settings.linkDays,
    apology: settings.apology,
    callerIds: settings.callerIds,
    country: settings.country,
    hosts: [address, settings.bind, 'localhost', 'phone.plivo.com'],
    ports: [sipPort, ...(tlsPort === undefined ? [] : [tlsPort])],
    written: (call) => journal.written(call),
  })
  followTexts({ store, documents, bus, log, scope })
  const received = new ReceivedTexts({ store, site: known, documents, webhooks, keywords, bus, log })
  followReplies({ store, bus, outbox: webhooks.outbox, log, scope })
  const app = inboundApp({
    ...{ store, site: known, mailbox, keeper, journal, engine, documents, sessions, texts, clock, log },
    ...{ outbox: webhooks.outbox, country: settings.country, apology: settings.apology },
  })
  const warm = (): void => void speakAhead(speech, known, log)
  const phone = new RunningPhone({
    engine: joined,
    originate,
    checkOpen,
    plane,
    site: known,
    hosts,
    bindings,
    journal,
    trunks,
    app,
    conferences: new Conferences({ engine, store, clock, bus, log }),
    clock,
    log,
    onReload: (noun) => {
      if (noun === 'forwards' || noun === 'menus') warm()
      if (noun === 'trunks') dialer.look()
    },
  })

  const scanCalls = new ScanCalls({ store, clock, log, phone, dialer: () => dialer })
  const scans = new Scans({
    ...{ store, clock, log, bus, calls: scanCalls, keeper },
    note: (call, text) => journal.timeline(call, { at: clock.wall(), kind: 'app', text }),
    forbids: (to) =>
      forbidsScan(settings.scans, to, { country: settings.country, isTrunk: (host) => engine.trunks.named(host) }),
    hears: () => recogniser !== undefined,
  })
  const spool = openSpool({
    ...{ choice: settings.spool, store, clock, log, site: known, app, keeper, country: settings.country },
    dialer: () => dialer,
    note: (call, text, data) =>
      journal.timeline(call, { at: clock.wall(), kind: 'app', text, ...(data === undefined ? {} : { data }) }),
  })
  const dialer: Dialer = openDialer({
    ...{ store, clock, log, bus, site: known, phone, engine: joined, app, callFiles: spool, scanCalls },
  })
  const broadcasts = new Broadcasts({ store, clock, log, bus, texts, dialer })
  const connections = new Connections({
    ...{ store, phone, journal, recordings: keeper, bus, clock, log },
    hears: () => recogniser !== undefined,
  })

  const ussd = openUssd({
    ...{ store, site: known, clock, log, country: settings.country, phone, texts },
    ...{ outbox: webhooks.outbox, fetch: webhooks.guard.fetch },
  })
  const api = await buildApi({
    store,
    phone,
    webhooks: webhooks.desk,
    numbers: carriers.numbers,
    texts,
    carrierDoor: carriers.door,
    bus,
    clock,
    log,
    scope: scope.child('api'),
    realm,
    country: settings.country,
    publicUrl,
    linkDays: settings.linkDays,
    version,
    makeMp3: (recording) => mp3s.ensure(recording),
    mails: settings.mail !== undefined,
    scans,
    desk: new CallDesk({ documents, phone, engine, speech, clock, log }),
    connections,
    dialer,
    broadcasts,
    gateways: settings.gateways,
    gatewayDesk: gatewayDesk({
      ...{ store, clock, log, site: known, phone, texts, news, bus, scope },
      voice: voiceOf(settings.carriers.africasTalking),
      checkCall: async (to) => {
        await dialer.checkListed(to, '/to')
        await checkOpen(to)
      },
    }),
    ussd,
    voiceDoor: hosted.door,
    blocks: { sessions, checkNotifyUrl: (url) => checkNotifyUrl(webhooks.guard, url) },
  })
  const httpDoor = { address: settings.httpBind, port: settings.httpPort, setting: 'OFFHOOK_HTTP_PORT' } as const
  url = await orRefused(['tcp'], httpDoor, () => api.listen({ host: settings.httpBind, port: settings.httpPort }))
  url = url.replace('//0.0.0.0:', `//${address}:`).replace('//[::]:', `//${address}:`)

  // Links in announcements need the address of the API, so what a crash left is put right only now; no call was let in yet.
  await recover({ store, clock, log, mailbox, bus, webhooks, unsent: await dialer.unsent() })
  await tellEnds({ store, clock, log, pending, publicUrl, linkDays: settings.linkDays })
  await tellMissedReplies({ store, clock, log, outbox: webhooks.outbox })
  await cdrs.start()
  await connections.recover()
  jobs = await startJobs({
    store,
    scope: scope.child('jobs'),
    clock,
    log,
    bus,
    ways: texts,
    keepCallsDays: settings.keepCallsDays,
    deliverWebhooks: (key) => webhooks.outbox.wake(key),
    goOnScanning: (id) => scans.wake(id),
    mailVoicemail: async (id) => {
      // Without a server nothing is queued; what was queued before waits for one.
      if (mailer === undefined) throw new Error('no server for mail is set: OFFHOOK_SMTP_URL')
      await sendVoicemailMail(id, { store, log, mailer, makeMp3: (recording) => mp3s.ensure(recording) })
    },
  })
  await webhooks.outbox.recover()
  carriers.start()
  const arrivals = new Arrivals({ journal, webhooks, app, clock })
  await joined.start((call) => arrivals.take(call))
  phone.opened()
  await scanCalls.recover()
  await spool.outgoing?.recover()
  await dialer.start()
  await scans.recover()
  await spool.start()
  broadcasts.start()
  trunks.update(engine.trunks.trunks)
  warm()

  scope.add('calls', async () => {
    scans.close()
    spool.outgoing?.close()
    broadcasts.close()
    dialer.close()
    phone.stop()
    sessions.stop()
    await joined.stop()
    // An app whose call has ended still keeps its message: media and store must live until then.
    const settled = [
      arrivals.settled(),
      phone.settled(),
      sessions.settled(),
      scans.settled(),
      dialer.settled(),
      broadcasts.settled(),
    ]
    await atMost(
      stopAppsMs,
      Promise.all(settled).then(() => Promise.all([connections.settled(), spool.outgoing?.settled()])),
      clock,
    )
    await trunks.stop()
  })
  log.info({ url, sipPort }, 'the service is ready')
  const mediaStats = (): Promise<PlaneStats> => plane.stats()
  const counts = async (): Promise<Readonly<Record<string, number>>> => {
    const { sessions, dialogs, transactions } = engine.ua.counts()
    const { streams } = await plane.stats()
    return {
      ...engine.counts(),
      hosted: joined.hosted,
      sessions,
      dialogs,
      ...transactions,
      streams,
      journal: journal.open,
      dialer: dialer.live,
      broadcasts: broadcasts.live,
      webhooks: webhooks.outbox.open,
      ussd: ussd.open,
    }
  }
  return {
    url,
    sipPort,
    tlsPort,
    address,
    token,
    dataFolder,
    mediaStats,
    recognitionPace: () => pace?.(),
    counts,
    close: () => scope.close(),
  }
}
