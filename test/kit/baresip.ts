import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deferred } from '../../src/base/deferred.ts'
import type { Scope } from '../../src/base/scope.ts'
import { rate, writeWav } from './audio.ts'
import type { Authority } from './authority.ts'
import { freePort } from './ports.ts'
import { lastWords, type Program, startProgram } from './program.ts'

export interface BaresipOptions {
  readonly scope: Scope
  readonly username: string
  readonly password: string
  /** Port of the registrar on 127.0.0.1. */
  readonly registrarPort: number
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** For `tls`: its certificate, and the authority of the registrar's. `registrarPort` is the one for TLS then. */
  readonly authority?: Authority
  readonly answer: 'auto' | 'manual'
  /** Whether it registers at start; default true. */
  readonly register?: boolean
  /** Seconds that a registration is asked for; default 60. */
  readonly expires?: number
  /** SRTP by SDES: `optional` with RTP/AVP, `mandatory` with RTP/SAVP; none by default. */
  readonly srtp?: 'optional' | 'mandatory'
  /** What it says in every call from its start on; silence by default. */
  readonly says?: Int16Array
}

/** An event as baresip tells it; `param` depends on the type. */
export interface BaresipEvent {
  readonly type: string
  readonly param: string
  readonly peeruri: string
  readonly id: string
}

/** A text that came, without the line end that closes it. */
export interface Text {
  /** The From header. */
  readonly from: string
  readonly callId: string
  readonly body: string
}

interface Reply {
  readonly ok: boolean
  readonly data: string
}

const host = '127.0.0.1'
/** aufile ends the source at the end of the file; a phone sends silence on. */
const silenceAfterSeconds = 120
const modules = '/usr/lib/baresip/modules'

/** A softphone: Debian's baresip without a sound card, moved by its control socket, its ears and mouth files. */
export class Baresip {
  readonly port: number
  readonly #program: Program
  readonly #control: Control
  readonly #folder: string
  readonly #scope: Scope
  readonly #events: BaresipEvent[] = []
  readonly #watchers = new Set<() => void>()

  private constructor(port: number, program: Program, control: Control, folder: string, scope: Scope) {
    this.port = port
    this.#program = program
    this.#control = control
    this.#folder = folder
    this.#scope = scope
  }

  /** Resolves when it is ready; its registration may still be on the way. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    const scope = options.scope.child(`baresip ${options.username}`)
    const folder = mkdtempSync(join(tmpdir(), 'offhook-baresip-'))
    scope.add('folder', () => rmSync(folder, { recursive: true, force: true }))
    const [port, controlPort, mediaPort] = [await freePort(), await freePort(), await freePort(8)]
    mkdirSync(join(folder, 'heard'))
    writeSource(join(folder, 'says.wav'), options.says ?? new Int16Array(0))
    writeFileSync(join(folder, 'config'), configText(folder, port, controlPort, mediaPort, options.authority))
    writeFileSync(join(folder, 'accounts'), accountText(options))
    writeFileSync(join(folder, 'contacts'), '')
    const program = startProgram('baresip', ['-f', folder, '-s'], { scope, cwd: folder, graceMs: 3000 })
    await program.wrote(/baresip is ready/, 10_000)
    const control = await Control.open(controlPort)
    scope.add('control', () => control.close())
    const phone = new Baresip(port, program, control, folder, scope)
    control.onEvent = (event) => {
      phone.#events.push(event)
      for (const look of [...phone.#watchers]) look()
    }
    return phone
  }

  get pid(): number {
    return this.#program.pid
  }

  /** All that happened so far, first to last. */
  get events(): readonly BaresipEvent[] {
    return this.#events
  }

  /** What it wrote: its log and every SIP message. */
  trace(): string {
    return this.#program.output()
  }

  /** The `nth` event of this type since the start, 1 being the first. @throws Error with the trace after `timeoutMs` */
  event(type: string, nth = 1, timeoutMs = 20_000): Promise<BaresipEvent> {
    const found = deferred<BaresipEvent>()
    const stop = (): void => {
      clearTimeout(timer)
      this.#watchers.delete(look)
    }
    const look = (): void => {
      const match = this.#events.filter((event) => event.type === type)[nth - 1]
      if (match === undefined) return
      stop()
      found.resolve(match)
    }
    const timer = setTimeout(() => {
      stop()
      const seen = this.#events.map((event) => event.type).join(', ')
      const head = `baresip told no ${nth}. ${type} within ${timeoutMs} ms, only: ${seen}.`
      found.reject(new Error(`${head}\n${lastWords(this.trace(), 6000)}`))
    }, timeoutMs)
    this.#watchers.add(look)
    look()
    return found.promise
  }

