import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readRange } from '../../src/api/range.ts'
import { newId } from '../../src/phone/id.ts'
import { finishRecording, insertRecording } from '../../src/store/recordings.ts'
import { beginVoicemail, finishVoicemail } from '../../src/store/voicemails.ts'
import { type TestApi, testApi } from '../kit/api.ts'

const wav = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251))
const day = 24 * 3600_000

let api: TestApi
beforeEach(async () => {
  api = await testApi()
})
afterEach(() => api.close())

/** A message of 12 s in the mailbox of a forward, its file on the disk. */
async function leaveMessage(speechMs = 9800) {
  const { db, dataFolder } = api.database.store
  const at = new Date(api.clock.wall())
  const recordingId = newId('recording', at.getTime())
  const voicemailId = newId('voicemail', at.getTime())
  const path = `recordings/${recordingId}.wav`
  mkdirSync(join(dataFolder, 'recordings'), { recursive: true })
  writeFileSync(join(dataFolder, path), wav)
  const number = '<b>Ann & Bob</b>'
  const from = { kind: 'number' as const, e164: '+15550142', raw: '+15550142', name: number }
  const voicemail = {
    id: voicemailId,
    callId: null,
    forwardId: newId('forward', 0),
    fromKey: '+15550142',
    from,
    createdAt: at,
  }
  await beginVoicemail(db, voicemail, { id: recordingId, callId: null, path, createdAt: at })
  const result = { state: 'kept' as const, ms: 12_000, speechMs, endedBy: 'hangup', finishedAt: at }
  await finishVoicemail(db, recordingId, result, undefined)
  return { recordingId, voicemailId, file: join(dataFolder, path) }
}
const pathOf = (url: string): string => url.replace('http://phone.test', '')

describe('voicemails', () => {
  it('are listed with the address of their audio, heard and deleted', async () => {
    const { voicemailId, recordingId, file } = await leaveMessage()

    const listed = (await api.call('GET', '/v1/voicemails')).json()
    expect(listed.items).toMatchObject([
      { id: voicemailId, state: 'new', from: { address: '+15550142' }, recording: { id: recordingId, ms: 12_000 } },
    ])
    const heard = await api.call('PATCH', `/v1/voicemails/${voicemailId}`, { body: { heard: true } })
    expect(heard.json()).toMatchObject({ state: 'heard', heardAt: '2026-01-01T00:00:00.000Z' })
    api.clock.advance(1000)
    expect((await api.call('PATCH', `/v1/voicemails/${voicemailId}`, { body: { heard: true } })).json()).toEqual(
      heard.json(),
    )
    expect((await api.call('GET', '/v1/voicemails?heard=false')).json().items).toEqual([])

    expect((await api.call('DELETE', `/v1/voicemails/${voicemailId}`)).statusCode).toBe(204)
    expect(existsSync(file)).toBe(false)
    expect((await api.call('GET', `/v1/recordings/${recordingId}`)).statusCode).toBe(404)
  })

  it('tell those in which nobody spoke apart', async () => {
    const { voicemailId } = await leaveMessage(0)

    expect((await api.call('GET', `/v1/voicemails/${voicemailId}`)).json().state).toBe('empty')
  })

  it('are not deleted while they are recorded', async () => {
    const { db } = api.database.store
    const at = new Date(api.clock.wall())
    const id = newId('voicemail', at.getTime())
    const from = { kind: 'anonymous' as const, raw: 'anonymous' }
    await beginVoicemail(
      db,
      { id, callId: null, forwardId: newId('forward', 0), fromKey: 'anonymous', from, createdAt: at },
      { id: newId('recording', 0), callId: null, path: 'recordings/x.wav', createdAt: at },
    )

    expect((await api.call('DELETE', `/v1/voicemails/${id}`)).json().code).toBe('in_use')
    expect((await api.call('GET', '/v1/voicemails')).json().items).toEqual([])
  })
})

describe('recordings', () => {
  it('are listed newest first, by call and state, page by page', async () => {
    const { db } = api.database.store
    const call = newId('call', 0)
    const ids: string[] = []
    for (const callId of [null, call, call]) {
      const at = new Date(api.clock.wall())
      const id = newId('recording', at.getTime())
      await insertRecording(db, { id, callId, path: `recordings/${id}.wav`, createdAt: at })
      ids.unshift(id)
      api.clock.advance(10)
    }
    const [last = '', second = '', first = ''] = ids
    await finishRecording(db, second, {
      ...{ state: 'kept', ms: 6360, speechMs: 5000, endedBy: 'crash', finishedAt: new Date(api.clock.wall()) },
    })
    const listed = async (query: string): Promise<string[]> =>
      (await api.call('GET', `/v1/recordings${query}`)).json().items.map((item: { id: string }) => item.id)

    expect(await listed('')).toEqual(ids)
    expect(await listed(`?call=${call}`)).toEqual([last, second])
    expect(await listed(`?call=${call}&state=kept`)).toEqual([second])
    const page = (await api.call('GET', '/v1/recordings?limit=2')).json()
    expect(page).toMatchObject({ items: [{ id: last }, { id: second, ms: 6360, state: 'kept' }], next: second })
    expect(await listed(`?limit=2&after=${page.next}`)).toEqual([first])
    expect((await api.call('GET', '/v1/recordings?call=1')).json()).toMatchObject({ code: 'invalid_request' })
  })
})

