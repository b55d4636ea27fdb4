import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { elementsOf, readXml, textOf, type XmlElement } from '../../src/apps/document/xml.ts'
import type { Scope } from '../../src/base/scope.ts'
import { signPlivo } from '../../src/webhooks/sign/plivo.ts'

/** What the person at the far end of a call does. */
export interface Part {
  /** Pressed at each prompt for keys in turn; '' or none: nothing is pressed. */
  readonly keys?: readonly string[]
  /** WAV that each recording has in turn. */
  readonly says?: readonly Buffer[]
  /** Hangs up in the first recording. */
  readonly hangsUpRecording?: boolean
  /** What becomes of each dial in turn: seconds of talk, or a cause. */
  readonly dials?: readonly (number | string)[]
  /** A call that is placed is not answered, for this cause. */
  readonly refuses?: string
  /** Every request is posted twice, the second time at once. */
  readonly twice?: boolean
}

/** A call as the person and the company saw it. */
export interface Played {
  readonly session: string
  /** Texts, and files as octets. */
  readonly heard: (string | Buffer)[]
  /** Every document, in order. */
  readonly documents: string[]
  /** Attributes of each Dial, with the numbers. */
  readonly dialled: Readonly<Record<string, string>>[]
  readonly pressed: string[]
  /** `rejected`: it was never picked up. */
  readonly end: 'rejected' | 'hung up' | 'refused'
}

export interface PlacedCall {
  readonly fields: Readonly<Record<string, string>>
  readonly played: Promise<Played>
}

interface Leg {
  readonly session: string
  readonly from: string
  readonly to: string
  readonly outbound: boolean
  readonly request: string
  /** Where it asks first, and where the end is told. */
  readonly url: string
  readonly overUrl: string
  readonly part: Part
  readonly played: Played & { end: Played['end'] }
  answered: boolean
  keys: number
  dials: number
  said: number
  /** What goes with the end. */
  last: Record<string, string>
}

type Next = { readonly url: string; readonly fields: Record<string, string> } | 'on' | 'over' | 'gone'

/**
 * Africa's Talking or Plivo as documents see them: takes requests to call, asks the URLs of this service what to do, does it for a person
 * with a part, and tells the end. Nothing takes the time that it would; what is played is fetched.
 */
export class VoiceCompany {
  readonly url: string
  /** Calls that were asked of it, with what came of them. */
  readonly placed: PlacedCall[] = []
  /** Of whoever is called next. */
  part: Part = {}
  /** What requests to call are refused with. */
  refusal: { readonly status: number; readonly body: object } | undefined
  /** Other requests, as `DELETE Call/…/`. */
  readonly asked: string[] = []
  readonly #recordings = new Map<string, Buffer>()
  readonly #options: VoiceCompanyOptions

  private constructor(url: string, options: VoiceCompanyOptions) {
    this.url = url
    this.#options = options
  }

