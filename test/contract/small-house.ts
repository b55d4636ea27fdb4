import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { type Deferred, deferred } from '../../src/base/deferred.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import type { Directory, Trunk } from '../../src/engines/embedded/directory.ts'
import { EmbeddedEngine } from '../../src/engines/embedded/engine.ts'
import type { EmbeddedEngineOptions } from '../../src/engines/embedded/engine-options.ts'
import { OwnAddress } from '../../src/engines/embedded/own-address.ts'
import { startMediaPlane } from '../../src/media/index.ts'
import type { ThreadedPlane } from '../../src/media/plane/start.ts'
import type { Address } from '../../src/phone/address.ts'
import type { Call } from '../../src/phone/call.ts'
import { makeCredentials } from '../../src/sip/auth/digest.ts'
import { MemoryBindingStore } from '../../src/sip/registrar/binding-store.ts'
import { liveBindings } from '../../src/sip/registrar/eviction.ts'
import { handleRegister } from '../../src/sip/registrar/handle-register.ts'
import { openTransports } from '../../src/sip/transport/transports.ts'
import { openRecogniser, openSpeech } from '../../src/speech/index.ts'
import { eventually } from '../kit/eventually.ts'
import type { EngineBench } from './rig.ts'

const realm = 'offhook'
const usernames = ['1001', '1002', '1003']

/** A site of three extensions and no trunk, kept in memory. */
class SmallSite implements Directory {
  async credentials(username: string) {
    return usernames.includes(username) ? makeCredentials(username, realm, `secret-${username}`) : undefined
  }
  async trunks(): Promise<readonly Trunk[]> {
    return []
  }
  async trunkFor(): Promise<Trunk | undefined> {
    return undefined
  }
  async numbersOfTrunk(): Promise<readonly string[]> {
    return []
  }
  async owns(e164: string): Promise<boolean> {
    return e164 === '+15550100'
  }
  async callerIdOf(): Promise<string | undefined> {
    return undefined
  }
  async callerIdOfTrunk(): Promise<string | undefined> {
    return undefined
  }
  async forbids(_to?: Address): Promise<string | undefined> {
    return undefined
  }
  async srtpOf() {
    return 'allowed' as const
  }
  async extensionOfNumber(): Promise<string | undefined> {
    return undefined
  }
}

export const extension = (username: string): Address => ({ kind: 'extension', username, raw: username })

/** What an engine's own bench need not bring. */
export interface SmallHouse extends Pick<EngineBench, 'engine' | 'nextCall' | 'say' | 'absent' | 'leaks'> {
  readonly scope: Scope
  readonly plane: ThreadedPlane
  readonly sipPort: number
  close(): Promise<void>
}

/** @param rtpPorts of the engine; of this bench alone */
export async function openSmallHouse(
  rtpPorts: { readonly from: number; readonly to: number },
  over: (parts: {
    readonly scope: Scope
    readonly plane: ThreadedPlane
    readonly own: OwnAddress
  }) => Partial<EmbeddedEngineOptions> = () => ({}),
): Promise<SmallHouse> {
  const scope = new Scope('contract')
  const folder = mkdtempSync(join(tmpdir(), 'offhook-contract-'))
  scope.add('folder', () => rmSync(folder, { recursive: true }))
  const clock = systemClock
  const log = silentLogger
  const plane = (await startMediaPlane({ scope, log, rtpPorts, workers: 2 })) as ThreadedPlane
  const speech = await openSpeech({ folder: join(folder, 'prompts'), clock, log })
  const recogniser = await openRecogniser({
    choice: { kind: 'pocketsphinx' },
    folder: join(folder, 'recogniser'),
    scope,
    clock,
    log,
  })
  const own = await OwnAddress.find({ bind: '127.0.0.1', configured: undefined }, clock)
  const transports = await openTransports({ address: '127.0.0.1', port: 0, clock, scope, log })
  const port = transports.all[0]?.localPort ?? 0
  const bindings = new MemoryBindingStore()
  const directory = new SmallSite()
  const engine = new EmbeddedEngine({
    clock,
    scope,
    log,
    directory,
    speaker: { speak: (text) => speech.synthesize(text) },
    ...(recogniser === undefined ? {} : { recogniser }),
    plane,
    own,
    transports,
    sipPort: port,
    realm,
    name: 'Offhook',
    trusted: ['127.0.0.0/8'],
    country: undefined,
    observer: { timeline: () => {}, placed: () => {}, refused: () => {} },
    requests: {
      register: async (incoming, source) => {
        if (source.kind !== 'extension') return incoming.reply(403)
        await handleRegister(incoming, { username: source.username, store: bindings, clock })
      },
      message: async (incoming) => incoming.reply(405),
      flowClosed: () => {},
    },
    contacts: async (username) =>
      (await liveBindings(bindings, username, clock.wall())).map(({ contact, flow }) => ({ uri: contact, flow })),
    ladderTailMs: 50,
    ...over({ scope, plane, own }),
  })

  const arrived: Call[] = []
  const waiting: Deferred<Call>[] = []
  await engine.start((call) => {
    const next = waiting.shift()
    if (next === undefined) arrived.push(call)
    else next.resolve(call)
  })

  return {
    ...{ scope, engine, plane, sipPort: port },
    nextCall: () => {
      const call = arrived.shift()
      if (call !== undefined) return Promise.resolve(call)
      const next = deferred<Call>()
      waiting.push(next)
      return next.promise
    },
    say: (text) => speech.synthesize({ text }),
    absent: extension('1003'),
    leaks: () =>
      eventually(
        async () => {
          const { streams } = await plane.stats()
          const held = Object.entries({ ...engine.counts(), streams }).filter(([, count]) => count > 0)
          return held.map(([name, count]) => `${name}: ${count}`)
        },
        (held) => held.length === 0,
      ),
    async close() {
      await engine.stop()
      await scope.close()
    },
  }
}
