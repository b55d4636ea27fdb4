import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { Asterisk } from '../kit/asterisk/asterisk.ts'
import { asteriskRoot, hasAsterisk } from '../kit/asterisk/root.ts'
import { likeness, readWav, tune } from '../kit/audio.ts'
import {
  type Act,
  answers,
  hears,
  refuses,
  rings,
  runOn,
  type Side,
  type SideCase,
  type SideOutcome,
  sendsEarly,
} from '../kit/call-file-side.ts'
import { eventually } from '../kit/eventually.ts'
import { House } from '../kit/house.ts'
import type { PhoneCall } from '../kit/phone-call.ts'
import { startReceiver } from '../kit/receiver.ts'
import { SpoolFolder } from '../kit/spool-folder.ts'

const dialplan = `
[internal]
exten => _200X,1,Dial(PJSIP/\${EXTEN},20)
[ivr]
exten => s,1,Playback(\${sound})
`

const endpoint = (username: string, port: number): string => `
[${username}]
type=endpoint
disallow=all
allow=ulaw,alaw
direct_media=no
aors=${username}
[${username}]
type=aor
contact=sip:${username}@127.0.0.1:${port}
`

const application = (name: string, data = ''): string[] => [`Application: ${name}`, `Data: ${data}`]
const recording = `offhook-side-${process.pid}`
/** Once something is played to it. A recording tells nothing of what is in it while it runs, so one after the other is looked at. */
async function heard(call: PhoneCall): Promise<void> {
  for (const until = Date.now() + 10_000; Date.now() < until; ) {
    const ear = call.listen()
    await pause(100)
    if ((await ear.stop()).some((sample) => Math.abs(sample) > 1000)) return
  }
}
/** Times are what is compared, or Asterisk gives no sign of what is waited for: that it records, say. */
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe.runIf(hasAsterisk())('the same call files on Asterisk and on Offhook', { timeout: 120_000 }, () => {
  const scope = new Scope('side by side')
  const table: string[][] = []
  let house: House
  let asterisk: Side
  let offhook: Side

  beforeAll(async () => {
    const root = asteriskRoot()
    const rootSounds = join(root, 'usr/share/asterisk/sounds')
    const [voice = ''] = readdirSync(rootSounds).filter((name) => /^en_[A-Z]{2}_/.test(name))
    const sounds = mkdtempSync(join(tmpdir(), 'offhook-sounds-'))
    scope.add('sounds', () => rmSync(sounds, { recursive: true, force: true }))
    symlinkSync(join(rootSounds, voice), join(sounds, 'en'))
    const spool = SpoolFolder.make(scope)
    const env = {
      ...{ OFFHOOK_SPOOL: spool.folder, OFFHOOK_SOUNDS: sounds, OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8' },
      OFFHOOK_SPOOL_CONTEXTS: 'internal=site,ivr=flow:Says',
    }
    house = await House.open({ scope, env })

    const [away, awayOther] = [await house.phone('2001'), await house.phone('2002')]
    const config = {
      'extensions.conf': dialplan,
      'pjsip.conf': endpoint('2001', away.port) + endpoint('2002', awayOther.port),
      'cdr.conf': '[general]\nenable=yes\n[csv]\nusegmtime=yes\nloguniqueid=yes\nloguserfield=yes\n',
      'voicemail.conf': '[general]\nformat=wav\nmaxsilence=0\n[default]\n100 => 1234,Sales\n',
    }
    const real = await Asterisk.start({ scope, config })
    mkdirSync(real.path('log/cdr-csv'), { recursive: true })
    const master = real.path('log/cdr-csv/Master.csv')
    scope.add('recording', () => rmSync(join(rootSounds, `${recording}.wav`), { force: true }))
    const inbox = join(real.spoolDir, '../voicemail/default/100/INBOX')
    asterisk = {
      ...{ name: 'Asterisk', callee: away, other: awayOther, sounds, recorded: rootSounds },
      spool: new SpoolFolder(real.spoolDir, real.doneDir, join(real.spoolDir, '../tmp')),
      records: async () => (existsSync(master) ? readFileSync(master, 'utf8') : ''),
      messages: async () => (existsSync(inbox) ? readdirSync(inbox).filter((name) => name.endsWith('.wav')).length : 0),
    }
    const [callee, other] = [await registered('2001'), await registered('2002')]
    const { id } = await house.service.api<{ id: string }>('POST', '/v1/forwards', {
      ...{ name: '100', targets: [{ to: '2002', seconds: 5 }] },
      prompts: { forwarding: '', unreachable: '', greeting: '', thanks: '' },
    })
    offhook = {
      ...{ name: 'Offhook', spool, callee, other, sounds, recorded: sounds },
      messages: async () => (await house.voicemails(id, 0)).length,
      records: async () => String((await house.service.request('GET', '/v1/cdrs.csv')).body),
    }
    mkdirSync(real.doneDir, { recursive: true })
    const files = await startReceiver(scope)
    files.answer = ({ path }) => ({ status: 200, body: readFileSync(join(sounds, 'en', path)) })
    const prompt = { url: `${files.url}/\${sound}.wav` }
    await house.service.api('POST', '/v1/flows', { name: 'Says', steps: [{ block: 'play', prompt }] })
  })
  afterAll(async () => {
    const widths = [0, 1, 2].map((i) => Math.max(...table.map((row) => row[i]?.length ?? 0)))
    const lines = table.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join(' | ')
        .trimEnd(),
    )
    console.log(['', ...lines, ''].join('\n'))
    await scope.close()
  })

  async function registered(username: string) {
    await house.service.api('POST', '/v1/extensions', { username, password: `${username}-secret` })
    return house.signedIn({ username })
  }

  /** Two seconds of a melody, then the key that ends what hears it. */
  const records = answers(async (call) => {
    await pause(500)
    await call.play(house.wav(tune(9, 2)))
    await call.press('#')
    return 'spoke'
  })

  const cases: readonly SideCase[] = [
    { name: 'Playback', lines: application('Playback', 'hello-world'), acts: [hears('hello-world')] },
    {
      name: 'Playback of two, one of them missing',
      lines: application('Playback', 'hello-world&vm-goodbye'),
      acts: [hears('hello-world', 'vm-goodbye')],
    },
    {
      name: 'Background, a key',
      lines: application('BackGround', 'demo-congrats'),
      acts: [
        answers(async (call) => {
          await heard(call)
          const pressed = Date.now()
          await call.press('5')
          await call.ended
          return Date.now() - pressed < 3000 ? 'ends at the key' : 'plays on'
        }),
      ],
    },
    {
      name: 'SayDigits',
      lines: application('SayDigits', '42'),
      acts: [hears('digits/4', 'digits/2', 'digits/7')],
    },
    {
      name: 'SayAlpha',
      lines: application('SayAlpha', 'bx7'),
      acts: [hears('letters/b', 'letters/x', 'digits/7')],
    },
    { name: 'Wait', lines: application('Wait', '1'), acts: [answers()] },
    {
      name: 'Read',
      lines: application('Read', 'PIN,hello-world,4,,1,5'),
      acts: [
        answers(async (call) => {
          await heard(call)
          await call.press('12#')
          return 'pressed 12#'
        }),
      ],
    },
    {
      name: 'Record',
      lines: application('Record', `${recording}.wav,0,10`),
      acts: [records],
      after: async ({ recorded }) => {
        const path = join(recorded, `${recording}.wav`)
        return existsSync(path) && likeness(readWav(path), tune(9, 2)) > 0.8 ? 'is kept' : 'is not kept'
      },
    },
    {
      name: 'Echo',
      lines: application('Echo'),
      acts: [
        answers(async (call) => {
          const ear = call.listen()
          await call.play(house.wav(tune(3, 2)))
          await pause(300)
          const heard = likeness(await ear.stop(), tune(3, 2)) > 0.9
          await call.press('#')
          return heard ? 'hears itself' : 'does not hear itself'
        }),
      ],
    },
    {
      name: 'Dial',
      lines: application('Dial', 'PJSIP/2002,20'),
      acts: [
        answers(async (call, { other }) => {
          const far = await other.nextCall()
          await far.answer()
          const ear = far.listen()
          await call.play(house.wav(tune(4, 2)))
          const heard = likeness(await ear.stop(), tune(4, 2)) > 0.8
          far.hangup()
          return heard ? '2002 hears it' : '2002 hears nothing'
        }),
      ],
    },
    {
      name: 'ConfBridge',
      lines: application('ConfBridge', '1'),
      acts: [
        answers(async (call) => {
          await pause(1000)
          call.hangup()
          return 'left'
        }),
      ],
    },
    {
      name: 'VoiceMail',
      lines: application('VoiceMail', '100@default,s'),
      acts: [records],
      after: async (side) =>
        `${await eventually(
          () => side.messages(),
          (count) => count > 0,
        )} message`,
    },
    { name: 'Hangup', lines: application('Hangup'), acts: [answers()] },
    { name: 'an application that is not there', lines: application('Nonsense', 'x'), acts: [answers()] },
    {
      name: 'a place of the dialplan',
      lines: ['Context: internal', 'Extension: 2002', 'Priority: 1'],
      acts: [
        answers(async (_call, { other }) => {
          const far = await other.nextCall()
          await far.answer()
          far.hangup()
          return '2002 answered'
        }),
      ],
    },
    {
      name: 'a place of the dialplan that reads a variable',
      lines: ['Context: ivr', 'Extension: s', 'Set: sound=hello-world', 'Set: sound=vm-goodbye'],
      acts: [hears('vm-goodbye')],
    },
    {
      name: 'a priority that is not there',
      lines: ['Context: internal', 'Extension: 2002', 'Priority: 2'],
      acts: [answers()],
    },
    {
      name: 'a place of the dialplan, with early media',
      lines: ['Context: internal', 'Extension: 2002', 'Early_Media: yes'],
      acts: [sendsEarly],
    },
    {
      name: 'codecs',
      lines: [...application('Hangup'), 'Codecs: alaw'],
      acts: [answers(async ({ codec }) => `${codec}`)],
    },
    {
      name: 'account and user field',
      lines: [...application('Wait', '1'), 'Account: spring', 'Set: CDR(userfield)=early'],
      acts: [answers()],
      after: async ({ records }) => {
        const text = await eventually(records, (lines) => lines.includes('"spring"'))
        const [account, ...values] =
          text
            .split('\n')
            .find((line) => line.startsWith('"spring"'))
            ?.split(',') ?? []
        return [account, ...values.filter((value) => value === '"ANSWERED"'), values.at(-1)].join(' ')
      },
    },
    { name: 'a context that is not there', lines: ['Context: nowhere', 'Extension: s'], acts: [answers()] },
    { name: 'caller id', lines: [...application('Hangup'), 'CallerID: "Test User" <5551234>'], acts: [answers()] },
    { name: 'busy', lines: application('Hangup'), acts: [refuses(486)] },
    {
      name: 'busy, then answered',
      lines: [...application('Hangup'), 'MaxRetries: 2', 'RetryTime: 2'],
      acts: [refuses(486), answers()],
    },
    {
      name: 'a variable in Data',
      lines: [...application('SayDigits', '4$' + '{two}'), 'Set: two=2'],
      acts: [hears('digits/4', 'digits/2')],
    },
    {
      name: 'declined to the end',
      lines: [...application('Hangup'), 'maxretries: 1', 'RETRYTIME: 2'],
      acts: [refuses(603), refuses(480)],
    },
    { name: 'nobody answers', lines: [...application('Hangup'), 'WaitTime: 1'], acts: [rings] },
    { name: 'later', lines: application('Hangup'), inSeconds: 3, acts: [answers()] },
    {
      name: 'a long call with a short RetryTime',
      lines: [...application('Wait', '5'), 'RetryTime: 1'],
      acts: [answers()],
    },
    { name: 'cut off by a crash', lines: [...application('Hangup'), 'StartRetry: 1 1 (1)'], acts: [answers()] },
    { name: 'used up', lines: [...application('Hangup'), 'Retry: 1'], acts: [] },
    { name: 'no retry at all', lines: [...application('Hangup'), 'MaxRetries: -1'], acts: [] },
    { name: 'no action', lines: ['Context: internal'], acts: [] },
    { name: 'no technology', lines: [...application('Hangup'), 'Channel: 2001', 'Channel: /'], acts: [] },
    {
      name: 'comments, blanks and odd values',
      lines: [
        '# Application: Echo',
        'Application: Hangup ; bye\r',
        'WaitTime: soon',
        'Priority: begin',
        'no colon',
        'Odd: 1',
      ],
      acts: [answers()],
    },
  ]

  describe('but', () => {
    it('AlwaysDelete: no has Asterisk keep the file of any short call, and Offhook one whose time was set', async () => {
      const run = async ({ spool, callee }: Side): Promise<boolean> => {
        const name = spool.put(['Channel: PJSIP/2001', ...application('Hangup'), 'AlwaysDelete: no'])
        const call = await callee.nextCall()
        await call.answer()
        await call.ended
        await pause(2000)
        return spool.waiting(name) !== undefined
      }
      expect({ asterisk: await run(asterisk), offhook: await run(offhook) }).toEqual({ asterisk: true, offhook: false })
    })

    it('Asterisk 22 counts RetryTime from the beginning of an attempt, Offhook from its end', async () => {
      const lines = [...application('Hangup'), 'WaitTime: 3', 'RetryTime: 4', 'MaxRetries: 1']
      const again: Act = async (call, { spool }) => {
        const [waiting] = await spool.spool.list()
        const ended = waiting?.file.attempts.notes.find(({ kind }) => kind === 'EndRetry')?.at.getTime() ?? 0
        call.refuse(486)
        return Date.now() - ended < 3500 ? 'earlier' : 'then'
      }
      const each = { name: '', lines, acts: [rings, again] }
      const seen = [await runOn(asterisk, each), await runOn(offhook, each)].map((outcome) => outcome.seen)
      expect(seen).toEqual(['cancel; earlier', 'cancel; then'])
    })
  })

  it.each(cases)('$name', async (each) => {
    const told = ({ status, notes, seen }: SideOutcome): string => `${status}: ${notes || 'no notes'}; ${seen}`
    const [there, here] = await Promise.all([runOn(asterisk, each), runOn(offhook, each)])
    table.push([
      each.name,
      told(there),
      there.status === here.status && told(there) === told(here) ? 'the same' : told(here),
    ])
    expect(told(here)).toBe(told(there))
  })
})