  /** Read from its log: an event of a registration that was quicker than our control connection is told to nobody. */
  async registered(timeoutMs = 20_000): Promise<void> {
    await this.#program.wrote(/200 OK \([^)\n]*\) \[\d+ binding/, timeoutMs)
  }

  incoming(nth = 1, timeoutMs?: number): Promise<BaresipEvent> {
    return this.event('CALL_INCOMING', nth, timeoutMs)
  }

  established(nth = 1, timeoutMs?: number): Promise<BaresipEvent> {
    return this.event('CALL_ESTABLISHED', nth, timeoutMs)
  }

  closed(nth = 1, timeoutMs?: number): Promise<BaresipEvent> {
    return this.event('CALL_CLOSED', nth, timeoutMs)
  }

  /** A SIP URI, or what stands before the @ of the registrar. */
  async dial(to: string): Promise<void> {
    await this.#control.command('dial', to)
  }

  async answer(): Promise<void> {
    await this.#control.command('accept')
  }

  /** Ends the call; refuses one that rings (with 486 Busy Here, as 1.0.0 does). */
  async hangup(): Promise<void> {
    await this.#control.command('hangup')
  }

  async hold(): Promise<void> {
    await this.#control.command('hold')
  }

  async resume(): Promise<void> {
    await this.#control.command('resume')
  }

  /** Blind transfer (REFER) to this SIP URI. */
  async transfer(to: string): Promise<void> {
    await this.#control.command('transfer', to)
  }

  async press(keys: string): Promise<void> {
    // It sends one key at a time and drops what comes while one is sent.
    for (const key of keys) {
      await this.#control.command('sndcode', key)
    }
  }

