import { readNumber } from '../../../phone/address.ts'
import type { Api, ApiOptions } from '../../options.ts'
import type { GatewayDesk, VoiceNotice } from '../../ports.ts'
import { refusal } from '../../validation.ts'
import { type Posted, phoneOf, postedOf, wanted } from './door.ts'
import { sayDocument } from './xml.ts'

const longestMessage = 1600
const longest = 256

/**
 * One path for two: a program has a message sent to somebody, and a gateway asks what is to be spoken in a call. What has a
 * session is of a call, and never sends anything.
 */
export function registerCommunicate(
  app: Api,
  { country, voiceDoor }: Pick<ApiOptions, 'country' | 'voiceDoor'>,
  desk: GatewayDesk,
): void {
  app.post('/communicate', { config: { need: 'public' }, schema: { hide: true } }, async (request, reply) => {
    const posted = postedOf(request)
    if ((posted.sessionId ?? '') !== '' || posted.isActive !== undefined) {
      const notice = noticeOf(posted, country)
      const driven = await voiceDoor?.ofCall('africastalking', posted)
      const document = driven ?? sayDocument(await desk.voice(notice))
      return reply.type('application/xml; charset=utf-8').send(document)
    }
    const { to, message } = wanted(posted, ['to', 'message'])
    if (message.length > longestMessage || message.includes('\0'))
      throw refusal([{ field: '/message', sentence: `takes at most ${longestMessage} characters, none of them NUL` }])
    const number = readNumber(phoneOf(to, country), country)
    if (number === undefined) throw refusal([{ field: '/to', sentence: 'takes a number such as +254722000000' }])
    return reply.code(201).send(await desk.communicate(number, message))
  })
}

/** @throws Problem that names the field */
export function noticeOf(posted: Posted, country: string | undefined): VoiceNotice {
  const { sessionId } = wanted(posted, ['sessionId'])
  const { clientRequestId = '', isActive = '1', callerNumber = '', destinationNumber = '', hangupCause = '' } = posted
  for (const [name, given] of Object.entries({ sessionId, clientRequestId, callerNumber, destinationNumber })) {
    if (given.length > longest || /\p{Cc}|\p{Cs}/u.test(given))
      throw refusal([{ field: `/${name}`, sentence: `takes at most ${longest} characters, no control characters` }])
  }
  const seconds = Number(posted.durationInSeconds)
  return {
    session: sessionId,
    active: isActive !== '0' && isActive.toLowerCase() !== 'false',
    // Samples of the documentation have the called one in either field.
    parties: [destinationNumber, callerNumber].filter((who) => who !== '').map((who) => phoneOf(who, country)),
    ...(clientRequestId === '' ? {} : { request: clientRequestId }),
    ...(posted.durationInSeconds === undefined || !Number.isFinite(seconds) ? {} : { seconds }),
    ...(hangupCause === '' ? {} : { cause: hangupCause.replace(/[^\w -]/g, '').slice(0, 64) }),
  }
}
