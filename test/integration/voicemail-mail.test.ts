import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { likeness, readWav, tune } from '../kit/audio.ts'
import { Authority } from '../kit/authority.ts'
import { House } from '../kit/house.ts'
import { attachedTo, type MailServer, startMailServer } from '../kit/mail-server.ts'
import { describeWith } from '../setup/tools.ts'

describeWith(['openssl'], 'a message that a caller left', () => {
  const scope = new Scope('test')
  let authority: Authority
  beforeAll(() => {
    authority = Authority.make(scope)
  })
  afterAll(() => scope.close())

  async function openHouse(mails: MailServer, trusted: Readonly<Record<string, string>>): Promise<House> {
    const env = { OFFHOOK_SMTP_URL: mails.url, OFFHOOK_MAIL_FROM: 'phone@example.com', ...trusted }
    return House.open({ scope, env })
  }

  /** Somebody calls a forward that nobody answers, and says something. @returns the message's id */
  async function leave(house: House, audio: 'wav' | 'mp3', said: Int16Array): Promise<string> {
    const away = await house.extension()
    const { number, id } = await house.forward({ targets: [{ to: away, seconds: 10 }] })
    await house.service.api('PATCH', `/v1/forwards/${id}`, { email: { to: 'ann@example.com', audio } })
    const stranger = house.stranger()
    const call = (await house.phone(stranger)).call(number)
    await call.answered
    await house.told(stranger, /^recording$/, 30_000)
    await call.play(house.wav(said))
    await call.press('#')
    await call.ended
    const [voicemail] = await house.voicemails(id, 1)
    return voicemail!.id
  }

  it.each(['whole', 'starttls'] as const)('goes out by mail, encrypted (%s), with what was said', async (way) => {
    const mails = await startMailServer(scope, { way, certificate: authority.issue() })
    const house = await openHouse(mails, { NODE_EXTRA_CA_CERTS: authority.ca })

    const id = await leave(house, 'wav', tune(21, 2))
    const mail = await mails.next()

    expect(mail).toMatchObject({ to: ['ann@example.com'], from: 'phone@example.com', secure: true })
    expect(mail.text).toContain(`Message-ID: <${id}@example.com>`)
    const path = join(house.service.dataFolder, 'attached.wav')
    writeFileSync(path, attachedTo(mail))
    expect(likeness(readWav(path), tune(21, 2))).toBeGreaterThan(0.95)
    expect(mails.received).toHaveLength(1)
  })

  it('is given to no server whose certificate nobody vouches for, and the log says why', async () => {
    const mails = await startMailServer(scope, { way: 'whole', certificate: authority.issue() })
    const house = await openHouse(mails, {})

    await leave(house, 'mp3', tune(22, 1))
    const said = await house.service.logged(/send-mail.*certificate|certificate.*send-mail/i, 30_000)

    expect(said[0]).not.toContain('se:cret')
    expect(mails.received).toEqual([])
  })
})