  static async start(scope: Scope, options: VoiceCompanyOptions): Promise<VoiceCompany> {
    const server = createServer(async (request, response) => {
      const { status, body } = company.#answer(request, await bodyOf(request))
      const isJson = !Buffer.isBuffer(body)
      response.writeHead(status, { 'content-type': isJson ? 'application/json' : 'audio/wav' })
      response.end(isJson ? JSON.stringify(body) : body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const company = new VoiceCompany(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, options)
    scope.add('voice company', () => {
      server.closeAllConnections()
      server.close()
    })
    return company
  }

  /** Somebody calls a number of ours. */
  callIn(from: string, to: string, part: Part = {}): Promise<Played> {
    const url = this.#options.callback()
    return this.#run(this.#leg({ from, to, part, url, overUrl: url, outbound: false, request: '' }))
  }

  #leg(of: Pick<Leg, 'from' | 'to' | 'part' | 'url' | 'overUrl' | 'outbound' | 'request'>): Leg {
    const session = `ses-${randomBytes(6).toString('hex')}`
    const played: Leg['played'] = { session, heard: [], documents: [], dialled: [], pressed: [], end: 'hung up' }
    return { ...of, session, played, answered: of.outbound, keys: 0, dials: 0, said: 0, last: {} }
  }

  #answer(request: IncomingMessage, text: string): { status: number; body: object | Buffer } {
    const { method = '', url = '' } = request
    const recording = this.#recordings.get(url)
    if (recording !== undefined) return { status: 200, body: recording }
    const path = url.replace(/^\/v1\/Account\/[^/]+\//, '')
    if (method === 'POST' && (path === '/call' || path === 'Call/')) return this.#place(text)
    this.asked.push(`${method} ${path}`)
    return { status: method === 'DELETE' ? 204 : 202, body: {} }
  }

  #place(text: string): { status: number; body: object } {
    if (this.refusal !== undefined) return this.refusal
    const at = this.#options.kind === 'africastalking'
    const fields = at
      ? Object.fromEntries(new URLSearchParams(text))
      : (JSON.parse(text) as Readonly<Record<string, string>>)
    const { from = '', to = '', clientRequestId: request = '' } = fields
    const url = at ? this.#options.callback() : (fields.answer_url ?? '')
    const overUrl = at ? url : (fields.hangup_url ?? '')
    const leg = this.#leg({ from, to, part: this.part, url, overUrl, outbound: true, request })
    this.placed.push({ fields, played: this.#call(leg, at ? undefined : fields.ring_url) })
    return at
      ? {
          status: 201,
          body: { entries: [{ phoneNumber: to, status: 'Queued', sessionId: leg.session }], errorMessage: 'None' },
        }
      : { status: 201, body: { message: 'call fired', request_uuid: leg.session, api_id: 'x' } }
  }

  async #call(leg: Leg, ringUrl: string | undefined): Promise<Played> {
    if (ringUrl !== undefined) await this.#post(leg, ringUrl, { CallStatus: 'ringing' })
    const { refuses } = leg.part
    if (refuses === undefined) return await this.#run(leg)
    leg.played.end = 'refused'
    await this.#tellEnd(leg, 0, refuses)
    return leg.played
  }

  async #run(leg: Leg): Promise<Played> {
    let next: Next = { url: leg.url, fields: {} }
    for (let round = 0; typeof next === 'object'; round++) {
      if (round > 200) throw new Error(`documents without an end:\n${leg.played.documents.slice(-3).join('\n')}`)
      const document = await this.#post(leg, next.url, next.fields)
      if (document === '') throw new Error('an empty document')
      leg.played.documents.push(document)
      const root = readXml(document)
      next = 'on'
      for (const element of elementsOf(root)) {
        next = await this.#do(leg, element)
        if (next !== 'on') break
      }
    }
    if (leg.played.end !== 'rejected') await this.#tellEnd(leg, leg.answered ? 4 : 0, 'NORMAL_CLEARING')
    else await this.#tellEnd(leg, 0, 'CALL_REJECTED')
    return leg.played
  }

  async #do(leg: Leg, element: XmlElement): Promise<Next> {
    const { name, attributes } = element
    const { part, played } = leg
    if (name === 'Reject' || (name === 'Hangup' && !leg.answered)) {
      played.end = 'rejected'
      return 'over'
    }
    leg.answered = true
    switch (name) {
      case 'Say':
      case 'Speak':
        played.heard.push(textOf(element))
        return 'on'
      case 'Play': {
        const url = attributes.url ?? textOf(element)
        const reply = await fetch(url)
        if (!reply.ok) throw new Error(`${url} was answered ${reply.status}`)
        const sound = Buffer.from(await reply.arrayBuffer())
        // As long as it would take, scaled down: who waits in circles is not to spin.
        if (/silence-/.test(url)) await new Promise((resolve) => setTimeout(resolve, 20))
        else played.heard.push(sound)
        return 'on'
      }
      case 'Wait':
        await new Promise((resolve) => setTimeout(resolve, 20))
        return 'on'
      case 'GetDigits': {
        for (const child of elementsOf(element)) await this.#do(leg, child)
        const typed = part.keys?.[leg.keys++] ?? ''
        if (typed === '') return 'on'
        played.pressed.push(typed)
        const finish = attributes.finishOnKey ?? '#'
        const digits = typed.split(finish)[0]!.slice(0, Number(attributes.numDigits ?? 99))
        return {
          url: attributes.callbackUrl ?? attributes.action ?? '',
          fields: { dtmfDigits: digits, Digits: digits },
        }
      }
      case 'Record': {
        const audio = part.says?.[leg.said++]
        if (audio === undefined) return 'on'
        const path = `/recording/${leg.session}/${leg.said}.wav`
        this.#recordings.set(path, audio)
        const url = `${this.url}${path}`
        leg.last = { recordingUrl: url }
        if (part.hangsUpRecording === true) return 'gone'
        return {
          url: attributes.callbackUrl ?? attributes.action ?? '',
          fields: { recordingUrl: url, RecordUrl: url, Digits: '#', RecordingDurationMs: '1000' },
        }
      }
      case 'Dial':
        return this.#dial(leg, element)
      case 'DTMF':
        played.heard.push(`keys ${textOf(element)}`)
        return 'on'
      case 'Redirect':
        return { url: textOf(element), fields: {} }
      case 'Hangup':
        return 'over'
      default:
        throw new Error(`there is no element ${name}`)
    }
  }

