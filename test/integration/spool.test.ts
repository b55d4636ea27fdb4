import { existsSync, linkSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scope } from '../../src/base/scope.ts'
import { Application, Call, CallFile } from '../../src/callfile/index.ts'
import { eventually } from '../kit/eventually.ts'
import { House, type ShownCall } from '../kit/house.ts'
import { notesOf, SpoolFolder } from '../kit/spool-folder.ts'

const now = (): number => Math.floor(Date.now() / 1000)

describe('the spool', { timeout: 60_000 }, () => {
  const scope = new Scope('spool')
  const spool = SpoolFolder.make(scope)
  let house: House

  beforeAll(async () => {
    house = await House.open({ scope, env: { OFFHOOK_SPOOL: spool.folder } })
  })
  afterAll(() => scope.close())

  const to = (username: string): string[] => [`Channel: PJSIP/${username}`, 'Application: Wait', 'Data: 0.2']

  it('calls at once for a file that is moved in, and archives it with how it ended', async () => {
    const phone = await house.signedIn()
    const lines = [...to(phone.username), 'CallerID: "Test User" <5551234>', 'Account: spring']
    const name = spool.put(lines)
    const call = await phone.nextCall()
    const running = spool.waiting(name)
    await call.answer()
    await call.ended
    const file = await spool.ended(name)

    expect(call.remote).toEqual({ user: '5551234', name: 'Test User' })
    expect(running?.attempts).toMatchObject({ used: 0, running: house.service.pid })
    expect([file.status, notesOf(file)]).toEqual(['Completed', 'StartRetry 1'])
    expect(existsSync(spool.path(name))).toBe(false)
    const [made] = await house.calls('account=spring')
    const { timeline } = await house.service.api<ShownCall>('GET', `/v1/calls/${made?.id}`)
    expect(timeline.map(({ text }) => text)).toContain(`attempt 1 of the call file ${name}`)
  })

  it('takes what our own library puts there, at its time and not before', async () => {
    const phone = await house.signedIn()
    const file = new CallFile(new Call(`PJSIP/${phone.username}`), new Application('Hangup'), {
      ...{ spoolDir: spool.folder, archive: true },
    })
    const { filename, due } = await file.spool(new Date(Date.now() + 1500))
    expect((await spool.spool.find(filename))?.state).toBe('scheduled')
    const call = await phone.nextCall()
    const early = due.getTime() - Date.now()
    await call.answer()
    expect((await spool.ended(filename)).status).toBe('Completed')
    expect(early).toBeLessThanOrEqual(0)
  })

  it('tries again RetryTime after the end of an attempt, as often as MaxRetries says', async () => {
    const phone = await house.signedIn()
    const name = spool.put([...to(phone.username), 'MaxRetries: 1', 'RetryTime: 2'])
    ;(await phone.nextCall()).refuse(486)
    const ended = await eventually(
      () => spool.waiting(name),
      (file) => file?.attempts.used === 1,
    )
    const second = await phone.nextCall()
    const again = now()
    second.refuse(486)
    const file = await spool.ended(name)

    expect([file.status, notesOf(file)]).toEqual(['Expired', 'StartRetry 1, EndRetry 1, StartRetry 2'])
    const [started, over] = ended?.attempts.notes ?? []
    expect(again - (over?.at.getTime() ?? 0) / 1000).toBeGreaterThanOrEqual(2)
    // What stands in a StartRetry is the time of the next attempt.
    expect(started!.at.getTime() - over!.at.getTime()).toBeGreaterThanOrEqual(1000)
  })

  it('offers what Codecs names, the first most wanted', async () => {
    const phone = await house.signedIn()
    const name = spool.put([...to(phone.username), 'Codecs: g729,alaw'])
    const call = await phone.nextCall()
    await call.answer()
    await call.ended

    expect(call.codec).toBe('PCMA')
    expect((await spool.ended(name)).status).toBe('Completed')
  })

  it('rings for WaitTime, and gives up', async () => {
    const phone = await house.signedIn()
    const name = spool.put([...to(phone.username), 'WaitTime: 1'])
    const call = await phone.nextCall()
    call.ring()
    expect(await call.ended).toMatchObject({ how: 'cancel' })
    expect((await spool.ended(name)).status).toBe('Expired')
  })

  it('throws away what cannot be called, and expires what cannot be reached', async () => {
    const invalid = spool.put(['Channel: PJSIP/1', 'Context: nowhere'])
    const unknown = spool.put(to('7777'))
    const trunkless = spool.put(['Channel: PJSIP/15550100@nowhere', 'Application: Echo'])
    const premium = spool.put(['Channel: Motif/a', 'Application: Echo'])

    expect(await spool.ended(invalid)).toMatchObject({ status: 'Failed', attempts: { notes: [] } })
    for (const name of [unknown, trunkless, premium]) {
      const file = await spool.ended(name)
      expect([file.status, notesOf(file)]).toEqual(['Expired', 'StartRetry 1'])
    }
    expect(house.service.log()).toMatch(/there is no trunk nowhere/)
  })

  it('deletes a file that is not to be archived', async () => {
    const phone = await house.signedIn()
    const name = spool.put([...to(phone.username), 'Archive: no'])
    await (await phone.nextCall()).answer()
    expect(
      await eventually(
        () => existsSync(spool.path(name)),
        (there) => !there,
      ),
    ).toBe(false)
    expect(existsSync(join(spool.spool.doneDir, name))).toBe(false)
  })

  it('does not read a file that is still being written in its place', async () => {
    const phone = await house.signedIn()
    const path = spool.path('slow.call')
    writeFileSync(path, 'Archive: yes\nApplication: Wait\nData: 0.1\n')
    // The time is what is tested: less than the second for which a file must have been left alone (`settleMs`).
    await new Promise((resolve) => setTimeout(resolve, 300))
    writeFileSync(path, `Archive: yes\nApplication: Wait\nData: 0.1\nChannel: PJSIP/${phone.username}\n`)
    await (await phone.nextCall()).answer()
    expect((await spool.ended('slow.call')).status).toBe('Completed')
  })

  it('takes a hard link, and no symbolic one', async () => {
    const phone = await house.signedIn()
    const real = join(spool.folder, '..', 'real')
    writeFileSync(real, ['Archive: yes', ...to(phone.username), ''].join('\n'))
    symlinkSync(real, spool.path('symbolic.call'))
    linkSync(real, spool.path('hard.call'))
    await (await phone.nextCall()).answer()
    expect((await spool.ended('hard.call')).status).toBe('Completed')
    expect(existsSync(spool.path('symbolic.call'))).toBe(true)
    rmSync(spool.path('symbolic.call'))
  })

  it('keeps a file whose time was set while its call was up, where AlwaysDelete says no', async () => {
    const phone = await house.signedIn()
    const name = spool.put([...to(phone.username), 'AlwaysDelete: no', 'MaxRetries: 1'])
    const call = await phone.nextCall()
    const later = now() + 3600
    utimesSync(spool.path(name), later, later)
    await call.answer()
    await call.ended
    await house.service.logged(/stays for later/)
    expect(await spool.spool.find(name)).toMatchObject({ due: new Date(later * 1000) })
    rmSync(spool.path(name))
  })

  it('cancels what waits in the dialer when its file is taken away', async () => {
    const phone = await house.signedIn()
    const rules = await house.service.api<{ callsAtOnce: number }>('GET', '/v1/dialer')
    await house.service.api('PUT', '/v1/dialer', { ...rules, callsAtOnce: 1 })
    const first = spool.put([...to(phone.username)])
    const call = await phone.nextCall()
    const second = spool.put(to(phone.username))
    type Planned = { id: string; app: string; state: string }
    const waits = ({ items }: { items: readonly Planned[] }): boolean => items.length === 1
    const { items } = await house.service.until('/v1/planned-calls?state=waiting', waits)
    expect(items[0]).toMatchObject({ app: 'call_file' })
    expect(spool.waiting(second)?.attempts.notes).toEqual([])
    rmSync(spool.path(second))
    await house.service.until<Planned>(`/v1/planned-calls/${items[0]?.id}`, ({ state }) => state === 'canceled')
    await call.answer()
    expect((await spool.ended(first)).status).toBe('Completed')
    await house.service.api('PUT', '/v1/dialer', rules)
  })

  it('after a kill goes on with what waited, and begins anew what was cut off', async () => {
    const phone = await house.signedIn()
    const cut = spool.put([...to(phone.username), 'RetryTime: 1'])
    const ringing = await phone.nextCall()
    ringing.ring()
    const before = house.service.pid
    const scheduled = spool.put(to(phone.username), now() + 4)
    await house.service.kill9()
    await house.service.restart()
    expect(await phone.register()).toBe(200)
    const names = new Set([cut, scheduled])
    for (let i = 0; i < names.size; i++) {
      const call = await phone.nextCall()
      await call.answer()
    }
    const files = { cut: await spool.ended(cut), scheduled: await spool.ended(scheduled) }
    expect([files.cut.status, notesOf(files.cut)]).toEqual(['Completed', 'StartRetry 1, AbortRetry 1, StartRetry 1'])
    expect(files.cut.attempts.notes.map(({ pid }) => pid === before)).toEqual([true, false, false])
    expect([files.scheduled.status, notesOf(files.scheduled)]).toEqual(['Completed', 'StartRetry 1'])
  })
})