describe('finishing a voicemail', () => {
  it('queues its text once, with it', async () => {
    const { db, pool } = api.database.store
    const at = new Date(api.clock.wall())
    const recordingId = newId('recording', at.getTime())
    const id = newId('voicemail', at.getTime())
    const from = { kind: 'anonymous' as const, raw: 'anonymous' }
    await beginVoicemail(
      db,
      { id, callId: null, forwardId: newId('forward', 0), fromKey: 'anonymous', from, createdAt: at },
      { id: recordingId, callId: null, path: 'recordings/x.wav', createdAt: at },
    )
    const finish = () =>
      finishVoicemail(
        db,
        recordingId,
        { state: 'kept', ms: 1000, speechMs: 500, endedBy: 'interrupted', finishedAt: at },
        {
          link: {
            id: newId('link', at.getTime()),
            recordingId,
            createdAt: at,
            expiresAt: new Date(at.getTime() + day),
          },
          message: {
            id: newId('message', at.getTime()),
            from: '+15550100',
            to: '1001',
            body: 'x',
            key: `voicemail:${id}`,
            createdAt: at,
          },
        },
      )

    const results = await Promise.all([finish(), finish()])

    expect(results.map((result) => result.kind).sort()).toEqual(['finished', 'was_finished'])
    const { rows } = await pool.query(
      'select (select count(*)::int from messages) as messages, (select count(*)::int from links) as links',
    )
    expect(rows).toEqual([{ messages: 1, links: 1 }])
  })
})

describe('the audio', () => {
  it('comes whole with a token, and says that it takes ranges', async () => {
    const { recordingId } = await leaveMessage()

    const audio = await api.call('GET', `/v1/recordings/${recordingId}/audio`)

    expect(audio.statusCode).toBe(200)
    expect(audio.rawPayload.equals(wav)).toBe(true)
    expect(audio.headers).toMatchObject({
      'content-type': 'audio/wav',
      'accept-ranges': 'bytes',
      'content-length': '1000',
      'content-disposition': `inline; filename="${recordingId}.wav"`,
    })
  })

  it.each([
    ['bytes=0-99', 206, 'bytes 0-99/1000', wav.subarray(0, 100)],
    ['bytes=900-', 206, 'bytes 900-999/1000', wav.subarray(900)],
    ['bytes=-10', 206, 'bytes 990-999/1000', wav.subarray(990)],
    ['bytes=990-2000', 206, 'bytes 990-999/1000', wav.subarray(990)],
    ['bytes=5-5', 206, 'bytes 5-5/1000', wav.subarray(5, 6)],
    ['bytes=0-1,5-6', 200, undefined, wav],
    ['lines=1-2', 200, undefined, wav],
  ])('gives %s', async (range, status, contentRange, bytes) => {
    const { recordingId } = await leaveMessage()

    const part = await api.call('GET', `/v1/recordings/${recordingId}/audio`, { headers: { range } })

    expect(part.statusCode).toBe(status)
    expect(part.headers['content-range']).toBe(contentRange)
    expect(part.rawPayload.equals(bytes)).toBe(true)
  })

  it('tells its length without being sent', async () => {
    const { recordingId } = await leaveMessage()

    const head = await api.call('HEAD', `/v1/recordings/${recordingId}/audio`)

    expect(head.statusCode).toBe(200)
    expect(head.headers).toMatchObject({ 'content-length': '1000', 'content-type': 'audio/wav' })
    expect(head.body).toBe('')
  })

  it.each(['bytes=1000-', 'bytes=5000-6000', 'bytes=-0'])('has no %s', async (range) => {
    const { recordingId } = await leaveMessage()

    const refused = await api.call('GET', `/v1/recordings/${recordingId}/audio`, { headers: { range } })

    expect(refused.statusCode).toBe(416)
    expect(refused.headers['content-range']).toBe('bytes */1000')
    expect(refused.json()).toMatchObject({ code: 'range_not_satisfiable', detail: 'The file has 1000 bytes.' })
  })

  it('is not sent again to who has it', async () => {
    const { recordingId } = await leaveMessage()
    const { etag } = (await api.call('GET', `/v1/recordings/${recordingId}/audio`)).headers

    const again = await api.call('GET', `/v1/recordings/${recordingId}/audio`, {
      headers: { 'if-none-match': String(etag) },
    })

    expect(again.statusCode).toBe(304)
    expect(again.rawPayload).toHaveLength(0)
  })

  it('comes without a token by the address in the list, until that expires, and by no other', async () => {
    const { voicemailId, recordingId } = await leaveMessage()
    const url = pathOf((await api.call('GET', `/v1/voicemails/${voicemailId}`)).json().recording.url)

    expect((await api.call('GET', url, { token: '' })).statusCode).toBe(200)
    expect(
      (await api.call('GET', url.replace(/expires=[0-9]+/, 'expires=9999999999'), { token: '' })).json().code,
    ).toBe('link_expired')
    expect((await api.call('GET', url.replace(recordingId, newId('recording', 0)), { token: '' })).json().code).toBe(
      'link_expired',
    )
    expect((await api.call('GET', `/v1/recordings/${recordingId}/audio`, { token: '' })).statusCode).toBe(401)
    api.clock.advance(2 * 3600_000)
    expect((await api.call('GET', url, { token: '' })).json()).toMatchObject({ status: 410, code: 'link_expired' })
  })

  it('that is gone from the disk is not found', async () => {
    const { recordingId } = await leaveMessage()
    await api.database.store.pool.query("update recordings set path = 'recordings/other.wav'")

    expect((await api.call('GET', `/v1/recordings/${recordingId}/audio`)).json().code).toBe('not_found')
  })

  it('is cut as RFC 9110 says, whatever is asked', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.string(), fc.nat(6000), fc.nat(6000), (size, noise, from, to) => {
        for (const header of [noise, `bytes=${noise}`, `bytes=${from}-${to}`, `bytes=${from}-`, `bytes=-${to}`]) {
          const verdict = readRange(header, size)
          if (verdict.kind !== 'part') continue
          expect(verdict.first).toBeGreaterThanOrEqual(0)
          expect(verdict.last).toBeGreaterThanOrEqual(verdict.first)
          expect(verdict.last).toBeLessThan(size)
        }
      }),
    )
  })
})

