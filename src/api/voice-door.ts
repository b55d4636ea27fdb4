import { createReadStream } from 'node:fs'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Problem } from '../phone/problem.ts'
import { noticeOf } from './compat/africas-talking/communicate.ts'
import { sayDocument } from './compat/africas-talking/xml.ts'
import type { Api, ApiOptions } from './options.ts'
import type { VoiceDoor, VoicePost } from './ports.ts'

const params = z.object({ '*': z.string().max(500) })
const audioParams = z.object({ name: z.string().max(80) })
const value = z.union([z.string(), z.number(), z.boolean(), z.null()]).transform((each) => String(each ?? ''))
const posted = z.record(z.string(), value)
/** Of the longest that a company sends, a URL. */
const longest = 4096

/** Where companies that carry calls ask what to do with them, and fetch what is to be heard. */
export async function registerVoiceDoor(app: Api, options: ApiOptions, door: VoiceDoor): Promise<void> {
  const { log, publicUrl, gatewayDesk, country } = options
  await app.register(async (instance) => {
    const scoped = instance as Api
    const form = { parseAs: 'string' as const }
    scoped.addContentTypeParser('application/x-www-form-urlencoded', form, (_request, text, done) =>
      done(null, new URLSearchParams(String(text))),
    )
    const config = { need: 'public' as const }
    scoped.post('/voice/*', { config, schema: { hide: true, params } }, async (request, reply) => {
      const post = postOf(request, request.params['*'], publicUrl())
      const { carrier } = post
      const taken = await door.take(post)
      switch (taken.kind) {
        case 'document':
          return reply.type('application/xml; charset=utf-8').send(taken.xml)
        case 'unknown': {
          // A call that speaks a message is of this company as well, and may come from the same number.
          const speaks = carrier === 'africastalking' ? gatewayDesk : undefined
          const spoken = await speaks?.voice(noticeOf(post.fields, country))
          return reply.type('application/xml; charset=utf-8').send(sayDocument(spoken))
        }
        case 'not_allowed':
          // The same as for paths that there are not, so that nobody learns which secrets are near.
          log.warn({ carrier }, 'something was asked in the name of a carrier without its secret or signature')
          throw new Problem('not_found', 'There is no such path.')
        case 'not_understood':
          log.warn({ carrier }, 'a carrier asked about a call, and it is not understood')
          throw new Problem('invalid_request', 'This is no request about a call.')
      }
    })

    const schema = { hide: true, params: audioParams }
    scoped.get('/voice/audio/:name', { config, schema }, async (request, reply) => {
      const offered = door.audio(request.params.name.replace(/\.wav$/, ''))
      if (offered === undefined) throw new Problem('not_found', 'There is no such path.')
      reply.type('audio/wav')
      switch (offered.kind) {
        case 'bytes':
          return reply.send(Buffer.from(offered.bytes))
        case 'file':
          return reply.send(createReadStream(offered.path))
      }
    })
  })
}

function postOf(request: FastifyRequest, rest: string, base: string): VoicePost {
  const { body, headers } = request
  const pairs = body instanceof URLSearchParams ? [...body] : []
  const read = posted.safeParse(body instanceof URLSearchParams ? Object.fromEntries(body) : (body ?? {}))
  const [carrier = '', ...path] = rest.split('/')
  return {
    ...{ carrier, path, pairs, fields: read.success && isFit(read.data) ? read.data : {} },
    // As the company was told it: signatures are made of it.
    url: `${base}${request.url}`,
    header: (name) => [headers[name]].flat()[0],
  }
}

const isFit = (fields: Readonly<Record<string, string>>): boolean =>
  Object.values(fields).every((one) => one.length <= longest && !/\p{Cc}|\p{Cs}/u.test(one))
