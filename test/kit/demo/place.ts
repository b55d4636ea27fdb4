import { join } from 'node:path'
import { z } from 'zod'
import type { Scope } from '../../../src/base/scope.ts'
import { ApiClient } from '../../../src/cli/client.ts'
import { makeContext } from '../../../src/cli/context.ts'
import { CommandFailed, type Terminal } from '../../../src/cli/output.ts'
import { Networks } from '../../../src/engines/embedded/networks.ts'
import type { Settings } from '../../../src/settings.ts'
import { makeDataFolder } from '../../../src/store/embedded/data-folder.ts'
import { freePort } from '../ports.ts'

/** The service that a demo plays on. */
export interface Place {
  readonly kind: 'running' | 'own'
  readonly client: ApiClient
  /** The same beside the interrupt: for taking away what was made. */
  readonly lasting: ApiClient
  /** `host:port` of its SIP. */
  readonly server: string
  readonly dataFolder: string
  /** Whether it takes calls from this machine without a password. */
  readonly trustsUs: boolean
}

const healthShape = z.looseObject({ status: z.literal('alive') })
const ownRtpPorts = 32

/** The service that runs here by these settings, or else one that runs as long as the scope is open. */
export async function findPlace(terminal: Terminal, scope: Scope, say: (sentence: string) => void): Promise<Place> {
  const context = makeContext(terminal)
  const settings = context.settings()
  const client = context.client()
  if (!(await answers(client, terminal))) {
    say('No service runs here, so the demo starts one of its own')
    return startOwn(settings, terminal, scope, say)
  }
  // A wrong token is told here and not in the middle of the play.
  await client.get('/v1/extensions?limit=1', z.unknown())
  const { bind, sipPort, dataFolder, trusted } = settings
  return {
    kind: 'running',
    client,
    lasting: makeContext(deaf(terminal)).client(),
    server: `${bind === '0.0.0.0' || bind.includes(':') ? '127.0.0.1' : bind}:${sipPort}`,
    dataFolder,
    trustsUs: new Networks(trusted).has('127.0.0.1'),
  }
}

const deaf = (terminal: Terminal): Terminal => ({ ...terminal, signal: new AbortController().signal })

async function answers(client: ApiClient, { signal }: Terminal): Promise<boolean> {
  try {
    await client.get('/healthz', healthShape)
    return true
  } catch (error) {
    if (!(error instanceof CommandFailed) || signal.aborted) throw error
    // Nothing there, or somebody else's program.
    return false
  }
}

/** In a folder that stays, so that what a killed demo left is found and ended by the next. */
async function startOwn(
  settings: Settings,
  { signal }: Terminal,
  scope: Scope,
  say: (sentence: string) => void,
): Promise<Place> {
  const dataFolder = join(settings.dataFolder, 'demo')
  makeDataFolder(settings.dataFolder)
  makeDataFolder(dataFolder)
  const first = await freePort(ownRtpPorts)
  // Loaded here alone: beside a running service the demo needs no second one.
  const { startService } = await import('../../../src/main/service.ts')
  const service = await startService({
    settings: {
      ...settings,
      httpPort: 0,
      httpBind: '127.0.0.1',
      sipPort: 0,
      bind: '127.0.0.1',
      dataFolder,
      token: undefined,
      localNumbers: [{ first: '+15550100', last: '+15550199' }],
      trusted: ['127.0.0.0/8'],
      address: undefined,
      rtpPorts: { first, last: first + ownRtpPorts - 1 },
      databaseUrl: undefined,
      publicUrl: undefined,
      logLevel: 'warn',
    },
    progress: say,
  })
  scope.add('service', () => service.close())
  return {
    kind: 'own',
    client: new ApiClient({ ...service, signal }),
    lasting: new ApiClient({ ...service, signal: new AbortController().signal }),
    server: `127.0.0.1:${service.sipPort}`,
    dataFolder,
    trustsUs: true,
  }
}
