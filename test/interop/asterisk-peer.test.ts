import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { Asterisk } from '../kit/asterisk/asterisk.ts'
import { hasAsterisk } from '../kit/asterisk/root.ts'
import { likeness, tune } from '../kit/audio.ts'
import { eventually } from '../kit/eventually.ts'
import { House } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'

const dialplan = `
[from-offhook]
exten => +15550190,1,Answer()
 same => n,Echo()
exten => +15550191,1,Answer()
 same => n,Read(keys,,3,,1,20)
 same => n,Set(FILE(FOLDER/out/keys,,,al,u)=\${keys})
 same => n,Wait(30)
exten => +15550192,1,Hangup(17)
exten => +15550193,1,Hangup(1)
exten => +15550194,1,Ringing()
 same => n,Wait(30)
exten => +15550195,1,Set(CALLERID(num)=+15550177)
 same => n,Dial(PJSIP/NUMBER@offhook)
exten => +15550196,1,Progress()
 same => n,Playtones(440)
 same => n,Wait(30)
exten => site,1,Answer()
 same => n,Echo()
`

/** Both talk to each other by the same trunk, with no password, as carriers do. */
const trunk = (port: number, more = '') => `
[offhook]
type=endpoint
context=from-offhook
disallow=all
allow=ulaw,alaw
aors=offhook
trust_id_inbound=yes
send_pai=yes
${more}
[offhook]
type=aor
contact=sip:127.0.0.1:${port}
[offhook]
type=identify
endpoint=offhook
match=127.0.0.1
`

const scope = new Scope('asterisk')
let house: House
const outbound = { outbound: { rule: 'international', maxCalls: 5 } }

async function caller() {
  return house.signedIn({ username: await house.extension(outbound) })
}

/** What is said here comes back from there. */
async function echoes(call: PhoneCall, melody: number): Promise<void> {
  const ear = call.listen()
  await call.play(house.wav(tune(melody, 2)))
  await call.play(house.wav(new Int16Array(4000)))
  expect(likeness(await ear.stop(), tune(melody, 2))).toBeGreaterThan(0.95)
}

describe.runIf(hasAsterisk())('an Asterisk as a carrier', () => {
  let asterisk: Asterisk

  beforeAll(async () => {
    house = await House.open({ scope, env: { OFFHOOK_LOCAL_NUMBERS: '+15550100-+15550149' } })
    // The number that +15550195 leads back to; the first of the house is rented by the first forward.
    const dialplanHere = dialplan.replace('NUMBER', '+15550100')
    const config = {
      'extensions.conf': dialplanHere,
      'pjsip.conf': trunk(house.service.sipPort, 'direct_media=yes'),
    }
    asterisk = await Asterisk.start({ scope, config })
    const uri = `sip:127.0.0.1:${asterisk.sipPort}`
    await house.service.api('POST', '/v1/trunks', { name: 'asterisk', uri, default: true })
  })
  afterAll(() => scope.close())

  it('takes a call, with audio both ways', async () => {
    const ann = await caller()
    const call = ann.call('+15550190')
    await call.answered
    await echoes(call, 1)
    call.hangup()
    expect((await house.endedCall(ann.username)).end).toMatchObject({ code: 'completed', by: 'caller' })
    expect(await asterisk.cli('core show channels count')).toContain('0 active channels')
  })

  it('hears keys', async () => {
    const ann = await caller()
    const call = ann.call('+15550191')
    await call.answered
    await call.press('19#')
    const path = asterisk.path('out/keys')
    await eventually(
      () => existsSync(path),
      (there) => there,
    )
    // The dialplan takes # as the end of what it reads.
    expect(readFileSync(path, 'utf8').trim()).toBe('19')
    call.hangup()
    await call.ended
  })

  it.each([
    ['+15550192', 'busy', 17, 486],
    ['+15550193', 'not_found', 1, 404],
  ])('refuses %s: the caller is told %s', async (number, code, q850, sip) => {
    const ann = await caller()
    const end = await ann.call(number).ended
    expect(end.status).toBe(sip)
    const { end: why } = await house.endedCall(ann.username)
    expect(why?.chain).toContainEqual(expect.objectContaining({ code, q850, sip }))
  })

  it('rings, and is given up', async () => {
    const ann = await caller()
    const call = ann.call('+15550194')
    await call.ringing
    await house.told(ann.username, /hears it ring/)
    call.hangup()
    expect((await house.endedCall(ann.username)).end).toMatchObject({ code: 'canceled' })
    await eventually(
      () => asterisk.cli('core show channels count'),
      (text) => text.includes('0 active channels'),
    )
  })

  it('calls in: what is said to it comes back, and it hangs up', async () => {
    const ben = await house.signedIn()
    const { number } = await house.forward({ targets: [{ to: ben.username, seconds: 20 }], callerId: 'caller' })
    expect(number).toBe('+15550100')
    const placed = asterisk.cli(`channel originate PJSIP/${number}@offhook application Echo`)
    const call = await ben.nextCall()
    await call.answer()
    await echoes(call, 2)
    await asterisk.cli('channel request hangup all')
    await placed
    expect(await call.ended).toMatchObject({ by: 'remote', how: 'bye' })
  })

  // By re-INVITE: told to use UPDATE, Asterisk 22.10 sends it before our ACK and then hangs up, without waiting for our answers.
  it('leads a call back to us and moves its media between our two legs', async () => {
    const [ann, ben] = [await caller(), await house.signedIn()]
    const [first] = (await house.service.api<{ items: { id: string; number: string }[] }>('GET', '/v1/forwards')).items
    await house.service.api('PATCH', `/v1/forwards/${first?.id}`, { targets: [{ to: ben.username, seconds: 20 }] })
    const call = ann.call('+15550195')
    const atBen = await ben.nextCall()
    await atBen.answer()
    await call.answered
    const [earOfAnn, earOfBen] = [call.listen(), atBen.listen()]
    await Promise.all([call.play(house.wav(tune(3, 3))), atBen.play(house.wav(tune(4, 3)))])
    await call.play(house.wav(new Int16Array(4000)))
    const [ann2, ben2] = [await earOfAnn.stop(), await earOfBen.stop()]
    expect(likeness(ben2, tune(3, 3))).toBeGreaterThan(0.9)
    expect(likeness(ann2, tune(4, 3))).toBeGreaterThan(0.9)
    call.hangup()
    await Promise.all([call.ended, atBen.ended])
  })
})