describe('links', () => {
  const makeLink = async (recordingId: string, body: object = {}) =>
    (await api.call('POST', `/v1/recordings/${recordingId}/links`, { body })).json()

  it('play in a browser and give the WAV to a player', async () => {
    const { recordingId } = await leaveMessage()
    const link = await makeLink(recordingId)
    expect(link.url).toMatch(/^http:\/\/phone\.test\/r\/[0-9a-z]{24}\.[\w-]{22}$/)

    const page = await api.call('GET', pathOf(link.url), { token: '', headers: { accept: 'text/html,*/*' } })
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-security-policy']).toContain("media-src 'self'")
    expect(page.headers['referrer-policy']).toBe('no-referrer')
    expect(page.body).toContain('&lt;b&gt;Ann &amp; Bob&lt;/b&gt;')
    expect(page.body).not.toContain('<b>Ann')
    const source = /<audio[^>]+src="([^"]+)"/.exec(page.body)?.[1] ?? ''
    const part = await api.call('GET', source, { token: '', headers: { range: 'bytes=0-9' } })
    expect([part.statusCode, part.rawPayload.length]).toEqual([206, 10])

    const plain = await api.call('GET', pathOf(link.url), { token: '' })
    expect(plain.rawPayload.equals(wav)).toBe(true)
  })

  it('end when they expire', async () => {
    const { recordingId } = await leaveMessage()
    const link = await makeLink(recordingId, { days: 2 })
    api.clock.advance(2 * day - 1)
    expect((await api.call('GET', pathOf(link.url), { token: '' })).statusCode).toBe(200)
    api.clock.advance(1)

    expect((await api.call('GET', pathOf(link.url), { token: '' })).json()).toMatchObject({
      status: 410,
      code: 'link_expired',
    })
    const page = await api.call('GET', pathOf(link.url), { token: '', headers: { accept: 'text/html' } })
    expect([page.statusCode, page.headers['content-type']]).toEqual([410, 'text/html; charset=utf-8'])
  })

  it('end at once when they are revoked, each by itself', async () => {
    const { recordingId } = await leaveMessage()
    const [revoked, other] = [await makeLink(recordingId), await makeLink(recordingId)]

    expect((await api.call('DELETE', `/v1/recordings/${recordingId}/links/${revoked.id}`)).statusCode).toBe(204)

    expect((await api.call('GET', pathOf(revoked.url), { token: '' })).json()).toMatchObject({
      code: 'link_expired',
      detail: 'This link was revoked.',
    })
    expect((await api.call('GET', pathOf(other.url), { token: '' })).statusCode).toBe(200)
    const listed = (await api.call('GET', `/v1/recordings/${recordingId}/links`)).json().items
    expect(listed.map((link: { revokedAt: string | null }) => link.revokedAt !== null).sort()).toEqual([false, true])
  })

  it('cannot be guessed or changed', async () => {
    const { recordingId } = await leaveMessage()
    const link = await makeLink(recordingId)
    const path = pathOf(link.url)
    const forged = path.slice(0, -2) + (path.endsWith('AA') ? 'BB' : 'AA')

    for (const wrong of [forged, path.split('.')[0]!, '/r/x', `${path}x`, '/r/..%2f..%2fetc']) {
      expect((await api.call('GET', wrong, { token: '' })).json().code, wrong).toBe('not_found')
    }
  })
})
