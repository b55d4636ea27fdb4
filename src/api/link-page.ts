import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { describeAddress } from '../phone/address.ts'
import { Problem } from '../phone/problem.ts'
import { findLink } from '../store/links.ts'
import { getRecording, type RecordingRow } from '../store/recordings.ts'
import { voicemailOfRecording } from '../store/voicemails.ts'
import { sendAudio } from './audio-reply.ts'
import { escapeHtml, htmlPage, pageSecurity } from './html.ts'
import type { Api, ApiOptions } from './options.ts'

/**
 * `/r/{token}`: what the owner of a voicemail taps in a text. A browser gets a page with a player; whatever does not ask
 * for HTML (a player, curl) gets the WAV.
 */
export function registerLinkPage(app: Api, { store, clock, makeMp3 }: ApiOptions): void {
  const { db, keys, dataFolder } = store
  const params = z.object({ token: z.string().max(128) })
  const open = { config: { need: 'public' as const }, schema: { hide: true, params } }

  async function find(token: string): Promise<RecordingRow> {
    const look = await findLink(db, keys, token, new Date(clock.wall()))
    switch (look.kind) {
      case 'unknown':
        throw new Problem('not_found', 'There is no such link. Check that it was copied whole.')
      case 'expired':
        throw new Problem('link_expired', `This link worked until ${look.link.expiresAt.toISOString()}.`)
      case 'revoked':
        throw new Problem('link_expired', 'This link was revoked.')
      case 'valid': {
        const recording = await getRecording(db, look.link.recordingId)
        if (recording === undefined) throw new Problem('not_found', 'The recording was deleted.')
        return recording
      }
    }
  }

  app.get('/r/:token', open, async (request, reply) => {
    reply.header('Vary', 'Accept').header('X-Robots-Tag', 'noindex')
    if (!wantsPage(request)) return sendAudio(request, reply, await find(request.params.token), dataFolder)
    try {
      const recording = await find(request.params.token)
      const voicemail = await voicemailOfRecording(db, recording.id)
      const from = voicemail === undefined ? 'a caller' : describeAddress(voicemail.from)
      return sendPage(reply, 200, `Message from ${from}`, player(request.params.token, recording))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return sendPage(reply, error.status, 'This message cannot be played', `<p>${escapeHtml(error.message)}</p>`)
    }
  })

  app.get('/r/:token/audio', open, async (request, reply) =>
    sendAudio(request, reply.header('X-Robots-Tag', 'noindex'), await find(request.params.token), dataFolder),
  )

  // What programs are given: they look at the end of the name.
  for (const format of ['wav', 'mp3'] as const)
    app.get(`/r/:token/recording.${format}`, open, async (request, reply) => {
      const recording = await find(request.params.token)
      if (format === 'mp3') await makeMp3(recording)
      return sendAudio(request, reply.header('X-Robots-Tag', 'noindex'), recording, dataFolder, format)
    })
}

const wantsPage = (request: FastifyRequest): boolean =>
  request.headers.range === undefined && (request.headers.accept ?? '').includes('text/html')

function player(token: string, recording: RecordingRow): string {
  // As the player beside it counts: 17.9 seconds are 0:17.
  const seconds = Math.max(1, Math.floor(recording.ms / 1000))
  const at = recording.createdAt.toISOString()
  const source = `/r/${encodeURIComponent(token)}/audio`
  return `<p><time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC</time>, ${seconds} ${seconds === 1 ? 'second' : 'seconds'}</p>
<audio controls preload="metadata" src="${source}"></audio>
<p><a href="${source}" download="${recording.id}.wav">Download the recording</a></p>`
}

function sendPage(reply: FastifyReply, status: number, title: string, html: string): FastifyReply {
  return reply
    .code(status)
    .header('Content-Security-Policy', pageSecurity)
    .header('Cache-Control', 'private, no-store')
    .type('text/html; charset=utf-8')
    .send(htmlPage(title, html))
}
