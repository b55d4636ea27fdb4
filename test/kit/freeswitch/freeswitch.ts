import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import type { Scope } from '../../../src/base/scope.ts'
import { startMediaPlane } from '../../../src/media/index.ts'
import type { MediaPlane } from '../../../src/media/plane.ts'
import type { NameAddr } from '../../../src/sip/message/message.ts'
import { parseUri } from '../../../src/sip/message/uri.ts'
import { openTransports } from '../../../src/sip/transport/transports.ts'
import type { ServerSession } from '../../../src/sip/user-agent/session.ts'
import { startUserAgent } from '../../../src/sip/user-agent/start.ts'
import type { UserAgent } from '../../../src/sip/user-agent/user-agent.ts'
import { Channel, type ChannelNews } from './channel.ts'
import { type EslAnswer, type EslCommand, EslPeer, openEslServer } from './esl-server.ts'

export const password = 'not-ClueCon'

const gone = '-ERR No such channel!\n'

/**
 * Stands in for a FreeSWITCH, which has no package here: it speaks the event socket as the documents of FreeSWITCH say, and keeps channels
 * whose SIP and RTP are real. What FreeSWITCH does otherwise than it is written, nobody finds out by it.
 */
export class ScriptedFreeSwitch {
  readonly #scope: Scope
  readonly #plane: MediaPlane
  readonly #channels = new Map<string, Channel>()
  readonly #listeners = new Map<EslPeer, ReadonlySet<string>>()
  /** Who has registered, and where. */
  readonly #contacts = new Map<string, string>()
  /** Connections to the service, by their channels. */
  readonly #sockets = new Map<string, EslPeer>()
  /** What each `originate` waits for. */
  readonly #outcomes = new Map<Channel, (text: string) => void>()
  #ua: UserAgent | undefined
  #sipPort = 0
  #eslPort = 0
  /** Where `socket` of its dialplan leads to. */
  socketPort = 0
  /** Set by its dialplan on every call that comes in. */
  variables: Readonly<Record<string, string>> = {}

  private constructor(scope: Scope, plane: MediaPlane) {
    this.#scope = scope
    this.#plane = plane
  }