  /** Says this from now on, in the call that runs and in those to come. */
  async say(samples: Int16Array): Promise<void> {
    const path = join(this.#folder, `says-${this.#events.length}-${performance.now()}.wav`)
    writeSource(path, samples)
    copyFileSync(path, join(this.#folder, 'says.wav'))
    await this.#control.command('ausrc', `aufile,${path}`)
  }

  /** What the `nth` call that had audio made it hear, also while it lasts. */
  heard(nth = 1): Int16Array {
    const folder = join(this.#folder, 'heard')
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('-dec.wav'))
      .sort()
    const file = files[nth - 1]
    return file === undefined ? new Int16Array(0) : readGrowingWav(join(folder, file))
  }

  /** Waits for a text (MESSAGE) that has this in its body or headers. */
  async message(pattern: RegExp, timeoutMs = 20_000): Promise<Text> {
    // It shows texts to a terminal only; in the trace a message stands between two changes of colour.
    const inside = '(?:(?!\u001b\\[;m)[\\s\\S])*?'
    const whole = new RegExp(`^MESSAGE sip:${inside}(?:${pattern.source})${inside}\u001b\\[;m`, 'm')
    const [block] = await this.#program.wrote(whole, timeoutMs)
    const [head = '', body = ''] = block.split('\r\n\r\n')
    const callId = /^Call-ID: (.*?)\r?$/im.exec(head)?.[1] ?? ''
    return { from: /^From: (.*?)\r?$/im.exec(head)?.[1] ?? '', callId, body: body.replace(/\r?\n?\u001b.*$/s, '') }
  }

  /** How many texts came; one that was repeated on its way (RFC 3261 §17.1.2) counts once. */
  get messageCount(): number {
    const requests = this.trace().matchAll(/^MESSAGE sip:[\s\S]*?^Call-ID: (.*?)\r?$/gim)
    return new Set([...requests].map(([, callId]) => callId)).size
  }

  /** Unregisters and ends. */
  stop(): Promise<void> {
    return this.#scope.close()
  }

  /** Ends without a word, as when the battery is empty. */
  async die(): Promise<void> {
    this.#program.kill('SIGKILL')
    await this.#program.exited
    await this.#scope.close()
  }
}

function configText(
  folder: string,
  port: number,
  controlPort: number,
  mediaPort: number,
  authority: Authority | undefined,
): string {
  const lines = [
    // By address, as it would not take the loopback by its name.
    ...[`sip_listen ${host}:${port}`, `net_interface ${host}`, `rtp_ports ${mediaPort}-${mediaPort + 7}`],
    ...[`ctrl_tcp_listen ${host}:${controlPort}`, 'call_max_calls 4', 'call_local_timeout 120'],
    // A player must be named or nothing is decoded; aubridge without a source plays into the void.
    ...['audio_player aubridge,ear', 'audio_alert aubridge,alert', `audio_source aufile,${join(folder, 'says.wav')}`],
    ...['ausrc_srate 8000', 'auplay_srate 8000', 'ausrc_channels 1', 'auplay_channels 1'],
    ...['jitter_buffer_delay 1-5', 'ringback_disabled yes', 'menu_bell no'],
    ...(authority === undefined
      ? []
      : [`sip_certificate ${authority.issue().both}`, `sip_cafile ${authority.ca}`, 'sip_verify_server yes']),
    ...[`snd_path ${join(folder, 'heard')}`, `module_path ${modules}`],
    ...['module g711.so', 'module sndfile.so', 'module aufile.so', 'module aubridge.so', 'module srtp.so'],
    ...['module_tmp account.so', 'module_app menu.so', 'module_app ctrl_tcp.so'],
  ]
  return `${lines.join('\n')}\n`
}

function accountText(options: BaresipOptions): string {
  const { username, password, registrarPort, transport, answer, register = true, expires = 60, srtp } = options
  const encryption = srtp === undefined ? [] : [`mediaenc=${srtp === 'mandatory' ? 'srtp-mand' : 'srtp'}`]
  const uri = `<sip:${username}@${host}:${registrarPort};transport=${transport}>`
  const parameters = [`auth_user=${username}`, `auth_pass=${password}`, `regint=${register ? expires : 0}`]
  // Requests outside of a registration follow the outbound proxy, and with it the transport.
  const outbound = `outbound="sip:${host}:${registrarPort};transport=${transport}"`
  return `${[uri, ...parameters, ...encryption, outbound, `answermode=${answer}`, 'audio_codecs=PCMU/8000/1,PCMA/8000/1'].join(';')}\n`
}

function writeSource(path: string, samples: Int16Array): void {
  const whole = new Int16Array(samples.length + rate * silenceAfterSeconds)
  whole.set(samples)
  writeWav(path, whole)
}

/** 16 bit mono at 8 kHz whose header is not finished yet: everything behind the 44 bytes of the header is audio. */
function readGrowingWav(path: string): Int16Array {
  const file = readFileSync(path)
  const data = file.indexOf('data', 12, 'latin1')
  if (data < 0) return new Int16Array(0)
  const samples = new Int16Array(Math.max(0, file.length - data - 8) >> 1)
  for (let i = 0; i < samples.length; i++) samples[i] = file.readInt16LE(data + 8 + i * 2)
  return samples
}

/** The control socket: JSON in netstrings; replies carry the token of their command, events come in between. */
class Control {
  onEvent: (event: BaresipEvent) => void = () => {}
  readonly #socket: Socket
  readonly #waiting = new Map<string, (reply: Reply) => void>()
  #buffer = Buffer.alloc(0)
  #tokens = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#take(chunk))
    // It ends with the program; whoever waits for an event is told by its own time-out.
    socket.on('error', () => {})
  }

  static open(port: number): Promise<Control> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host)
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.removeListener('error', reject)
        resolve(new Control(socket))
      })
    })
  }

  /** @throws Error with what baresip says when it refuses */
  async command(command: string, params = ''): Promise<string> {
    const token = String(++this.#tokens)
    const reply = deferred<Reply>()
    const timer = setTimeout(() => reply.resolve({ ok: false, data: 'no reply within 5 s' }), 5000)
    this.#waiting.set(token, reply.resolve)
    const json = JSON.stringify({ command, params, token })
    this.#socket.write(`${Buffer.byteLength(json)}:${json},`)
    const { ok, data } = await reply.promise
    clearTimeout(timer)
    this.#waiting.delete(token)
    if (!ok) throw new Error(`baresip refused ${command} ${params}: ${data}`)
    return data
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    for (;;) {
      const colon = this.#buffer.indexOf(':')
      if (colon < 0) return
      const length = Number(this.#buffer.toString('latin1', 0, colon))
      const end = colon + 1 + length
      if (this.#buffer.length <= end) return
      const json = this.#buffer.toString('utf8', colon + 1, end)
      this.#buffer = this.#buffer.subarray(end + 1)
      this.#dispatch(JSON.parse(json) as Partial<BaresipEvent & Reply> & { event?: boolean; token?: string })
    }
  }

  #dispatch(message: Partial<BaresipEvent & Reply> & { event?: boolean; token?: string }): void {
    if (message.event === true) {
      const { type = '', param = '', peeruri = '', id = '' } = message
      this.onEvent({ type, param, peeruri, id })
      return
    }
    this.#waiting.get(message.token ?? '')?.({ ok: message.ok === true, data: message.data ?? '' })
  }
}
