import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blockStatuses } from '../../src/apps/session/status.ts'
import { Scope } from '../../src/base/scope.ts'
import { withDatabase } from '../../src/store/store.ts'
import { likeness, tune } from '../kit/audio.ts'
import { emptyDatabase } from '../kit/database.ts'
import { eventually } from '../kit/eventually.ts'
import type { House, ShownCall } from '../kit/house.ts'
import { type BlockName, blockNames, blockPaths, notified, parameterFacts } from './blocks-facts.ts'
import { BlockForms, type Form, type Reply } from './blocks-form.ts'
import { type App, BlockHouse } from './blocks-kit.ts'
import { brokenVoice, files, klingon } from './blocks-unspeakable.ts'

describe('the block API, as its source says', { timeout: 60_000 }, () => {
  const scope = new Scope('test')
  let blocks: BlockHouse
  let house: House
  let forms: BlockForms
  let database: { readonly url: string; close(): Promise<void> }

  beforeAll(async () => {
    database = await emptyDatabase()
    scope.add('database', () => database.close())
    const PATH = `${brokenVoice(scope)}:${process.env.PATH}`
    blocks = await BlockHouse.open(scope, { DATABASE_URL: database.url, PATH })
    blocks.hooks.answer = ({ path }) => files[path] ?? { status: 204 }
    house = blocks.house
    forms = new BlockForms(blocks)
  })
  afterAll(() => scope.close())

  const ask = (block: BlockName, fields: Form, method?: 'GET' | 'POST') => forms.ask(block, fields, method)
  const hook = (name: string) => forms.hook(name)
  const told = (name: string, count?: number) => forms.told(name, count)
  const talk = (name: string) => forms.talk(name)

  describe('parameters', () => {
    /** What a request without fault comes to: its session, or the one to call, does not exist. */
    const base = (block: BlockName): Form => ({
      ...(block === 'dial' ? { dest: 'nobody-here' } : { session: `S${'0'.repeat(24)}` }),
      ...(block === 'transfer' ? { dest: '+6522222222' } : {}),
      ...(notified.includes(block) ? { notify_url: hook('never') } : {}),
    })
    const accepted = (block: BlockName): string => (block === 'dial' ? 'error_dest_invalid' : 'error_invalid_session')

    it.each(blockNames)('of %s, by GET and by POST', async (block) => {
      for (const method of ['GET', 'POST'] as const) {
        expect((await ask(block, base(block), method)).status).toBe(accepted(block))
        for (const { name, blocks, taken, refused } of parameterFacts(hook('never'))) {
          if (!blocks.includes(block)) continue
          for (const value of taken) {
            const { status } = await ask(block, { ...base(block), [name]: value }, method)
            expect(status, `${method} ${block} ${name}=${value.slice(0, 80)}`).toBe(accepted(block))
          }
          for (const [value, code] of refused) {
            const fields: Record<string, string> = { ...forms.credentials, ...base(block) }
            if (value === undefined) delete fields[name]
            else fields[name] = value
            const { status } = await forms.send(block, new URLSearchParams(fields), method)
            expect(status, `${method} ${block} ${name}=${String(value).slice(0, 80)}`).toBe(code)
          }
        }
      }
    })

    it('msg has no place beside force, and no name may come twice', async () => {
      const fields = { ...base('hangup'), force: 'enabled', msg: 'Bye' }
      expect((await ask('hangup', fields)).status).toBe('error_malformed_params')
      const twice = new URLSearchParams({ ...forms.credentials, ...base('play'), tag: 'a' })
      twice.append('tag', 'b')
      expect((await forms.send('play', twice, 'POST')).status).toBe('error_malformed_params')
    })

    it.each(['PUT', 'PATCH', 'DELETE'])('no block takes %s', async (method) => {
      for (const path of Object.values(blockPaths)) {
        const reply = await fetch(`${house.service.url}/open/ivr/${path}`, { method })
        expect([reply.status, await reply.json()]).toEqual([200, { status: 'error_invalid_http_method' }])
        forms.seen.add('error_invalid_http_method')
      }
    })
  })

  describe('answers and notifications', () => {
    const ended = {
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      duration: '1',
      currency: 'USD',
      rate: '0.0000',
      debit: '0.0000',
      from: expect.stringMatching(/./),
      to: expect.stringMatching(/./),
    }

    it('of each block on a call that was placed', async () => {
      const ann = await house.signedIn()
      const away = await house.extension()
      const answer = await ask('dial', {
        dest: ann.username,
        tag: 'my app',
        notify_url: hook('n-dial?app_state=a%20b'),
      })
      expect(answer).toEqual({
        status: 'success_ok',
        session: expect.stringMatching(/^S[0-9a-z]+$/),
        txn_ref: expect.stringMatching(/^TX-[0-9a-z]+$/),
      })
      const { session = '', txn_ref } = answer
      const call = await ann.nextCall()
      await call.answer()
      const common = { call_state: 'ongoing', session, txn_ref }
      expect(await told('n-dial?app_state=a%20b')).toEqual({
        ...{ ivr_block: 'dial', tag: 'my app', dial_status: 'answered', dest: ann.username },
        ...common,
      })

      const run = async (block: BlockName, fields: Form = {}): Promise<Form> => {
        const name = `n-${block}`
        const status = { status: 'success_ok' }
        const asked = { session, tag: `tag ${block}`, notify_url: hook(name), ...fields }
        const ready = (reply: Reply): boolean => reply.status !== 'error_session_not_on_hold'
        expect(await eventually(() => ask(block, asked), ready)).toEqual(status)
        return told(name)
      }
      const expected = (block: BlockName) => ({ ivr_block: block, tag: `tag ${block}`, ...common })

      expect(await run('play', { msg: 'Hello' })).toEqual(expected('play'))
      const gathering = run('gather', { timeout: '30' })
      await house.service.until<ShownCall>(`/v1/calls/call_${session.slice(1)}`, ({ timeline }) =>
        timeline.some(({ kind }) => kind === 'gather'),
      )
      await call.press('12#')
      expect(await gathering).toEqual({ ...expected('gather'), digits: '12' })
      expect(await run('record', { max_duration: '1' })).toEqual({
        ...expected('record'),
        record_url: expect.stringMatching(/^http:\/\/.+\/r\/.+\/recording\.mp3$/),
      })
      expect(await run('hold', { msg: 'Wait' })).toEqual(expected('hold'))
      expect(await run('unhold')).toEqual(expected('unhold'))
      expect(await run('transfer', { dest: away, on_failure: 'continue' })).toEqual({
        ...expected('transfer'),
        transfer_status: 'unanswered',
        dest: away,
      })
      const parties = { from: 'anonymous', to: ann.username }
      const over = { ...ended, ...parties, call_state: 'ended' }
      expect(await run('hangup', { msg: 'Bye' })).toEqual({ ...expected('hangup'), ...over })
    })

    it('of a transfer into a room: a new one, one that is there, and its end', async () => {
      const first = await talk('r-first')
      const opened = await ask('transfer', { session: first.session, dest: 'room:', notify_url: hook('r-one') })
      expect(opened).toEqual({ status: 'success_ok', room: expect.stringMatching(/^R[0-9a-z]+$/) })
      const { room = '' } = opened
      const second = await talk('r-second')
      const fields = { session: second.session, msg: 'You will be joined', tag: 'r', notify_url: hook('r-two') }
      expect(await ask('transfer', { ...fields, dest: `room:${room}` })).toEqual({ status: 'success_ok', room })
      expect((await ask('play', { session: second.session })).status).toBe('error_session_not_ready')
      await house.service.until<ShownCall>(`/v1/calls/call_${second.session.slice(1)}`, ({ timeline }) =>
        timeline.some(({ kind }) => kind === 'room'),
      )
      const ear = first.call.listen()
      await second.call.play(house.wav(tune(72, 1.5)))
      expect(likeness(await ear.stop(), tune(72, 1.2))).toBeGreaterThan(0.8)
      second.call.hangup()
      expect(await told('r-two')).toEqual({
        ...{ session: second.session, txn_ref: second.txn_ref, tag: 'r', ivr_block: 'transfer', call_state: 'ended' },
        ...{ transfer_status: 'answered', dest: `room:${room}`, room, ...ended },
      })
      await ask('hangup', { session: first.session, notify_url: hook('r-hangup') })
      expect(await told('r-hangup')).toMatchObject({ ivr_block: 'hangup', call_state: 'ended' })
      await first.call.ended
    })

    it('of a conversation that is monitored: at once, and when it was recorded', async () => {
      const { session, txn_ref, call } = await talk('v-dial')
      const fields = { session, tag: 'v', notify_url: hook('v-monitor') }
      expect(await ask('monitor', fields)).toEqual({ status: 'success_ok' })
      const common = { session, txn_ref, tag: 'v', ivr_block: 'monitor' }
      expect(await told('v-monitor')).toEqual({ ...common, call_state: 'ongoing' })
      expect(await ask('monitor', fields)).toEqual({ status: 'error_monitor_in_progress' })
      const over = { session, monitor_notify_url: hook('v-over') }
      expect(await ask('monitor', { ...fields, ...over })).toEqual({ status: 'error_monitor_in_progress' })
      await ask('play', { session, msg: 'Hello', notify_url: hook('v-play') })
      await told('v-play')
      await ask('hangup', { session, notify_url: hook('v-hangup') })
      await call.ended
      const recorded = { ...common, ...ended, call_state: 'ended' }
      expect(await told('v-monitor', 2)).toEqual({ ...recorded, record_url: expect.stringContaining('/r/') })
      await told('v-hangup')
    })

    it('a monitor with a URL of its own tells the recording there', async () => {
      const { session, call } = await talk('u-dial')
      const fields = { session, notify_url: hook('u-monitor'), monitor_notify_url: hook('u-recorded') }
      expect(await ask('monitor', fields)).toEqual({ status: 'success_ok' })
      expect(await told('u-monitor')).not.toHaveProperty('record_url')
      await call.play(house.wav(tune(71, 2)))
      call.hangup()
      const { record_url = '' } = await told('u-recorded')
      expect(likeness(await house.download(record_url), tune(71, 1.5))).toBeGreaterThan(0.8)
      // The end is told where the last block was.
      expect(await told('u-monitor', 2)).toMatchObject({ ivr_block: 'monitor', call_state: 'ended' })
    })

    it('of a call that comes in, with both parties', async () => {
      const { number } = await house.service.api<{ number: string }>('POST', '/v1/numbers', {})
      const assignment = { kind: 'notify', url: hook('i-answer'), token: blocks.app.id }
      await house.service.api('PATCH', `/v1/numbers/${encodeURIComponent(number)}`, { assignment })
      const from = house.stranger()
      const call = (await house.phone(from)).call(number)
      const answer = await told('i-answer')
      const { session = '', txn_ref = '' } = answer
      const common = { session, txn_ref, from, to: number }
      expect(answer).toEqual({ ivr_block: 'answer', call_state: 'ringing', ...common })
      await ask('gather', { session, timeout: '30', notify_url: hook('i-gather') })
      await call.answered
      call.hangup()
      expect(await told('i-gather')).toEqual({ ivr_block: 'gather', call_state: 'ended', ...ended, ...common })
    })

    it('an answered transfer ends the call, a failed one does as well unless it may continue', async () => {
      const { session, txn_ref, call, dest } = await talk('t-dial')
      const bob = await house.signedIn()
      await ask('transfer', { session, dest: bob.username, caller_id: 'private', notify_url: hook('t-transfer') })
      const other = await bob.nextCall()
      await other.answer()
      await house.service.until<ShownCall>(`/v1/calls/call_${session.slice(1)}`, ({ timeline }) =>
        timeline.some(({ kind }) => kind === 'bridged'),
      )
      other.hangup()
      const done = { session, txn_ref, call_state: 'ended', ivr_block: 'transfer', ...ended }
      expect(await told('t-transfer')).toEqual({ ...done, transfer_status: 'answered', dest: bob.username })
      await call.ended

      const second = await talk('t-second')
      await ask('transfer', { session: second.session, dest: bob.username, notify_url: hook('t-failed') })
      ;(await bob.nextCall()).refuse(486)
      const { session: id, txn_ref: ref } = second
      expect(await told('t-failed')).toEqual({
        ...{ ...done, session: id, txn_ref: ref },
        ...{ transfer_status: 'busy', dest: bob.username },
      })
      expect(dest).not.toBe(bob.username)
    })
  })

  describe('error codes of a session', () => {
    it('who may drive it, and when', async () => {
      const { session, call } = await talk('s-dial')
      const other = await blocks.newApp('other')
      const reader = await blocks.newApp('reader', ['calls:read'])
      const play = (over: Form = {}) => ask('play', { session, notify_url: hook('s-play'), ...over })
      const as = ({ id, token }: App): Form => ({ app_id: id, access_token: token })
      expect((await play(as(other))).status).toBe('error_session_access_denied')
      expect((await play(as(reader))).status).toBe('error_permission_denied')
      expect((await ask('unhold', { session })).status).toBe('error_session_not_on_hold')
      expect((await play({ msg: 'one two three four five six seven eight nine ten' })).status).toBe('success_ok')
      expect((await play({ msg: 'Too soon' })).status).toBe('error_session_not_ready')
      await ask('hangup', { session })
      await call.ended
      const late = await eventually(play, ({ status }) => status === 'error_session_ended')
      expect(late.status).toBe('error_session_ended')
    })

    it('what cannot be said is refused before the call hears of it', async () => {
      const { session, call } = await talk('m-dial')
      const say = async (msg: string) => (await ask('play', { session, msg, notify_url: hook('m-play') })).status
      const url = (path: string): string => `<url>${blocks.hooks.url}${path}</url>`
      expect(await say(url('/gone.wav'))).toBe('error_msg_download_failed')
      expect(await say('<url>http://nobody.invalid/a.wav</url>')).toBe('error_msg_download_failed')
      expect(await say('<url>http://10.1.2.3/a.wav</url>')).toBe('error_msg_invalid_url')
      expect(await say(url('/text.wav'))).toBe('error_msg_invalid_file_format')
      expect(await say(url('/garbage.mp3'))).toBe('error_msg_invalid_file_format')
      expect(await say(url('/empty.wav'))).toBe('error_msg_invalid_file_format')
      expect(await say(url('/big.wav'))).toBe('error_msg_invalid_file_size')
      expect(await say('<speech language="xx">Hello</speech>')).toBe('error_msg_invalid_language')
      expect(await say(`<speech language="${klingon}">nuqneH</speech>`)).toBe('error_msg_cannot_convert_text')
      expect(await say('…')).toBe('error_msg_empty')
      const ear = call.listen()
      expect(await say(url('/tune.gsm'))).toBe('success_ok')
      await told('m-play')
      expect(likeness(await ear.stop(), tune(91, 1.2))).toBeGreaterThan(0.8)
      await ask('hangup', { session })
      await call.ended
    })

    it('where it may call: no premium number, nothing without a trunk, no more than the trunk carries', async () => {
      const dial = async (dest: string) => (await ask('dial', { dest })).status
      expect(await dial('+19005550142')).toBe('error_dest_not_supported')
      expect(await dial('+6522222222')).toBe('error_dest_not_supported')

      const carrier = await house.phone('carrier')
      const trunk = await house.service.api<{ id: string }>('POST', '/v1/trunks', {
        ...{ name: 'carrier', uri: `sip:127.0.0.1:${carrier.port}`, default: true, maxCalls: 1 },
      })
      const { session = '' } = await ask('dial', { dest: '+6522222222', notify_url: hook('w-dial') })
      const call = await carrier.nextCall()
      await call.answer()
      await told('w-dial')
      expect(await dial('+6533333333')).toBe('error_concurrent_call_limit_reached')
      expect((await ask('transfer', { session, dest: '+6533333333' })).status).toBe(
        'error_concurrent_call_limit_reached',
      )
      await ask('hangup', { session })
      await call.ended
      await house.service.api('DELETE', `/v1/trunks/${trunk.id}`)
    })
  })

  describe('error codes of the service', () => {
    it('tells that it is at fault while its database is away, and works again after', async () => {
      const name = new URL(database.url).pathname.slice(1)
      const admin = new pg.Client({ connectionString: withDatabase(database.url, 'postgres') })
      await admin.connect()
      await admin.query(`alter database ${name} with allow_connections false`)
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
      const { status } = await ask('dial', { dest: 'nobody-here' })
      await admin.query(`alter database ${name} with allow_connections true`)
      await admin.end()
      expect(status).toBe('error_internal_server_error')
      const again = await eventually(
        () => ask('dial', { dest: 'nobody-here' }),
        (reply) => reply.status === 'error_dest_invalid',
      )
      expect(again.status).toBe('error_dest_invalid')
    })

    it('makes whoever guesses tokens wait, but not who has one', async () => {
      const guess = (n: number) => ask('play', { access_token: `guess-${n}` })
      expect((await guess(0)).status).toBe('error_invalid_access_token')
      for (let n = 1; n < 10; n++) await guess(n)
      expect((await guess(10)).status).toBe('error_rate_limit_exceeded')
      expect((await ask('dial', { dest: 'nobody-here' })).status).toBe('error_dest_invalid')
    })

    it('takes no calls while it stops', async () => {
      const { call } = await talk('z-dial')
      const client = new pg.Client({ connectionString: database.url })
      await client.connect()
      // What is told of the end waits for the store, and the stop for that.
      await client.query('begin; lock table webhook_deliveries')
      const stopped = house.service.stop()
      await call.ended
      const { status } = await ask('dial', { dest: 'nobody-here' })
      await client.query('rollback')
      await client.end()
      expect(status).toBe('error_call_service_not_available')
      await stopped
    })
  })

  it('every status was seen', () => {
    const missing = blockStatuses.filter((status) => !forms.seen.has(status))
    expect(missing).toEqual([])
  })
})
