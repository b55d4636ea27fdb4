import { expect, it } from 'vitest'
import { deferred } from '../../../src/base/deferred.ts'
import { readEvent } from '../../../src/engines/asterisk/event.ts'
import { AriRest } from '../../../src/engines/asterisk/rest.ts'
import { ChannelSession } from '../../../src/engines/asterisk/session.ts'
import { parseUri } from '../../../src/sip/message/uri.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { NotedLog } from '../../kit/noted-log.ts'

const peer = {
  ...{ id: 'channel-1', name: 'PJSIP/carrier-00000001', state: 'Down' },
  caller: { name: '', number: '+15550142' },
  dialplan: { context: 'default', exten: 's' },
}

it('early audio of a channel that cannot be had is in the log, and the call rings on', async () => {
  const log = new NotedLog()
  const access = { url: 'http://127.0.0.1:9/ari', username: 'offhook', password: 'secret' }
  const rang = deferred<number>()
  const session = new ChannelSession({
    ...{ rest: new AriRest(access, new FakeClock()), log, callId: 'channel-1', way: 'out' },
    remote: { uri: parseUri('sip:15550142@127.0.0.1')!, params: new Map() },
    flow: { transport: 'UDP', localAddress: '127.0.0.1', localPort: 1, remoteAddress: '127.0.0.1', remotePort: 2 },
    away: () => undefined,
    openAudio: () => Promise.reject(new Error('Asterisk does not say where it takes the audio of the call')),
    onOver: () => {},
  })
  session.handlers = { ...session.handlers, provisional: rang.resolve }

  session.hear(readEvent(JSON.stringify({ type: 'Dial', dialstatus: 'PROGRESS', peer }))!)

  expect(await rang.promise).toBe(180)
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { channel: 'channel-1' } }])
})
