import { join } from 'node:path'
import { type Service, startService } from './main/service.ts'
import type { Settings } from './settings.ts'

/** Starts the service, and says on standard output where everything is and what to do next. */
export async function main(settings: Settings): Promise<Service> {
  const service = await startService({
    settings,
    progress: (sentence) => process.stderr.write(`${sentence}\n`),
  })
  process.stdout.write(welcome(service, settings))
  return service
}

function welcome(service: Service, settings: Settings): string {
  const { url, sipPort, tlsPort, token, dataFolder, address } = service
  const kept = settings.token === undefined ? `kept in ${join(dataFolder, 'token')}` : 'from OFFHOOK_TOKEN'
  const loopback = settings.bind.startsWith('127.') ? '' : ` (from other machines: ${address}:${sipPort})`
  const secure = tlsPort === undefined ? '' : `\n               TLS on ${address}:${tlsPort}`
  return `
Offhook is ready.

  web API      ${url}
  reference    ${url}/docs
  SIP          UDP and TCP on 127.0.0.1:${sipPort}${loopback}${secure}
  admin token  ${token}
               (${kept})
  data         ${dataFolder}

What to do next, in another terminal:

  npm run demo                                             a call, a voicemail and a text, without a phone
  npx offhook extension add 1001 --password SECRET         an account for a softphone
  npx offhook forward add Ann --to 1001 --notify 1001      a number that rings it, and takes messages
  npx offhook doctor                                       when something does not work

`
}