  #dial(leg: Leg, element: XmlElement): Next {
    const { attributes } = element
    const numbers = attributes.phoneNumbers ?? elementsOf(element).map(textOf).join(',')
    leg.played.dialled.push({ ...attributes, numbers })
    const outcome = leg.part.dials?.[leg.dials++] ?? 'no-answer'
    const [first = ''] = numbers.split(',')
    if (this.#options.kind === 'africastalking') {
      if (typeof outcome === 'string') return 'on'
      leg.last = { dialDestinationNumber: first, dialDurationInSeconds: String(outcome) }
      return 'over'
    }
    const fields = {
      DialStatus: typeof outcome === 'number' ? 'completed' : outcome,
      DialBLegTo: first.replace('+', ''),
    }
    return {
      url: attributes.action ?? '',
      fields: { ...fields, ...(typeof outcome === 'number' ? { DialBLegDuration: String(outcome) } : {}) },
    }
  }

  async #tellEnd(leg: Leg, seconds: number, cause: string): Promise<void> {
    if (this.#options.kind === 'africastalking')
      await this.#post(leg, leg.overUrl, {
        ...{ isActive: '0', durationInSeconds: String(seconds), hangupCause: cause, status: 'Success' },
        ...{ currencyCode: 'KES', amount: '0.58', ...leg.last },
      })
    else
      await this.#post(leg, leg.overUrl, {
        ...{ Event: 'Hangup', Duration: String(seconds), HangupCauseName: cause },
        CallStatus: seconds === 0 && leg.outbound ? cause : 'completed',
      })
  }

  async #post(leg: Leg, url: string, more: Record<string, string>): Promise<string> {
    const { from, to, session, outbound, request } = leg
    const at = this.#options.kind === 'africastalking'
    // It names its own number first where it calls.
    const fields: Record<string, string> = at
      ? {
          ...{ isActive: '1', sessionId: session, direction: outbound ? 'Outbound' : 'Inbound' },
          ...{ callerNumber: outbound ? to : from, destinationNumber: outbound ? from : to, callerCountryCode: '254' },
          ...(request === '' ? {} : { clientRequestId: request }),
          ...more,
        }
      : {
          ...{ CallUUID: session, From: from.replace('+', ''), To: to.replace('+', '') },
          ...{ CallStatus: leg.answered ? 'in-progress' : 'ringing', Direction: outbound ? 'outbound' : 'inbound' },
          ...more,
        }
    const once = async (): Promise<string> => {
      const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
      const nonce = String(Math.floor(Math.random() * 1e15))
      const signed = { method: 'POST' as const, url, params: Object.entries(fields), nonce }
      const signature = at ? {} : signPlivo(signed, this.#options.token ?? '')
      const reply = await fetch(url, {
        method: 'POST',
        headers: { ...headers, ...signature },
        body: new URLSearchParams(fields).toString(),
      })
      const text = await reply.text()
      if (reply.status !== 200) throw new Error(`${url} was answered ${reply.status}: ${text}`)
      return text
    }
    if (leg.part.twice !== true) return await once()
    const [first, second] = await Promise.all([once(), once()])
    // Of an end that was told already nothing is known any more.
    if (more.isActive !== '0' && more.Event !== 'Hangup' && first !== second)
      throw new Error(`one request had two answers:\n${first}\n${second}`)
    return first
  }
}

export interface VoiceCompanyOptions {
  readonly kind: 'africastalking' | 'plivo'
  /** Set for its numbers; read when it is needed. */
  readonly callback: () => string
  /** Of the account; Plivo signs with it. */
  readonly token?: string
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
