import { join } from 'node:path'
import type { Scope } from '../../src/base/scope.ts'
import { readWav, writeWav } from '../../test/kit/audio.ts'
import { freePort } from '../../test/kit/ports.ts'
import { PhoneShop } from '../../test/kit/virtual-phone.ts'
import type { ServiceApi } from './service-api.ts'
import type { Voices } from './voices.ts'

const username = '1001'
const hello = 'Hello, this is Harper speaking. How can I help you?'
const ringMs = 2000

/** Somebody who picks up after two seconds of ringing, says hello, and waits. @returns the extension */
export async function openPerson(o: {
  readonly scope: Scope
  readonly api: ServiceApi
  readonly sipPort: number
  readonly voices: Voices
  readonly folder: string
}): Promise<string> {
  const { scope, api, sipPort, voices, folder } = o
  const password = 'a-password-of-the-bench'
  await api.post('/v1/extensions', { username, password })
  const from = await freePort(64)
  const shop = await PhoneShop.open({ rtpPorts: { from, to: from + 63 } })
  scope.add('person', () => shop.close())
  const phone = await shop.phone({ username, password, server: `127.0.0.1:${sipPort}` })
  const status = await phone.register(3600)
  if (status !== 200) throw new Error(`the phone of ${username} was answered ${status}`)
  const said = writeWav(join(folder, 'hello.wav'), readWav(await voices.speak(voices.names[0] ?? '', hello)))
  const wait = (): void => {
    answer().catch(() => {
      // The caller may hang up at any moment; the next call has its own answer.
    })
  }
  const answer = async (): Promise<void> => {
    const call = await phone.nextCall()
    wait()
    call.ring()
    await Promise.race([call.ended, new Promise((resolve) => setTimeout(resolve, ringMs))])
    await call.answer()
    await call.play(said)
  }
  wait()
  return username
}
