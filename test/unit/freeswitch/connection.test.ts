import { createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { Scope } from '../../../src/base/scope.ts'
import { Connection } from '../../../src/engines/freeswitch/connection.ts'
import type { EslEvent } from '../../../src/engines/freeswitch/event.ts'
import { EslAway, EslRefused } from '../../../src/engines/freeswitch/line.ts'
import { openCutLine } from '../../kit/cut-line.ts'
import { eventually } from '../../kit/eventually.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { type EslCommand, type EslPeer, openEslServer } from '../../kit/freeswitch/esl-server.ts'

const password = 'secret'

/** A server of something else, on loopback. */
async function openServer(scope: Scope, onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    scope.add('socket', () => void socket.destroy())
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  scope.add('server', () => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

describe('the connection to an event socket', () => {
  let scope: Scope
  let peer: EslPeer | undefined
  let told: EslCommand[]
  let port: number
  const job = (command: EslCommand): string => command.more.get('job-uuid') ?? ''

  beforeEach(async () => {
    scope = new Scope('connection')
    told = []
    port = await openEslServer({
      ...{ scope, password },
      onPeer: (one) => {
        peer = one
      },
      onGone() {},
      onCommand: (_peer, command) => {
        told.push(command)
        if (command.verb === 'bgapi') return { kind: 'reply', text: `+OK Job-UUID: ${job(command)}` }
        if (command.verb !== 'api') return { kind: 'reply', text: '+OK' }
        return { kind: 'api', text: command.rest === 'uuid_exists none' ? '-ERR No such channel!\n' : 'true' }
      },
    })
  })
  afterEach(() => scope.close())

  const make = (o: { port?: number; password?: string; clock?: Clock; reconciled?: () => void } = {}) => {
    const events: Exclude<EslEvent, { kind: 'job' }>[] = []
    const connection = new Connection({
      access: { host: '127.0.0.1', port: o.port ?? port, password: o.password ?? password },
      ...{ family: 4, clock: o.clock ?? systemClock, scope, log: silentLogger },
      onEvent: (event) => void events.push(event),
      reconcile: async () => () => o.reconciled?.(),
    })
    return { connection, events }
  }
  const open = async (o: Parameters<typeof make>[0] = {}) => {
    const made = make(o)
    await made.connection.open()
    return made
  }
  const finish = (command: EslCommand, text: string): void =>
    peer?.event({ 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': job(command) }, text)
  const asked = async (verb: string, count = 1): Promise<readonly EslCommand[]> =>
    eventually(
      () => told.filter((command) => command.verb === verb),
      (all) => all.length >= count,
    )

  it('signs in, asks for the events that it knows, and is there', async () => {
    const { connection } = await open()

    expect(connection.away).toBeUndefined()
    expect(told[0]?.verb).toBe('event')
    expect(told[0]?.rest).toMatch(/^plain .*CHANNEL_ANSWER.*BACKGROUND_JOB$/)
  })

  it('says that the password is wrong, and not which', async () => {
    const { connection } = await open({ password: 'hunter2' })

    expect(connection.away).toBe('it does not accept the password')
    await expect(connection.api('uuid_exists a')).rejects.toBeInstanceOf(EslAway)
  })

  it('gives each answer to who asked, while events come between them', async () => {
    const { connection, events } = await open()
    const answers = Promise.allSettled(['none', 'some', 'none'].map((id) => connection.api(`uuid_exists ${id}`)))
    peer?.event({ 'Event-Name': 'CHANNEL_PROGRESS', 'Unique-ID': 'a' })

    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected'])
    expect(events).toMatchObject([{ kind: 'rings', channel: 'a' }])
  })

  it('gives the end of each job to who began it', async () => {
    const { connection } = await open()
    const jobs = Promise.allSettled([connection.job('uuid_answer a'), connection.job('uuid_answer b')])
    const [first, second] = await asked('bgapi', 2)
    if (first === undefined || second === undefined) throw new Error('no job was begun')
    finish(second, '-ERR No such channel!\n')
    finish(first, '+OK\n')

    const [a, b] = await jobs
    expect(a).toEqual({ status: 'fulfilled', value: '+OK' })
    expect(b).toMatchObject({ status: 'rejected', reason: expect.any(EslRefused) })
  })

  it('runs an application on a channel', async () => {
    const { connection } = await open()
    await connection.execute('a', 'ring_ready')

    const [sent] = await asked('sendmsg')
    expect(sent?.rest).toBe('a')
    expect([...(sent?.more ?? [])]).toEqual([
      ['call-command', 'execute'],
      ['execute-app-name', 'ring_ready'],
    ])
  })

  it('never sends a second command within the first', async () => {
    const { connection } = await open()

    await expect(connection.api('uuid_exists a\n\nexit')).rejects.toBeInstanceOf(TypeError)
    expect(told.some(({ verb }) => verb === 'exit')).toBe(false)
  })

  it('ends what it waited for when the line breaks, comes again, and asks anew', async () => {
    let times = 0
    const line = await openCutLine(scope, port)
    const { connection } = await open({
      port: line.port,
      reconciled: () => {
        times++
      },
    })
    const waiting = connection.job('uuid_answer a')
    waiting.catch(() => 'awaited below')
    await asked('bgapi')
    line.cut()
    await expect(waiting).rejects.toBeInstanceOf(EslAway)
    expect(connection.away).toEqual(expect.any(String))

    line.mend()
    await eventually(
      () => connection.away,
      (why) => why === undefined,
    )
    expect(connection.away).toBeUndefined()
    expect(times).toBe(2)
    expect(told.filter(({ verb }) => verb === 'event')).toHaveLength(2)
  })

  it('says that connections from here are refused', async () => {
    const text = 'Access Denied, go away.\n'
    const refusing = await openServer(scope, (socket) =>
      socket.end(`Content-Type: text/rude-rejection\nContent-Length: ${text.length}\n\n${text}`),
    )
    const { connection } = await open({ port: refusing })

    expect(connection.away).toBe('its access list refuses connections from here')
  })

  it('waits ten seconds for a greeting, and tries again', async () => {
    const clock = new FakeClock()
    let times = 0
    const silent = await openServer(scope, () => times++)
    const { connection } = make({ port: silent, clock })
    const opened = connection.open()
    await eventually(
      () => times,
      (count) => count === 1,
    )
    clock.advance(10_000)
    await opened
    expect(connection.away).toBe('it did not greet within 10 s')

    clock.advance(250)
    expect(
      await eventually(
        () => times,
        (count) => count === 2,
      ),
    ).toBe(2)
  })

  it('gives up a line that answers no more, and what was asked', async () => {
    const clock = new FakeClock()
    const { connection } = await open({ clock })
    peer?.socket.pause()
    const asking = connection.api('uuid_exists a')
    asking.catch(() => 'awaited below')
    clock.advance(10_000)

    await expect(asking).rejects.toThrow('FreeSWITCH did not answer api uuid_exists: no answer within 10 s')
    expect(connection.away).toBe('no answer within 10 s')
  })

  it('takes what is no event socket for what it is', async () => {
    const { connection } = await open()
    peer?.socket.write('Content-Length: -5\n\n')
    await eventually(
      () => connection.away,
      (why) => why !== undefined,
    )

    expect(connection.away).toMatch(/does not speak as an event socket: Content-Length is "-5"/)
  })
})
