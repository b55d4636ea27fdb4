import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { smtpMailer } from '../../../src/jobs/mailer.ts'
import { sendVoicemailMail } from '../../../src/jobs/send-mail.ts'
import { StoreMailbox } from '../../../src/main/mailbox.ts'
import { Site } from '../../../src/main/site.ts'
import { newId } from '../../../src/phone/id.ts'
import { insertCall } from '../../../src/store/calls.ts'
import { mp3Path, recordingPath } from '../../../src/store/store.ts'
import { beginVoicemail } from '../../../src/store/voicemails.ts'
import { type TestApi, testApi } from '../../kit/api.ts'
import { attachedTo, type MailServer, type ReceivedMail, startMailServer } from '../../kit/mail-server.ts'

let api: TestApi
let scope: Scope
let mails: MailServer

beforeEach(async () => {
  scope = new Scope('test')
  mails = await startMailServer(scope)
  api = await testApi()
})
afterEach(async () => {
  await api.close()
  await scope.close()
})

const audio = randomBytes(100_000)

/** A message that was left with a forward, and is over. */
async function voicemail(email: object | null, name = 'Ann'): Promise<string> {
  const { database, clock, bus } = api
  const { store } = database
  const targets = [{ to: '+15550142', seconds: 10 }]
  const { id: forward } = (await api.call('POST', '/v1/forwards', { body: { name, targets, email } })).json()
  const createdAt = new Date(clock.wall())
  const from = { kind: 'number', e164: '+254722000001', raw: '+254722000001', name: 'Amina\r\nBcc: x@y' } as const
  const call = newId('call', clock.wall())
  await insertCall(store.db, {
    ...{ id: call, direction: 'inbound', from, fromKey: from.e164, to: from, toKey: from.e164, startedAt: createdAt },
  })
  const recording = newId('recording', clock.wall())
  const path = `recordings/${recording}.wav`
  mkdirSync(dirname(recordingPath(store.dataFolder, path)), { recursive: true })
  writeFileSync(recordingPath(store.dataFolder, path), audio)
  const id = newId('voicemail', clock.wall())
  const row = { id, callId: call, forwardId: forward, fromKey: from.e164, from, createdAt }
  await beginVoicemail(store.db, row, { id: recording, callId: call, path, createdAt })
  const site = await Site.load(store)
  const mailbox = new StoreMailbox({
    ...{ store, clock, bus, publicUrl: () => 'http://phone.test', linkDays: 30, mails: true },
    forward: (key) => site.forward(key),
  })
  const result = { state: 'kept', ms: 12_000, speechMs: 9000, endedBy: 'hangup' } as const
  await mailbox.finished(recording, result)
  // As after a crash: whoever comes second changes nothing.
  await mailbox.finished(recording, result)
  return id
}
const jobs = async (): Promise<string[]> =>
  (
    await api.database.store.pool.query<{ key: string }>(
      "select key from graphile_worker.jobs where task_identifier = 'send-mail'",
    )
  ).rows.map(({ key }) => key)
const send = (id: string, at = mails.url) => {
  const { store } = api.database
  return sendVoicemailMail(id, {
    ...{ store, log: silentLogger, mailer: smtpMailer(at, 'phone@example.com') },
    makeMp3: async ({ path }) => writeFileSync(mp3Path(recordingPath(store.dataFolder, path)), 'an mp3'),
  })
}
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

describe('a copy of a voicemail', () => {
  it('is queued once with the end of the message, and has its audio as it is on disk', async () => {
    const id = await voicemail({ to: 'ann@example.com', audio: 'wav' })
    const queued = await jobs()
    await send(id)

    expect(queued).toEqual([`send-mail:${id}`])
    expect(mails.received).toMatchObject([{ to: ['ann@example.com'], from: 'phone@example.com' }])
    const [mail] = mails.received as [ReceivedMail]
    const { text } = mail
    expect(text).toContain('filename=voicemail.wav')
    expect(text).toContain(`Message-ID: <${id}@example.com>`)
    expect(text).toContain('Auto-Submitted: auto-generated')
    expect(hash(attachedTo(mail))).toBe(hash(audio))
  })

  it('has an MP3 where that is asked for, and nothing where none is', async () => {
    await send(await voicemail({ to: 'ann@example.com' }))
    await send(await voicemail({ to: 'ann@example.com', audio: 'none' }))

    const [mp3, none] = mails.received as [ReceivedMail, ReceivedMail]
    expect(mp3.text).toContain('filename=voicemail.mp3')
    expect(attachedTo(mp3).toString()).toBe('an mp3')
    expect(none.text).not.toContain('filename')
  })

  it('has no header that a caller or a name wrote', async () => {
    await send(await voicemail({ to: 'ann@example.com', audio: 'none' }, 'Änn'))

    const [{ text }] = mails.received as [ReceivedMail]
    const head = text.slice(0, text.indexOf('\r\n\r\n'))
    expect(head).not.toMatch(/^Bcc:/im)
    expect(head).toMatch(/^Subject: =\?UTF-8\?/m)
  })

  it('is not queued for a forward without an address', async () => {
    const id = await voicemail(null)
    await send(id)

    expect([await jobs(), mails.received]).toEqual([[], []])
  })

  it('is given up where the server refuses it for good, and tried again where that may pass', async () => {
    const id = await voicemail({ to: 'ann@example.com', audio: 'none' })
    mails.refuse = { code: 550, sentence: 'No such user here' }
    await send(id)
    mails.refuse = { code: 451, sentence: 'Try again later' }

    await expect(send(id)).rejects.toThrow('Try again later')
    await expect(send(id, mails.url.replace('se%3Acret', 'wrong'))).rejects.toThrow(/Wrong password|Invalid login/)
    await expect(send(id, 'smtp://127.0.0.1:1')).rejects.toThrow(/ECONNREFUSED/)
    expect(mails.received).toEqual([])
  })
})

describe('a forward', () => {
  it.each([
    [{ to: 'no address' }, '/email/to'],
    [{ to: 'a@b', audio: 'ogg' }, '/email/audio'],
    [{ to: 'a@b\r\nRCPT TO:<c@d>' }, '/email/to'],
  ])('with %j is refused', async (email, field) => {
    const answer = await api.call('POST', '/v1/forwards', {
      body: { name: 'Ann', targets: [{ to: '+15550142' }], email },
    })
    expect(answer.json().errors.map((one: { field: string }) => one.field)).toEqual([field])
  })

  it('takes no address where no server for mail is set', async () => {
    await api.close()
    api = await testApi({ mails: false })
    const body = { name: 'Ann', targets: [{ to: '+15550142' }] }
    const answer = await api.call('POST', '/v1/forwards', { body: { ...body, email: { to: 'ann@example.com' } } })
    const { id } = (await api.call('POST', '/v1/forwards', { body })).json()
    const later = await api.call('PATCH', `/v1/forwards/${id}`, { body: { email: { to: 'ann@example.com' } } })

    for (const { errors } of [answer.json(), later.json()]) {
      expect(errors).toEqual([
        { field: '/email', sentence: 'cannot be served: OFFHOOK_SMTP_URL names no server for mail' },
      ])
    }
  })
})
