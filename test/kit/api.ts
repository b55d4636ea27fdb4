import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Api } from '../../src/api/options.ts'
import type {
  ConferenceDesk,
  ExtensionContact,
  PlaceCall,
  PlaceDriven,
  PlannedAction,
  Readiness,
  TrunkState,
} from '../../src/api/ports.ts'
import { buildApi } from '../../src/api/server.ts'
import { Bus } from '../../src/base/bus.ts'
import type { Logger } from '../../src/base/log.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { StoreActions } from '../../src/main/actions.ts'
import { Broadcasts } from '../../src/main/broadcasts.ts'
import { Connections } from '../../src/main/connections.ts'
import { Dialer } from '../../src/main/dialer.ts'
import { gatewayDesk, voiceOf } from '../../src/main/gateway-desk.ts'
import { Mp3Files } from '../../src/main/mp3-files.ts'
import { openTexts, type Texts } from '../../src/main/open-texts.ts'
import { ReceivedTexts } from '../../src/main/received-texts.ts'
import { Scans } from '../../src/main/scans.ts'
import { Site } from '../../src/main/site.ts'
import { openUssd } from '../../src/main/ussd.ts'
import { openWebhooks } from '../../src/main/webhooks.ts'
import { addressKey } from '../../src/phone/address.ts'
import type { EngineState } from '../../src/phone/engine.ts'
import type { ServiceEvent } from '../../src/phone/event.ts'
import { type CallId, newId } from '../../src/phone/id.ts'
import { type FieldFault, Problem } from '../../src/phone/problem.ts'
import { endCodes } from '../../src/phone/reason.ts'
import type { CarrierChoices, FlowrouteChoice } from '../../src/settings.ts'
import { endCall, insertCall } from '../../src/store/calls.ts'
import { putAdminToken } from '../../src/store/tokens.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { DeskCalls } from './desk-calls.ts'
import { DeskLine } from './desk-line.ts'
import { FakeClock } from './fake-clock.ts'

export const adminToken = 'test-admin-token-0123456789'
/** Of what companies post. */
export const gatewayKey = 'test-gateway-key-0123456789'

/** The phone behind the API in tests of the API alone: keeps its calls in the store, as the service does, and rings nobody. */
export class DeskPhone {
  readonly contacts = new Map<string, ExtensionContact[]>()
  readonly trunks = new Map<string, TrunkState>()
  engineStates: readonly EngineState[] = []
  readonly reloads: string[] = []
  readonly placed: PlaceCall[] = []
  sip: Readiness = { ready: true }
  media: Readiness = { ready: true }
  refuse: Error | undefined
  /** Follows the store, as the phone of the service does. */
  site: Site | undefined
  /** Blocks that plans are refused for. */
  readonly lacks = new Set<string>()
  readonly #database: TestDatabase
  readonly #clock: FakeClock

  constructor(database: TestDatabase, clock: FakeClock) {
    this.#database = database
    this.#clock = clock
  }

