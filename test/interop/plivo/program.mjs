// A customer's program as it would be written for the other service: nothing in it knows of this one. Credentials come from
// PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN, which the client reads itself. Commands come in as lines of JSON, results go out so.
import { writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import plivo from 'plivo'
import { Axios } from 'plivo/dist/rest/axios.js'
import { camelCaseRequestWrapper } from 'plivo/dist/rest/utils.js'

const authId = process.env.PLIVO_AUTH_ID
const token = process.env.PLIVO_AUTH_TOKEN
const options = { proxy: process.env.HTTPS_PROXY_URL, timeout: 20_000 }
const client = new plivo.Client(undefined, undefined, options)
/** What the client asks by, for number groups, which have lost their own functions in it. */
const ask = camelCaseRequestWrapper(
  Axios({ authId, authToken: token, version: 'v1', url: `https://api.plivo.com/v1/Account/${authId}`, ...options }),
)
/** Not on standard output, where the client writes words of its own. */
const say = (line) => writeSync(3, `${JSON.stringify(line)}\n`)

let base = ''
/** Whom the forwarder of a user is for. */
let user = { sip: '', mobile: '', callerId: '', voicemailNumber: '' }
const url = (path) => `${base}${path}`
/** Documents by path, made with the client's own builder. */
const documents = {
  '/answer': () => {
    const response = plivo.Response()
    response.addSpeak('Please wait while we are forwarding your call')
    response.addDial({ callerName: 'Forwarder' }).addUser(user.sip)
    response.addDial({ callerId: user.callerId }).addNumber(user.mobile)
    response.addSpeak(
      "The number you're trying is not reachable at the moment. You are being redirected to the voice mail",
    )
    response
      .addDial({ callerId: user.callerId, action: url('/voice_mail'), method: 'GET' })
      .addNumber(user.voicemailNumber)
    return response
  },
  '/voicemail': () => {
    const response = plivo.Response()
    response.addSpeak('Please leave your message after the beep')
    response.addRecord({ action: url('/message'), method: 'GET' })
    response.addSpeak('Thank you, your message has been recorded')
    response.addHangup()
    return response
  },
  '/message': ({ RecordUrl: recorded }) => {
    client.messages.create({ src: user.callerId, dst: user.mobile, text: `New voice mail: ${recorded}` }).then(
      () => say({ asked: 'text sent', method: '', v2: true, v3: true, params: {} }),
      (error) => say({ asked: 'text failed', method: '', v2: false, v3: false, params: { error: String(error) } }),
    )
    return plivo.Response()
  },
  '/voice_mail': () => plivo.Response(),
  '/room': () => {
    const response = plivo.Response()
    response.addConference('weekly', {
      callbackUrl: url('/room-event'),
      action: url('/left-room'),
      record: true,
      recordFileFormat: 'wav',
      enterSound: '',
      digitsMatch: '12',
    })
    return response
  },
  '/left-room': () => {
    const response = plivo.Response()
    response.addSpeak('You left')
    return response
  },
  '/outbound': () => {
    const response = plivo.Response()
    response.addSpeak('Please leave your message after the beep')
    response.addRecord({ action: url('/recorded'), method: 'GET', finishOnKey: '#', fileFormat: 'wav' })
    return response
  },
  '/recorded': () => {
    const response = plivo.Response()
    response.addHangup()
    return response
  },
  '/forward': () => {
    const response = plivo.Response()
    response.addSpeak('One moment')
    response.addWait({ length: '60' })
    return response
  },
  '/moved': () => {
    const response = plivo.Response()
    response.addSpeak('You were moved')
    response.addHangup()
    return response
  },
}

const server = createServer((request, reply) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    const at = new URL(request.url, base)
    const post = Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString('utf8')))
    const { headers, method } = request
    const v3 = plivo.validateV3Signature(
      method,
      method === 'GET' ? url(request.url) : url(at.pathname),
      headers['x-plivo-signature-v3-nonce'],
      token,
      headers['x-plivo-signature-v3'],
      method === 'GET' ? {} : post,
    )
    const v2 = plivo.validateSignature(
      url(at.pathname),
      headers['x-plivo-signature-v2-nonce'],
      headers['x-plivo-signature-v2'],
      token,
    )
    const params = method === 'GET' ? Object.fromEntries(at.searchParams) : post
    say({ asked: at.pathname, method, v2, v3, params })
    const document = documents[at.pathname]
    if (document === undefined) reply.writeHead(200).end()
    else reply.writeHead(200, { 'content-type': 'application/xml' }).end(document(params).toXML())
  })
})

