import { expect, it } from 'vitest'
import { pressKeys } from '../../../src/engines/asterisk/keys.ts'
import { AriRest } from '../../../src/engines/asterisk/rest.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

it('presses no more keys, and waits for nothing, once the service stops', async () => {
  const clock = new FakeClock()
  const rest = new AriRest({ url: 'http://127.0.0.1:9/ari', username: 'offhook', password: 'secret' }, clock)
  const service = new AbortController()

  const pressing = pressKeys(rest, clock, 'channel-1', 'ww1', service.signal)
  expect(clock.waiting).toBe(1)
  service.abort(new Error('the service is stopping'))

  await expect(pressing).rejects.toThrow('the service is stopping')
  expect(clock.waiting).toBe(0)
})
