import { describe } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { lacks } from '../../src/engines/freeswitch/lacks.ts'
import { FreeSwitch } from '../../src/engines/freeswitch/switch.ts'
import { password, ScriptedFreeSwitch } from '../kit/freeswitch/freeswitch.ts'
import { freeRange } from '../kit/ports.ts'
import { PhoneShop } from '../kit/virtual-phone.ts'
import { describeEngine } from './engine.ts'
import type { EngineBench } from './rig.ts'
import { extension, openSmallHouse } from './small-house.ts'

/** Phones are signed in at a scripted FreeSWITCH; what they call is ours, and we call them, by its event socket. */
async function start(): Promise<EngineBench> {
  const scope = new Scope('freeswitch contract')
  const freeswitch = await ScriptedFreeSwitch.start(scope, await freeRange(200))
  // A contact is where an extension is rung; the flow is of no use to one that a switch leads to.
  const flow = { transport: 'UDP', localAddress: '', localPort: 0, remoteAddress: '', remotePort: 0 } as const
  let by: FreeSwitch | undefined
  const house = await openSmallHouse(await freeRange(200), ({ scope, plane, own }) => {
    by = new FreeSwitch({
      access: { host: '127.0.0.1', port: freeswitch.eslPort, password },
      ...{ app: 'offhook', profile: 'internal', port: 0, clock: systemClock, log: silentLogger },
      ...{ scope, plane, own },
    })
    return {
      contacts: async (username) => (username === '1003' ? [] : [{ uri: `freeswitch:user/${username}`, flow }]),
      switches: [by],
    }
  })
  freeswitch.socketPort = by?.port ?? 0
  const shop = await PhoneShop.open({ rtpPorts: await freeRange(200) })
  const server = `127.0.0.1:${freeswitch.sipPort}`
  const phone = async (username: string, more: { readonly telephoneEvent?: boolean } = {}) => {
    const made = await shop.phone({ username, server, ...more })
    const status = await made.register()
    if (status !== 200) throw new Error(`${username} could not register: ${status}`)
    return made
  }
  const [ann, bob, outside] = [await phone('1001'), await phone('1002'), await phone('2001')]
  const old = await phone('2002', { telephoneEvent: false })
  return {
    ...house,
    lacks,
    callIn: () => outside.call('+15550100'),
    callInWithTones: () => old.call('+15550100'),
    ann: { address: extension('1001'), next: () => ann.nextCall() },
    bob: { address: extension('1002'), next: () => bob.nextCall() },
    async close() {
      await shop.close()
      await house.close()
      await scope.close()
    },
  }
}

describe('calls that a scripted FreeSWITCH carries', () => describeEngine('freeswitch', start))
