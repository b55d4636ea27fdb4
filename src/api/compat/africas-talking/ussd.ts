import { gatewayText, readServiceCode } from '../../../phone/ussd.ts'
import type { Api } from '../../options.ts'
import type { UssdAnswers } from '../../ports.ts'
import { refusal } from '../../validation.ts'
import { phoneOf, postedOf, wanted } from './door.ts'

/** Longer ids and texts than any gateway sends. */
const longest = 256
const longestText = 2000

/** A subscriber dialled a service code, or typed something: answered with the next screen. */
export function registerUssd(app: Api, country: string | undefined, ussd: UssdAnswers): void {
  app.post('/ussd', { config: { need: 'public' }, schema: { hide: true } }, async (request, reply) => {
    const posted = postedOf(request)
    const { sessionId, serviceCode, phoneNumber } = wanted(posted, ['sessionId', 'serviceCode', 'phoneNumber'])
    const { text = '', networkCode = '' } = posted
    const code = readServiceCode(serviceCode)
    if (code === undefined)
      throw refusal([{ field: '/serviceCode', sentence: 'takes a service code such as *384*303#' }])
    for (const [name, given, most] of [
      ['sessionId', sessionId, longest],
      ['phoneNumber', phoneNumber, longest],
      ['networkCode', networkCode, longest],
      ['text', text, longestText],
    ] as const) {
      if (given.length > most || /\p{Cc}|\p{Cs}/u.test(given))
        throw refusal([
          { field: `/${name}`, sentence: `takes at most ${most} characters, none of them a control character` },
        ])
    }
    const answer = await ussd.answer({
      ...{ session: sessionId, code, phone: phoneOf(phoneNumber, country), text },
      ...(networkCode === '' ? {} : { network: networkCode }),
    })
    return reply.type('text/plain; charset=utf-8').send(gatewayText(answer))
  })
}
