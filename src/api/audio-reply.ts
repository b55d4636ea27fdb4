import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../phone/problem.ts'
import type { RecordingRow } from '../store/recordings.ts'
import { mp3Path } from '../store/store.ts'
import { readRange } from './range.ts'

/** Sends the WAV of a recording, or its MP3 that was made before, whole or the part that was asked for. @throws Problem `not_found`, `range_not_satisfiable` */
export async function sendAudio(
  request: FastifyRequest,
  reply: FastifyReply,
  recording: RecordingRow,
  dataFolder: string,
  format: 'wav' | 'mp3' = 'wav',
): Promise<FastifyReply> {
  if (recording.state === 'lost') throw new Problem('not_found', `The audio of ${recording.id} was lost in a crash.`)
  const path = join(dataFolder, recording.path)
  const file = await openAudio(format === 'wav' ? path : mp3Path(path), recording.id)
  let handedOn = false
  try {
    const { size, mtime } = await file.stat()
    // A finished recording never changes; one in progress grows, and its length is part of its tag.
    const etag = `"${recording.id}-${format}-${size}"`
    const ifRange = request.headers['if-range']
    const range =
      ifRange === undefined || ifRange === etag ? readRange(request.headers.range, size) : readRange(undefined, size)
    reply
      .header('Accept-Ranges', 'bytes')
      .header('ETag', etag)
      .header('Last-Modified', mtime.toUTCString())
      .header('Cache-Control', 'private, no-cache')
      .header('Content-Disposition', `inline; filename="${recording.id}.${format}"`)
      .type(format === 'wav' ? 'audio/wav' : 'audio/mpeg')
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    if (range.kind === 'unsatisfiable') {
      reply.header('Content-Range', `bytes */${size}`).removeHeader('Content-Disposition')
      throw new Problem('range_not_satisfiable', `The file has ${size} bytes.`)
    }
    const [first, last] = range.kind === 'part' ? [range.first, range.last] : [0, size - 1]
    if (range.kind === 'part') reply.code(206).header('Content-Range', `bytes ${first}-${last}/${size}`)
    reply.header('Content-Length', last - first + 1)
    // A stream, as of a text Fastify would count the length anew: HEAD has that of the GET (RFC 9110 §8.6).
    if (request.method === 'HEAD' || size === 0) return reply.send(Readable.from([]))
    handedOn = true
    // The stream closes the file, also when the client goes away.
    return reply.send(file.createReadStream({ start: first, end: last }))
  } finally {
    if (!handedOn) await file.close()
  }
}

async function openAudio(path: string, id: string) {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Problem('not_found', `The audio file of ${id} is gone.`)
  }
}
