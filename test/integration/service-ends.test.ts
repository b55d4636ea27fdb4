import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { processLives } from '../../src/store/embedded/folder-lock.ts'
import { eventually } from '../kit/eventually.ts'
import { freeRange } from '../kit/ports.ts'
import { RawSip } from '../kit/raw-sip.ts'
import { type Service, startService } from '../kit/service.ts'
import { PhoneShop, type VirtualPhone } from '../kit/virtual-phone.ts'

let scope = new Scope('service ends')
afterEach(async () => {
  await scope.close()
  scope = new Scope('service ends')
})

async function phones(service: Service, ...usernames: string[]): Promise<VirtualPhone[]> {
  const shop = await PhoneShop.open({ rtpPorts: await freeRange(32) })
  scope.add('phones', () => shop.close())
  return Promise.all(
    usernames.map(async (username) => {
      const password = `secret-of-${username}`
      await service.api('POST', '/v1/extensions', { username, password })
      const phone = await shop.phone({ username, password, server: `127.0.0.1:${service.sipPort}` })
      expect(await phone.register()).toBe(200)
      return phone
    }),
  )
}

/** A call from the first to the second, up. */
async function talk(caller: VirtualPhone, callee: VirtualPhone, user: string) {
  const call = caller.call(user)
  const ringing = await callee.nextCall()
  await ringing.answer()
  await call.answered
  return { call, ringing }
}

test('asked to end, it ends its calls with a reason and is gone within 10 s, whoever is silent', async () => {
  const service = await startService({ scope })
  const [ann, bob, gone] = (await phones(service, '1001', '1002', '1003')) as [VirtualPhone, VirtualPhone, VirtualPhone]
  const silent = await RawSip.open(scope, service.sipPort)
  await service.api('POST', '/v1/trunks', {
    ...{ name: 'silent', uri: `sip:127.0.0.1:${silent.port}`, username: 'me', password: 'secret', register: true },
  })
  await silent.answer((message) => message.startsWith('REGISTER '))
  await gone.close()
  await service.api('POST', '/v1/messages', { from: '1001', to: '1003', body: 'are you there' })
  const { call, ringing } = await talk(ann, bob, '1002')

  const started = performance.now()
  const exit = await service.stop()
  expect(exit.code).toBe(0)
  expect(performance.now() - started).toBeLessThan(10_000)
  expect((await call.ended).how).toBe('bye')
  expect((await ringing.ended).how).toBe('bye')

  await service.restart()
  const { items } = await service.api<{ items: { end: object }[] }>('GET', '/v1/calls?limit=1')
  expect(items[0]?.end).toMatchObject({ code: 'interrupted', by: 'service' })
})

test('killed three times in a row, it starts again each time', async () => {
  const service = await startService({ scope, database: 'embedded' })
  await service.api('POST', '/v1/extensions', { username: '1001', password: 'secret-of-1001' })
  for (let i = 0; i < 3; i++) {
    await service.kill9()
    await service.restart()
    expect(await service.api('GET', '/v1/extensions')).toMatchObject({ items: [{ username: '1001' }] })
  }
  expect((await service.stop()).code).toBe(0)
})

test('a database that dies takes no call with it, is said to be gone, and is started again', async () => {
  const service = await startService({ scope, database: 'embedded' })
  const [ann, bob] = (await phones(service, '1001', '1002')) as [VirtualPhone, VirtualPhone]
  const { call } = await talk(ann, bob, '1002')
  const postmaster = (): number => Number(readFileSync(pidFile(service), 'utf8').split('\n')[0])
  const before = postmaster()

  process.kill(before, 'SIGKILL')
  await eventually(
    () => processLives(before),
    (lives) => !lives,
  )
  const refused = await service.request('GET', '/v1/calls')
  if (refused.status !== 200)
    expect(refused.body).toMatchObject({ status: expect.any(Number), title: expect.any(String) })
  expect([200, 500, 503]).toContain(refused.status)

  const ready = await eventually(
    async () => (await service.request('GET', '/readyz')).status,
    (status) => status === 200,
    30_000,
  )
  expect(ready).toBe(200)
  expect(postmaster()).not.toBe(before)
  call.hangup()
  await call.ended
  const next = await talk(ann, bob, '1002')
  next.call.hangup()
  await next.call.ended
  // The jobs run again, too.
  const { id } = await service.api<{ id: string }>('POST', '/v1/messages', {
    from: '1001',
    to: '1002',
    body: 'still there',
  })
  await service.until<{ state: string }>(`/v1/messages/${id}`, ({ state }) => state === 'delivered', 30_000)
  await ann.close()
  await bob.close()
  expect((await service.stop()).code).toBe(0)
})

/** Where PostgreSQL says who it is. */
function pidFile(service: Service): string {
  const { cluster } = JSON.parse(readFileSync(join(service.dataFolder, 'postgres.json'), 'utf8')) as { cluster: string }
  return join(cluster, 'postmaster.pid')
}
