import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { type Service, startService } from '../../src/main/service.ts'
import { readSettings } from '../../src/settings.ts'
import { openTransports, startUserAgent } from '../../src/sip/index.ts'
import { answerParent } from './child.ts'
import type { ServiceAnswer, ServiceQuestion } from './protocol.ts'

// The process that is measured: the whole service, or its signalling alone.

const scope = new Scope('bench')
let service: Service | undefined

answerParent<ServiceQuestion>(
  async (question): Promise<ServiceAnswer> => {
    switch (question.kind) {
      case 'start':
        return start(question.env)
      case 'signalling':
        return startSignalling()
      case 'media': {
        if (service === undefined) throw new Error('the service was not started')
        const { workers, overloaded } = await service.mediaStats()
        return { kind: 'media', workers, overloaded, recognition: service.recognitionPace() }
      }
      case 'held': {
        const waits = process.getActiveResourcesInfo().filter((name) => name === 'Timeout')
        return { kind: 'held', counts: { ...(await service?.counts()), timers: waits.length } }
      }
      case 'tidy':
        // Started with --expose-gc: garbage is not what a call costs.
        globalThis.gc?.()
        return { kind: 'tidied' }
    }
  },
  () => scope.close(),
)

async function start(env: Readonly<Record<string, string>>): Promise<ServiceAnswer> {
  service = await startService({ settings: readSettings(env, process.cwd()), progress: () => {} })
  const { url, token, sipPort, dataFolder } = service
  scope.add('service', () => service?.close())
  return { kind: 'started', url, token, sipPort, dataFolder }
}

/** Answers every call at once, with no more behind it than transactions, dialogs, and offer and answer. */
async function startSignalling(): Promise<ServiceAnswer> {
  const common = { clock: systemClock, scope, log: silentLogger }
  const transports = await openTransports({ ...common, address: '127.0.0.1', port: 0 })
  const port = transports.all[0]?.localPort ?? 0
  startUserAgent({
    ...common,
    transports,
    name: 'Offhook',
    advertise: () => ({ host: '127.0.0.1', port }),
    handlers: {
      invite: (session) => {
        session.handlers = { media: () => {}, digit: () => {}, ended: () => {} }
        session.accept({ address: '127.0.0.1', port: 40_000, codecs: ['PCMU', 'PCMA'] })
      },
    },
  })
  return { kind: 'started', url: '', token: '', sipPort: port, dataFolder: '' }
}
