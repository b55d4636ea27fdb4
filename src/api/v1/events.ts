import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Timer } from '../../base/clock.ts'
import type { ServiceEvent } from '../../phone/event.ts'
import type { Id } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { getAction } from '../../store/actions.ts'
import { getBroadcast } from '../../store/broadcasts.ts'
import { getCall } from '../../store/calls.ts'
import { getCdr } from '../../store/cdrs.ts'
import { getConnection } from '../../store/connections.ts'
import { getMessage } from '../../store/messages.ts'
import { getPlanned } from '../../store/planned-calls.ts'
import { getRecording } from '../../store/recordings.ts'
import { getScan, type ScanRow } from '../../store/scans.ts'
import { getVoicemail } from '../../store/voicemails.ts'
import { reads, type ScopeNoun, satisfies } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { id, iso, problem, showAddress } from '../shapes.ts'
import { showAction } from './action-shape.ts'
import { showBroadcast } from './broadcast-shape.ts'
import { showCall } from './call-shape.ts'
import { showCdr } from './cdrs.ts'
import { showConnection } from './connections.ts'
import { showMessage } from './messages.ts'
import { showPlanned } from './planned-shape.ts'
import { showFinished } from './recordings.ts'
import { showProgress } from './scan-shape.ts'

const heartbeatMs = 15_000
/** A reader that takes nothing off its socket for so long a backlog is cut off, and may come back. */
const backlogBytes = 1_000_000

const example =
  'event: call.started\ndata: {"type":"call.started","at":"2026-01-05T12:00:00.000Z","call":{"id":"call_…"}}\n\n'

const connectionExample =
  'event: connection.updated\ndata: {"type":"connection.updated","connection":{"id":"con_…","state":"ringing"}}\n\n'

const scanExample = 'event: scan.heard\ndata: {"type":"scan.heard","scan":{"id":"scn_…","percent":40}}\n\n'