describe.runIf(hasAsterisk())('registering', () => {
  const parts = new Scope('registering')
  let asterisk: Asterisk
  let extension: string

  beforeAll(async () => {
    house = await House.open({ scope: parts, env: { OFFHOOK_LOCAL_NUMBERS: '+15550100-+15550149' } })
    extension = await house.extension()
    const port = house.service.sipPort
    const config = {
      'extensions.conf': dialplan,
      // Who calls through a trunk is in From; whose trunk it is only the login says.
      'pjsip.conf': `
[global]
type=global
endpoint_identifier_order=ip,username,auth_username
[desk]
type=registration
outbound_auth=desk
server_uri=sip:127.0.0.1:${port}
client_uri=sip:${extension}@127.0.0.1:${port}
contact_user=site
line=yes
endpoint=desk
[desk]
type=auth
username=${extension}
password=${extension}-secret
[desk]
type=aor
contact=sip:127.0.0.1:${port}
[desk]
type=endpoint
context=from-offhook
disallow=all
allow=alaw
aors=desk
outbound_auth=desk
from_user=${extension}
from_domain=127.0.0.1
[site]
type=aor
max_contacts=1
[site]
type=auth
username=site
password=site-secret
[site]
type=endpoint
context=from-offhook
disallow=all
allow=ulaw
aors=site
auth=site
identify_by=auth_username
`,
    }
    asterisk = await Asterisk.start({ scope: parts, config })
  })
  afterAll(() => parts.close())

  it('Asterisk signs in as an extension, is called, and calls', async () => {
    await house.service.until<{ contacts: unknown[] }>(
      `/v1/extensions/${extension}`,
      ({ contacts }) => contacts.length > 0,
    )
    const ann = await house.signedIn()
    const call = ann.call(extension)
    await call.answered
    await echoes(call, 5)
    call.hangup()
    await call.ended

    const placed = asterisk.cli(`channel originate PJSIP/${ann.username}@desk application Echo`)
    const incoming = await ann.nextCall()
    expect(incoming.remote.user).toBe(extension)
    await incoming.answer()
    await echoes(incoming, 6)
    incoming.hangup()
    await incoming.ended
    await placed
  })

  it('we sign in at Asterisk as a trunk, call and are called', async () => {
    const { id } = await house.service.api<{ id: string }>('POST', '/v1/trunks', {
      ...{ name: 'asterisk', uri: `sip:127.0.0.1:${asterisk.sipPort}`, default: true },
      ...{ username: 'site', password: 'site-secret', register: true },
    })
    await house.service.until<{ registration: { state: string } }>(
      `/v1/trunks/${id}`,
      ({ registration }) => registration.state === 'registered',
    )
    const ann = await caller()
    const call = ann.call('+15550190')
    await call.answered
    await echoes(call, 7)
    call.hangup()
    await call.ended

    const { number } = await house.forward({ targets: [{ to: ann.username, seconds: 20 }] })
    const placed = asterisk.cli(`channel originate PJSIP/${number}@site application Echo`)
    const incoming = await ann.nextCall()
    await incoming.answer()
    await echoes(incoming, 8)
    incoming.hangup()
    await incoming.ended
    await placed
  })
})