/** Each gives what the test asks of it. */
const commands = {
  /** Any function of the client, such as `conferences.deafMember`. Lists have their `meta` beside them. */
  async use({ what, args = [] }) {
    const [resource, name] = what.split('.')
    const result = await client[resource][name](...args)
    return Array.isArray(result) ? { objects: result, meta: result.meta } : result
  },
  async setUp() {
    const offered = await client.numbers.search('US', { type: 'local' })
    const made = await client.applications.create('Forwarder', {
      answerUrl: url('/forward'),
      hangupUrl: url('/hangup'),
      messageUrl: url('/text-in'),
    })
    const bought = await client.numbers.buy(offered[0].number, made.appId)
    return {
      number: offered[0].number,
      bought: bought.numbers,
      application: await client.applications.get(made.appId),
      numbers: (await client.numbers.list()).map(({ number }) => number),
    }
  },
  /** As the forwarder's own installation: an application and a number of a group for each of its two handlers. */
  async forwarder({ sip, mobile }) {
    const rent = async (name, path) => {
      const { appId } = await client.applications.create(name, { answerUrl: url(path), answerMethod: 'GET' })
      const groups = await ask('GET', 'AvailableNumberGroup/', { countryIso: 'US', region: 'california' })
      const { groupId } = groups.body.objects[0]
      const rented = await ask('POST', `AvailableNumberGroup/${groupId}/`, { appId })
      return rented.body.numbers[0].number
    }
    const voicemailNumber = await rent('voicemail', '/voicemail')
    const callerId = await rent('forward', '/answer')
    user = { sip, mobile, callerId, voicemailNumber }
    return user
  },
  async room() {
    const { appId } = await client.applications.create('Room', { answerUrl: url('/room') })
    const [{ number }] = await client.numbers.search('US')
    return client.numbers.buy(number, appId)
  },
  conference: ({ name }) => client.conferences.get(name),
  mute: ({ name, member }) => client.conferences.muteMember(name, member),
  kick: ({ name, member }) => client.conferences.kickMember(name, member),
  endConference: ({ name }) => client.conferences.hangup(name),
  call: ({ from, to }) =>
    client.calls.create(from, to, url('/outbound'), { ringUrl: url('/ring'), hangupUrl: url('/hangup') }),
  live: async ({ id }) => ({
    ids: (await client.calls.listLiveCalls()).map(({ callUuid }) => callUuid),
    one: await client.calls.getLiveCall(id),
  }),
  transfer: ({ id }) => client.calls.transfer(id, { legs: 'aleg', alegUrl: url('/moved'), alegMethod: 'GET' }),
  say: ({ id, text }) => client.calls.speakText(id, text),
  press: ({ id, digits }) => client.calls.sendDigits(id, digits),
  record: ({ id }) => client.calls.record(id, { fileFormat: 'wav', callbackUrl: url('/recording') }),
  stopRecording: ({ id }) => client.calls.stopRecording(id),
  hangUp: ({ id }) => client.calls.hangup(id),
  details: ({ id }) => client.calls.get(id),
  calls: (filter) => client.calls.list(filter),
  text: ({ from, to, body }) => client.messages.create({ src: from, dst: to, text: body, url: url('/text-state') }),
  textDetails: ({ id }) => client.messages.get(id),
  recordings: ({ call }) => client.recordings.list({ callUuid: call }),
  async fetchRecording({ id }) {
    const { recordingUrl, ...recording } = await client.recordings.get(id)
    const audio = Buffer.from(await (await fetch(recordingUrl)).arrayBuffer())
    return { ...recording, audio: audio.toString('base64') }
  },
  async deleteRecording({ id }) {
    await client.recordings.delete(id)
    return client.recordings.get(id).then(
      () => 'still there',
      (error) => error.status,
    )
  },
  async endpoint() {
    const made = await client.endpoints.create('ann', 'correct-horse', 'Ann')
    return { made, got: await client.endpoints.get(made.endpointId) }
  },
  wrongNumber: () =>
    client.calls.get('call_no').then(
      () => 'found',
      (error) => error.status,
    ),
}

server.listen(0, '127.0.0.1', () => {
  base = `http://127.0.0.1:${server.address().port}`
  say({ ready: base })
})
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, command, with: given } = JSON.parse(line)
  Promise.resolve(commands[command](given ?? {})).then(
    (result) => say({ id, result: JSON.parse(JSON.stringify(result ?? null)) }),
    (error) => say({ id, error: String(error?.stack ?? error), said: error?.response?.data }),
  )
})