/** Server-sent events: what happens from now on. Each has the thing as its own route shows it. */
export function registerEvents(app: Api, { store, bus, clock, log, scope, scans }: ApiOptions): void {
  const { db } = store

  async function render(event: ServiceEvent): Promise<string | undefined> {
    const at = iso(new Date(event.at))
    const text = (thing: object): string =>
      `event: ${event.type}\ndata: ${JSON.stringify({ type: event.type, at, ...thing })}\n\n`
    if ('action' in event) {
      const action = await getAction(db, event.action)
      return action === undefined ? undefined : text({ action: showAction(action) })
    }
    if ('call' in event) {
      const call = await getCall(db, event.call)
      return call === undefined ? undefined : text({ call: showCall(call) })
    }
    if ('message' in event) {
      const message = await getMessage(db, event.message)
      return message === undefined ? undefined : text({ message: showMessage(message) })
    }
    if ('recording' in event) {
      const recording = await getRecording(db, event.recording)
      return recording === undefined ? undefined : text({ recording: showFinished(recording) })
    }
    if ('conference' in event) return text({ conference: event.conference })
    if ('scan' in event) {
      const scan = await getScan(db, event.scan)
      return scan === undefined ? undefined : text({ scan: await showProgress(scan, scans) })
    }
    if ('connection' in event) {
      const connection = await getConnection(db, event.connection)
      return connection === undefined ? undefined : text({ connection: showConnection(connection) })
    }
    if ('planned' in event) {
      const planned = await getPlanned(db, event.planned)
      return planned === undefined ? undefined : text({ planned: showPlanned(planned) })
    }
    if ('cdr' in event) {
      const cdr = await getCdr(db, event.cdr)
      return cdr === undefined ? undefined : text({ cdr: showCdr(cdr) })
    }
    if ('broadcast' in event) {
      const broadcast = await getBroadcast(db, event.broadcast)
      return broadcast === undefined ? undefined : text({ broadcast: await showBroadcast(broadcast, db) })
    }
    const voicemail = await getVoicemail(db, event.voicemail)
    if (voicemail === undefined) return undefined
    const { id: key, callId, forwardId, from, recordingId } = voicemail
    const shown = { id: key, call: callId, forward: forwardId, from: showAddress(from), recording: { id: recordingId } }
    return text({ voicemail: shown })
  }

  /** @param isLast after such an event the stream ends */
  function stream(
    reply: FastifyReply,
    wanted: (event: ServiceEvent) => boolean,
    isLast: (event: ServiceEvent) => boolean,
  ): void {
    const { raw } = reply.hijack()
    raw.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      // nginx would hold events back until its buffer is full.
      'X-Accel-Buffering': 'no',
    })
    raw.write(': listening\n\n')

    const write = (text: string): void => {
      if (raw.writableLength > backlogBytes) raw.destroy()
      else raw.write(text)
    }
    // One after the other, so that they leave in the order in which they happened.
    let last = Promise.resolve()
    const end = bus.subscribe((event) => {
      if (!wanted(event)) return
      last = last.then(async () => {
        try {
          const text = await render(event)
          if (text !== undefined && !raw.destroyed) write(text)
          if (isLast(event)) raw.end()
        } catch (error) {
          log.warn({ err: error, event }, 'an event could not be told')
        }
      })
    })
    let heartbeat: Timer
    const beat = (): void => {
      write(': still here\n\n')
      heartbeat = clock.after(heartbeatMs, beat)
    }
    heartbeat = clock.after(heartbeatMs, beat)
    const forget = scope.add('event stream', () => {
      raw.end()
    })
    raw.once('close', () => {
      heartbeat.stop()
      end()
      forget()
    })
  }

  app.get(
    '/v1/events',
    {
      config: { need: 'any' },
      schema: {
        tags: ['events'],
        summary: 'What happens, as it happens',
        description:
          'Server-sent events: broadcast.updated, broadcast.ended, call.started, call.updated, call.ended, call.action, cdr.written, conference.*, connection.*, message.*, planned.*, recording.finished, scan.*, voicemail.created; those that the token may read. A comment comes every 15 seconds.',
        response: { 200: z.string().meta({ examples: [example] }), ...problem },
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const granted = request.token?.scopes ?? []
      const mayRead = (noun: ScopeNoun): boolean => satisfies(granted, { noun, verb: 'read' })
      const allowed = {
        ...{ call: mayRead('calls'), conference: mayRead('calls'), connection: mayRead('calls') },
        ...{ scan: mayRead('scans'), cdr: mayRead('calls'), planned: mayRead('calls') },
        ...{ message: mayRead('messages'), broadcast: mayRead('broadcasts') },
        ...{ voicemail: mayRead('voicemails'), recording: mayRead('voicemails') },
      }
      const wanted = (event: ServiceEvent): boolean =>
        allowed[event.type.slice(0, event.type.indexOf('.')) as keyof typeof allowed]
      stream(reply, wanted, () => false)
    },
  )

  app.get(
    '/v1/calls/:id/events',
    {
      config: reads('calls'),
      schema: {
        tags: ['events'],
        summary: 'What happens to one call, as it happens',
        description:
          'Server-sent events: call.started, call.updated, call.action, call.ended, with which the stream ends.',
        params: z.object({ id: id('call') }),
        response: { 200: z.string().meta({ examples: [example] }), ...problem },
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const row = await getCall(db, request.params.id)
      if (row === undefined) throw new Problem('not_found', `There is no call ${request.params.id}.`)
      if (row.state === 'ended') throw new Problem('call_ended', `The call ${row.id} has ended.`)
      const ofCall = (event: ServiceEvent): boolean => 'call' in event && event.call === row.id
      stream(reply, ofCall, (event) => event.type === 'call.ended')
    },
  )

  app.get(
    '/v1/scans/:id/events',
    {
      config: reads('scans'),
      schema: {
        tags: ['scans'],
        summary: 'How a scan goes on, as it happens',
        description: 'Server-sent events: scan.heard, scan.updated, scan.ended, with which the stream ends.',
        params: z.object({ id: id('scan') }),
        response: { 200: z.string().meta({ examples: [scanExample] }), ...problem },
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const row = await getScan(db, request.params.id)
      if (row === undefined) throw new Problem('not_found', `There is no scan ${request.params.id}.`)
      const over = (state: ScanRow['state']): boolean => state !== 'running' && state !== 'waiting'
      const ofScan = (event: ServiceEvent): boolean => 'scan' in event && event.scan === row.id
      stream(reply, ofScan, (event) => event.type === 'scan.ended')
      // One that ended meanwhile tells nothing more.
      const now = await getScan(db, row.id)
      if (now === undefined || over(now.state))
        bus.publish({ type: 'scan.ended', at: clock.wall(), scan: row.id as Id<'scan'> })
    },
  )

  app.get(
    '/v1/connections/:id/events',
    {
      config: reads('calls'),
      schema: {
        tags: ['connections'],
        summary: 'How a connection goes on, as it happens',
        description:
          'Server-sent events: how it stands now, connection.updated for each step, connection.ended, with which the stream ends.',
        params: z.object({ id: id('connection') }),
        response: { 200: z.string().meta({ examples: [connectionExample] }), ...problem },
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const { id: key } = request.params
      if ((await getConnection(db, key)) === undefined) throw new Problem('not_found', `There is no connection ${key}.`)
      stream(
        reply,
        (event) => 'connection' in event && event.connection === key,
        (event) => event.type === 'connection.ended',
      )
      // Where it stands now; one that is over says so and no more.
      const now = await getConnection(db, key)
      const type = now === undefined || now.endedAt !== null ? 'connection.ended' : 'connection.updated'
      bus.publish({ type, at: clock.wall(), connection: key as Id<'connection'> })
    },
  )
}
