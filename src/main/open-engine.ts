import { mayRefer } from '../apps/refer.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Scope } from '../base/scope.ts'
import { EmbeddedEngine } from '../engines/embedded/engine.ts'
import type { EmbeddedEngineOptions } from '../engines/embedded/engine-options.ts'
import type { OwnAddress } from '../engines/embedded/own-address.ts'
import type { Settings } from '../settings.ts'
import { type EvictionOptions, startEviction } from '../sip/registrar/eviction.ts'
import type { KeptBindings } from './bindings.ts'
import { openSip } from './open-sip.ts'
import { logExpiry } from './registration-log.ts'
import { type SipHosts, sipHosts } from './sip-hosts.ts'
import type { Site } from './site.ts'
import { openSwitches } from './switches.ts'
import { version } from './version.ts'

/** Of every extension's HA1; another realm would make every password void. */
export const realm = 'offhook'

type Handed = 'speaker' | 'fetcher' | 'recogniser' | 'plane' | 'observer' | 'contacts'

export interface OpenEngine extends Pick<EmbeddedEngineOptions, Handed> {
  readonly settings: Settings
  readonly site: Site
  readonly bindings: KeptBindings
  readonly own: OwnAddress
  readonly clock: Clock
  readonly log: Logger
  readonly scope: Scope
  /** What requests beside calls lead to. */
  readonly requests: (onSignedOut: EvictionOptions['onEnded']) => EmbeddedEngineOptions['requests']
}

export interface OpenedEngine {
  readonly engine: EmbeddedEngine
  readonly hosts: SipHosts
  readonly sipPort: number
  /** Absent where no certificate was given. */
  readonly tlsPort: number | undefined
}

/** Listens for SIP, and joins it with the audio; calls are taken once the engine is started. @throws StartRefused */
export async function openEngine(options: OpenEngine): Promise<OpenedEngine> {
  const { settings, site, bindings, own, clock, log, scope, requests, ...handed } = options
  let banned: (address: string) => boolean = () => false
  const transports = await openSip({ settings, clock, scope, log, accept: (from) => !banned(from) })
  const sipPort = transports.all[0]?.localPort ?? settings.sipPort
  const { tlsPort } = transports
  const isTrunk = (at: string): boolean => engine.trunks.at(at) !== undefined
  const hosts = sipHosts({ allow: settings.sipAllow, trusted: settings.trusted, isTrunk })
  const onSignedOut: EvictionOptions['onEnded'] = (username, ended) => logExpiry(log, username, ended)
  const engine: EmbeddedEngine = new EmbeddedEngine({
    ...handed,
    ...{ clock, log, own, transports, sipPort, tlsPort, realm, directory: site, forbids: hosts.forbids },
    scope: scope.child('engine'),
    mayRefer: (by, to) => mayRefer(by, to, site),
    tlsName: settings.tls.name,
    ...{ digest: settings.digest, trusted: settings.trusted, country: settings.country },
    name: `Offhook/${version}`,
    requests: requests(onSignedOut),
    switches: openSwitches(settings, { plane: handed.plane, own, clock, scope, log }),
  })
  banned = (from) => engine.banned(from)
  startEviction({ store: bindings, clock, scope, log, onEnded: onSignedOut })
  return { engine, hosts, sipPort, tlsPort }
}
