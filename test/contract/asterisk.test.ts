import { describe } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Scope } from '../../src/base/scope.ts'
import { lacks } from '../../src/engines/asterisk/lacks.ts'
import { AsteriskSwitch } from '../../src/engines/asterisk/switch.ts'
import { Asterisk } from '../kit/asterisk/asterisk.ts'
import { ariLogin } from '../kit/asterisk/config.ts'
import { hasAsterisk } from '../kit/asterisk/root.ts'
import { freeRange } from '../kit/ports.ts'
import { PhoneShop } from '../kit/virtual-phone.ts'
import { describeEngine } from './engine.ts'
import type { EngineBench } from './rig.ts'
import { extension, openSmallHouse } from './small-house.ts'

const dialplan = `
[from-phones]
exten => _+X.,1,Stasis(offhook)
 same => n,Hangup(38)
`

const endpoint = (username: string): string => `
[${username}]
type=endpoint
context=from-phones
disallow=all
allow=ulaw,alaw
aors=${username}
auth=${username}
dtmf_mode=auto
direct_media=no
moh_passthrough=yes
rtp_symmetric=yes
[${username}]
type=aor
max_contacts=1
[${username}]
type=auth
username=${username}
password=secret-${username}
`

/** Phones are signed in at Asterisk; what they call is ours, and we call them, by ARI. */
async function start(): Promise<EngineBench> {
  const scope = new Scope('asterisk contract')
  const asterisk = await Asterisk.start({
    scope,
    config: { 'extensions.conf': dialplan, 'pjsip.conf': ['1001', '1002', '2001', '2002'].map(endpoint).join('') },
  })
  // A contact is where an extension is rung; the flow is of no use to one that a switch leads to.
  const flow = { transport: 'UDP', localAddress: '', localPort: 0, remoteAddress: '', remotePort: 0 } as const
  const house = await openSmallHouse(await freeRange(200), ({ scope, plane, own }) => ({
    contacts: async (username) => (username === '1003' ? [] : [{ uri: `asterisk:PJSIP/${username}`, flow }]),
    switches: [
      new AsteriskSwitch({
        ...{ access: { url: asterisk.ariUrl, ...ariLogin }, app: 'offhook', clock: systemClock, log: silentLogger },
        ...{ scope, plane, own },
      }),
    ],
  }))
  const shop = await PhoneShop.open({ rtpPorts: await freeRange(200) })
  const server = `127.0.0.1:${asterisk.sipPort}`
  const phone = async (username: string, more: { readonly telephoneEvent?: boolean } = {}) => {
    const made = await shop.phone({ username, password: `secret-${username}`, server, ...more })
    const status = await made.register()
    if (status !== 200) throw new Error(`${username} could not register: ${status}`)
    return made
  }
  const [ann, bob, outside] = [await phone('1001'), await phone('1002'), await phone('2001')]
  const old = await phone('2002', { telephoneEvent: false })
  return {
    ...house,
    // Its causes have one for 403 and 603.
    refusals: { declined: 403 },
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

describe.runIf(hasAsterisk())('calls that a real Asterisk carries', () => describeEngine('asterisk', start))