  /** @param rtpPorts of its own */
  static async start(
    parent: Scope,
    rtpPorts: { readonly from: number; readonly to: number },
  ): Promise<ScriptedFreeSwitch> {
    const scope = parent.child('freeswitch')
    const [clock, log] = [systemClock, silentLogger]
    const plane = await startMediaPlane({ scope, log, rtpPorts, workers: 1 })
    const self = new ScriptedFreeSwitch(scope, plane)
    const transports = await openTransports({ address: '127.0.0.1', port: 0, clock, scope, log })
    const port = transports.all[0]?.localPort ?? 0
    self.#sipPort = port
    self.#ua = startUserAgent({
      ...{ transports, clock, scope, log, name: 'Scripted FreeSWITCH' },
      advertise: () => ({ host: '127.0.0.1', port }),
      handlers: {
        register: (incoming) => {
          const { uri } = incoming.request.to
          const [, contact] = /<([^>]+)>/.exec(incoming.request.headers.get('Contact') ?? '') ?? []
          if ('user' in uri && uri.user !== undefined && contact !== undefined) self.#contacts.set(uri.user, contact)
          incoming.reply(200)
        },
        invite: (session) => self.#comesIn(session),
      },
    })
    self.#eslPort = await openEslServer({
      ...{ scope, password },
      onPeer: (peer) => self.#listeners.set(peer, new Set()),
      onGone: (peer) => self.#listeners.delete(peer),
      onCommand: (peer, command) => self.#command(peer, command),
    })
    return self
  }

  get sipPort(): number {
    return this.#sipPort
  }

  get eslPort(): number {
    return this.#eslPort
  }

  /** Ids of its channels. */
  get channels(): readonly string[] {
    return [...this.#channels.keys()]
  }

  async #comesIn(session: ServerSession): Promise<void> {
    const { request, remote } = session
    const channel = await Channel.open(this, this.#plane, {
      id: randomUUID(),
      way: 'in',
      number: 'user' in remote.uri ? (remote.uri.user ?? '') : '',
      name: remote.displayName ?? '',
      called: 'user' in request.uri ? (request.uri.user ?? '') : '',
    })
    channel.sdp = request.body.toString('utf8')
    channel.attach(session, session)
    this.#channels.set(channel.id, channel)
    // `socket 127.0.0.1:port async full`.
    const socket = connect(this.socketPort, '127.0.0.1')
    const peer = new EslPeer(socket, ({ verb, more }) => {
      switch (verb) {
        case 'connect':
          return { kind: 'reply', text: '+OK', more: this.#encoded(channel) }
        case 'resume':
          // What its dialplan has next.
          channel.kill('NORMAL_TEMPORARY_FAILURE')
          return { kind: 'reply', text: '+OK' }
        case 'sendmsg':
          return this.#execute(channel, more)
        default:
          return { kind: 'reply', text: '-ERR command not found' }
      }
    })
    this.#sockets.set(channel.id, peer)
    socket.on('close', () => {
      // Without `linger` or `resume` the channel ends with its socket, unless a bridge has taken it.
      if (channel.partner === undefined) channel.kill('NORMAL_CLEARING')
    })
  }

  #command(peer: EslPeer, { verb, rest, more }: EslCommand): EslAnswer {
    switch (verb) {
      case 'event':
        this.#listeners.set(peer, new Set(rest.split(' ').slice(1)))
        return { kind: 'reply', text: '+OK event listener enabled plain' }
      case 'api':
        return { kind: 'api', text: this.#api(rest) }
      case 'bgapi': {
        const id = more.get('job-uuid') ?? randomUUID()
        this.#background(rest)
          .catch((error: unknown) => `-ERR ${String(error)}\n`)
          .then((result) => this.#emit({ 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': id }, result))
          .catch(() => 'nobody is there to be told')
        return { kind: 'reply', text: `+OK Job-UUID: ${id}`, more: [`Job-UUID: ${id}`] }
      }
      case 'sendmsg': {
        const channel = this.#channels.get(rest)
        return channel === undefined ? { kind: 'reply', text: '-ERR invalid session id' } : this.#execute(channel, more)
      }
      default:
        return { kind: 'reply', text: '-ERR command not found' }
    }
  }

  #execute(channel: Channel, more: ReadonlyMap<string, string>): EslAnswer {
    if (more.get('execute-app-name') !== 'ring_ready') return { kind: 'reply', text: '-ERR unknown application' }
    channel.ring()
    return { kind: 'reply', text: '+OK' }
  }

  #api(command: string): string {
    const [name = '', id = ''] = command.split(' ')
    switch (name) {
      case 'version':
        return 'FreeSWITCH Version 1.10.0-scripted\n'
      case 'uptime':
        return '1\n'
      case 'uuid_exists':
        return String(this.#channels.has(id))
      case 'show': {
        const rows = [...this.#channels.values()].map(({ id: uuid, state }) => ({
          uuid,
          callstate: state === 'up' ? 'ACTIVE' : state === 'early' ? 'EARLY' : 'RINGING',
        }))
        return JSON.stringify({ row_count: rows.length, ...(rows.length === 0 ? {} : { rows }) })
      }
      default:
        return `-ERR ${name} command not found\n`
    }
  }

  async #background(command: string): Promise<string> {
    const [name = '', id = '', other = ''] = command.split(' ')
    if (name === 'originate') return this.#originate(command)
    const channel = this.#channels.get(id)
    if (channel === undefined) return gone
    switch (name) {
      case 'uuid_answer':
        channel.answer()
        return '+OK\n'
      case 'uuid_pre_answer':
        channel.preAnswer()
        return '+OK\n'
      case 'uuid_kill':
        channel.kill(other === '' ? 'NORMAL_CLEARING' : other)
        return '+OK\n'
      case 'uuid_bridge': {
        const second = this.#channels.get(other)
        if (second === undefined) return gone
        if (channel.state !== 'up' && second.state !== 'up') return '-ERR Neither channel is answered\n'
        channel.bridge(second)
        return `+OK ${other}\n`
      }
      case 'uuid_send_dtmf':
        await channel.stream.send(other.replace(/@.*$/, ''))
        return '+OK\n'
      default:
        return `-ERR ${name} command not found\n`
    }
  }

  /** Answers once the call is taken or sends early audio, or is refused. */
  async #originate(command: string): Promise<string> {
    const [, set = '', target = ''] = /^originate \{(.*)\}(\S+) &park\(\)$/.exec(command) ?? []
    const variables = new Map(
      [...set.matchAll(/([\w-]+)=(?:'([^']*)'|([^',]*))/g)].map(([, name = '', quoted, bare = '']) => [
        name,
        quoted ?? bare,
      ]),
    )
    const uri = this.#uriOf(target)
    if (uri === undefined) return '-ERR USER_NOT_REGISTERED\n'
    const number = variables.get('origination_caller_id_number') ?? '0000000000'
    const name = variables.get('origination_caller_id_name') ?? ''
    const headers = [...variables].flatMap(([key, value]) =>
      key.startsWith('sip_h_') ? [[key.slice('sip_h_'.length), value] as const] : [],
    )
    const channel = await Channel.open(this, this.#plane, {
      id: variables.get('origination_uuid') ?? randomUUID(),
      ...{ way: 'out', number, name, called: target },
    })
    this.#channels.set(channel.id, channel)
    this.#emit(this.#fieldsOf(channel, 'CHANNEL_CREATE'))
    const codec = variables.get('absolute_codec_string')
    const outcome = new Promise<string>((resolve) => void this.#outcomes.set(channel, resolve))
    channel.attach(
      this.#agent.invite({
        uri,
        from: this.#from(number, name),
        media: {
          ...{ address: '127.0.0.1', port: channel.stream.localPort },
          codecs: codec === 'PCMA' ? ['PCMA'] : codec === 'PCMU' ? ['PCMU'] : ['PCMU', 'PCMA'],
        },
        headers,
        handlers: channel.handlers,
      }),
    )
    return outcome
  }

  get #agent(): UserAgent {
    if (this.#ua === undefined) throw new Error('it was not started')
    return this.#ua
  }

  #uriOf(target: string): string | undefined {
    const [, user] = /^user\/([\w.-]+)$/.exec(target) ?? []
    if (user !== undefined) return this.#contacts.get(user)
    const [, address] = /^sofia\/[\w-]+\/(\S+@\S+)$/.exec(target) ?? []
    return address === undefined ? undefined : `sip:${address}`
  }

  #from(number: string, name: string): NameAddr {
    const uri = parseUri(`sip:${encodeURIComponent(number)}@127.0.0.1:${this.#sipPort}`)
    if (uri === undefined) throw new TypeError(`${number} is no caller`)
    return { uri, params: new Map(), ...(name === '' ? {} : { displayName: name }) }
  }

  tell(channel: Channel, news: ChannelNews): void {
    this.#emit(this.#fieldsOf(channel, news))
    if (news === 'CHANNEL_ANSWER' || news === 'CHANNEL_PROGRESS_MEDIA') this.#settle(channel, `+OK ${channel.id}\n`)
  }

  #settle(channel: Channel, text: string): void {
    this.#outcomes.get(channel)?.(text)
    this.#outcomes.delete(channel)
  }

  ended(channel: Channel, cause: string, status: number): void {
    this.#channels.delete(channel.id)
    const { partner } = channel
    channel.partner = undefined
    this.#emit({
      ...this.#fieldsOf(channel, 'CHANNEL_HANGUP_COMPLETE'),
      'Hangup-Cause': cause,
      ...(status === 0 ? {} : { variable_proto_specific_hangup_cause: `sip:${status}` }),
    })
    this.#settle(channel, `-ERR ${cause}\n`)
    const socket = this.#sockets.get(channel.id)
    this.#sockets.delete(channel.id)
    socket?.send(['Content-Type: text/disconnect-notice'], 'Disconnected, goodbye.\n')
    socket?.socket.end()
    // What was bridged with it ends, too, unless `park_after_bridge` or `hangup_after_bridge` say otherwise.
    if (partner !== undefined) {
      partner.partner = undefined
      partner.kill('NORMAL_CLEARING')
    }
  }

  #fieldsOf(channel: Channel, name: string): Readonly<Record<string, string>> {
    const { id, way, number, codec, sdp } = channel
    const said = sdp === '' ? {} : { variable_switch_r_sdp: sdp }
    return {
      'Event-Name': name,
      'Unique-ID': id,
      'Call-Direction': way === 'in' ? 'inbound' : 'outbound',
      'Caller-Caller-ID-Number': number,
      'Caller-Caller-ID-Name': channel.name,
      'Caller-Destination-Number': channel.called,
      'Channel-Read-Codec-Name': codec,
      ...said,
      ...Object.fromEntries(Object.entries(this.variables).map(([key, value]) => [`variable_${key}`, value])),
    }
  }

  #encoded(channel: Channel): readonly string[] {
    const fields = this.#fieldsOf(channel, 'CHANNEL_DATA')
    return Object.entries(fields).map(([name, value]) => `${name}: ${encodeURIComponent(value)}`)
  }

  #emit(fields: Readonly<Record<string, string>>, body?: string): void {
    for (const [peer, names] of this.#listeners) if (names.has(fields['Event-Name'] ?? '')) peer.event(fields, body)
  }

  close(): Promise<void> {
    return this.#scope.close()
  }
}
