import type { FastifyReply } from 'fastify'
import { z } from 'zod'
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
import { getScan } from '../../store/scans.ts'
import { getVoicemail } from '../../store/voicemails.ts'
import { reads, type ScopeNoun, satisfies } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { id, iso, problem, showAddress } from '../shapes.ts'
import { showAction } from './action-shape.ts'
import { showBroadcast } from './broadcast-shape.ts'
import { showCall } from './call-shape.ts'
import { showCdr } from './cdrs.ts'
import { showConnection } from './connections.ts'
import { type StreamedEvents, streamEvents } from './event-stream.ts'
import { showMessage } from './messages.ts'
import { showPlanned } from './planned-shape.ts'
import { showFinished } from './recordings.ts'
import { showProgress } from './scan-shape.ts'

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

  const stream = (reply: FastifyReply, told: StreamedEvents): Promise<void> =>
    streamEvents(reply, told, { render, bus, clock, log, scope })

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
      await stream(reply, { wanted })
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
      const { id: key } = request.params
      await stream(reply, {
        wanted: (event) => 'call' in event && event.call === key,
        isLast: (event) => event.type === 'call.ended',
        async look() {
          const row = await getCall(db, key)
          if (row === undefined) throw new Problem('not_found', `There is no call ${key}.`)
          if (row.state === 'ended') throw new Problem('call_ended', `The call ${key} has ended.`)
          return undefined
        },
      })
    },
  )

  app.get(
    '/v1/scans/:id/events',
    {
      config: reads('scans'),
      schema: {
        tags: ['scans'],
        summary: 'How a scan goes on, as it happens',
        description:
          'Server-sent events: how it stands now, scan.heard, scan.updated, scan.ended, with which the stream ends.',
        params: z.object({ id: id('scan') }),
        response: { 200: z.string().meta({ examples: [scanExample] }), ...problem },
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const { id: key } = request.params
      await stream(reply, {
        wanted: (event) => 'scan' in event && event.scan === key,
        isLast: (event) => event.type === 'scan.ended',
        async look() {
          const row = await getScan(db, key)
          if (row === undefined) throw new Problem('not_found', `There is no scan ${key}.`)
          const type = row.state === 'running' || row.state === 'waiting' ? 'scan.updated' : 'scan.ended'
          return { type, at: clock.wall(), scan: key as Id<'scan'> }
        },
      })
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
      await stream(reply, {
        wanted: (event) => 'connection' in event && event.connection === key,
        isLast: (event) => event.type === 'connection.ended',
        async look() {
          const row = await getConnection(db, key)
          if (row === undefined) throw new Problem('not_found', `There is no connection ${key}.`)
          const type = row.endedAt === null ? 'connection.updated' : 'connection.ended'
          return { type, at: clock.wall(), connection: key as Id<'connection'> }
        },
      })
    },
  )
}