  async place(request: PlaceCall): Promise<{ id: CallId }> {
    if (this.refuse !== undefined) throw this.refuse
    this.placed.push(request)
    const id = newId('call', this.#clock.wall())
    await insertCall(this.#database.store.db, {
      id,
      direction: 'outbound',
      from: request.from,
      fromKey: addressKey(request.from),
      to: request.to,
      toKey: addressKey(request.to),
      startedAt: new Date(this.#clock.wall()),
    })
    return { id }
  }

  placeDriven(request: PlaceDriven): Promise<{ id: CallId }> {
    return this.place(request)
  }

  async act(call: CallId): Promise<never> {
    throw new Problem('call_ended', `The call ${call} has ended.`)
  }

  async checkPlan(actions: readonly PlannedAction[]): Promise<readonly FieldFault[]> {
    return actions.flatMap(({ action, field }) =>
      this.lacks.has(action.block)
        ? [{ field: `${field}/block`, sentence: `The engine does not have ${action.block}.` }]
        : [],
    )
  }

  async hangUp(id: CallId): Promise<boolean> {
    const at = this.#clock.wall()
    const link = { at, by: 'operator', code: 'canceled', q850: endCodes.canceled.q850, sentence: 'Hung up by the API.' }
    return endCall(this.#database.store.db, id, { ...link, chain: [link] })
  }

  /** No conference is open here. */
  readonly conferences: ConferenceDesk = {
    all: () => [],
    find: () => undefined,
    record: async () => newId('recording', this.#clock.wall()),
    stopRecording: async () => false,
  }

  contactsOf(username: string): readonly ExtensionContact[] {
    return this.contacts.get(username) ?? []
  }

  engines(): readonly EngineState[] {
    return this.engineStates
  }

  trunkState(id: string): TrunkState | undefined {
    return this.trunks.get(id)
  }

  async reload(what: Parameters<Site['reload']>[0]): Promise<void> {
    this.reloads.push(what)
    await this.site?.reload(what)
  }

  readiness(): { sip: Readiness; media: Readiness } {
    return { sip: this.sip, media: this.media }
  }
}

export interface TestApi {
  readonly app: Api
  readonly database: TestDatabase
  readonly clock: FakeClock
  readonly phone: DeskPhone
  readonly bus: Bus<ServiceEvent>
  readonly texts: Texts['texts']
  readonly news: Texts['news']
  /** Calls of scans and connections. */
  readonly calls: DeskCalls
  readonly scans: Scans
  /** Calls that are planned for broadcasts; it places none before it is started. */
  readonly dialer: Dialer
  readonly line: DeskLine
  readonly broadcasts: Broadcasts
  readonly scope: Scope
  /** With the admin token unless another, or '' for none. */
  call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT' | 'HEAD',
    url: string,
    more?: CallOptions,
  ): Promise<LightMyRequestResponse>
  close(): Promise<void>
}

export interface CallOptions {
  readonly body?: unknown
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

export async function testApi(
  options: {
    readonly numbers?: [string, string]
    readonly log?: Logger
    readonly mails?: boolean
    readonly flowroute?: FlowrouteChoice
    readonly carriers?: Partial<CarrierChoices>
    /** Host names of URLs, and what they resolve to; others do not resolve. */
    readonly names?: Readonly<Record<string, readonly string[]>>
  } = {},
): Promise<TestApi> {
  const database = await testDatabase()
  const clock = new FakeClock()
  const scope = new Scope('test')
  const phone = new DeskPhone(database, clock)
  const { store } = database
  const bus = new Bus<ServiceEvent>((error) => {
    throw error
  })
  const log = options.log ?? silentLogger
  const settings = { webhookAllow: ['127.0.0.0/8'] }
  const { names = {} } = options
  const resolve = async (name: string): Promise<readonly string[]> =>
    names[name] ?? Promise.reject(Object.assign(new Error(`There is no ${name} here.`), { code: 'ENOTFOUND' }))
  const webhooks = await openWebhooks({ settings, store, clock, log, bus, scope, resolve })
  const [first, last] = options.numbers ?? ['+15550100', '+15550119']
  const site = await Site.load(store)
  phone.site = site
  const { carriers, texts, keywords, news } = await openTexts({
    settings: {
      ...{ localNumbers: [{ first, last }], flowroute: options.flowroute, country: undefined },
      tls: { port: 0, own: undefined, ca: undefined, clients: 'none', name: undefined },
      carriers: { africasTalking: undefined, plivo: undefined, smpp: undefined, ...options.carriers },
    },
    ...{ store, site, clock, log, bus, scope },
    deliver: async () => ({ kind: 'delivered' }),
    take: (text) => received.take(text),
    publicUrl: () => 'http://phone.test',
  })
  // What is answered to a text is for the whole service.
  const documents = { sendText: () => Promise.reject(new Error('No documents are run here.')) }
  const received = new ReceivedTexts({ store, site, documents, webhooks, keywords, bus, log })
  await putAdminToken(store.db, newId('token', clock.wall()), adminToken, new Date(clock.wall()))
  const mp3s = new Mp3Files({ store, log })
  const calls = new DeskCalls(clock)
  const keeper = new StoreActions({ store, clock, bus, written: async () => {} })
  const scans = new Scans({
    ...{ store, clock, log, bus, calls, keeper },
    note: () => {},
    forbids: () => calls.forbidden,
    hears: () => !calls.deaf,
  })
  const connections = new Connections({
    ...{ store, phone: calls, recordings: keeper, bus, clock, log, hears: () => !calls.deaf },
    journal: { timeline: () => {} },
  })
  const line = new DeskLine(store.db, clock)
  const dialer = new Dialer({
    ...{ store, clock, log, bus, site, phone: line, run: line.run },
    carriedBy: () => 0,
  })
  const broadcasts = new Broadcasts({ store, clock, log, bus, texts, dialer })
  scope.add('scans', async () => {
    broadcasts.close()
    dialer.close()
    await broadcasts.settled()
    await dialer.settled()
    scans.close()
    await connections.settled()
  })
  const app = await buildApi({
    store,
    makeMp3: (recording) => mp3s.ensure(recording),
    mails: options.mails ?? true,
    phone,
    webhooks: webhooks.desk,
    numbers: carriers.numbers,
    texts,
    carrierDoor: carriers.door,
    bus,
    clock,
    log,
    scope,
    realm: 'offhook',
    country: undefined,
    publicUrl: () => 'http://phone.test',
    linkDays: 30,
    version: '0.0.0-test',
    scans,
    connections,
    broadcasts,
    gateways: { key: gatewayKey, allow: [] },
    gatewayDesk: gatewayDesk({
      ...{ store, clock, log, site, phone, texts, news, bus, scope },
      voice: voiceOf(options.carriers?.africasTalking),
    }),
    ussd: openUssd({
      ...{ store, site, clock, log, phone, texts, country: undefined },
      ...{ outbox: webhooks.outbox, fetch: webhooks.guard.fetch },
    }),
  })
  carriers.start()
  return {
    app,
    database,
    clock,
    phone,
    bus,
    texts,
    news,
    calls,
    scans,
    dialer,
    line,
    broadcasts,
    scope,
    async call(method, url, { body, token = adminToken, headers = {} } = {}) {
      const request: InjectOptions = {
        method,
        url,
        headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers },
      }
      if (body !== undefined) request.payload = body as NonNullable<InjectOptions['payload']>
      return app.inject(request)
    },
    async close() {
      await scope.close()
      await database.close()
    },
  }
}
