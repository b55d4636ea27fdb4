import { createSocket } from 'node:dgram'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Scope } from '../../src/base/scope.ts'
import { type GrowingFile, growingFile } from './growing-file.ts'
import { freePort } from './ports.ts'
import { lastWords, startProgram } from './program.ts'
import type { RtpAddress, RtpPeer } from './rtp-peer.ts'
import { toUlaw } from './ulaw.ts'

/** Files of test/interop/sipp; each says at its top what it does and which keys it takes. */
export type SippScenario =
  | 'answer'
  | 'answer-bye'
  | 'answer-digest'
  | 'answer-hold'
  | 'answer-prack'
  | 'call'
  | 'call-cancel'
  | 'call-cued'
  | 'call-digest'
  | 'call-hold'
  | 'call-info'
  | 'call-late-offer'
  | 'call-no-ack'
  | 'call-prack'
  | 'call-refused'
  | 'call-until-bye'
  | 'malformed'
  | 'options'
  | 'refuse'
  | 'register'
  | 'ring'
  | 'send-message'
  | 'take-message'

export interface SippOptions {
  readonly scenario: SippScenario
  readonly transport: 'udp' | 'tcp'
  /** Ends SIPp when it closes. */
  readonly scope: Scope
  /** Where requests go; needed by the scenarios that begin. Always on 127.0.0.1. */
  readonly remotePort?: number
  /** Where it listens; a free one unless given. */
  readonly localPort?: number
  /** Filled in for `[name]` in the scenario before SIPp reads it, so that they work in attributes too. */
  readonly keys?: Readonly<Record<string, string | number>>
  /** How many calls it makes or takes, one after the other; default 1. */
  readonly calls?: number
  /** Calls at once; default 1. */
  readonly atOnce?: number
  /** How long a pause of the scenario lasts: the talk, or the ringing before an answer. */
  readonly pauseMs?: number
  /** What SIPp plays by itself (rtp_stream) once the call is answered. */
  readonly audio?: Int16Array
  /** Who hears and speaks in place of SIPp. */
  readonly rtp?: RtpPeer
  /** After this SIPp is ended and the run fails; default 60 s. */
  readonly timeoutMs?: number
}

export interface SippResult {
  /** 0: every call went as the scenario says. 1: one did not. 255: SIPp could not go on. */
  readonly exitCode: number
  readonly ok: number
  readonly failed: number
  /** What SIPp complains about; '' when nothing. */
  readonly errors: string
  /** Every message sent and received, with SIPp's own headlines. */
  readonly messages: string
}

export interface SippRun {
  readonly port: number
  readonly pid: number
  /** @throws Error with the last messages when time is up */
  readonly finished: Promise<SippResult>
  messages(): string
  /** Waits until the trace of messages has this. */
  saw(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  /** Moves on a scenario that waits for its cue (`call-cued`, UDP only). */
  cue(): Promise<void>
}

const host = '127.0.0.1'
/** From a pause of none SIPp 3.6 does not always go on where the machine is busy: of 40 calls by TCP some eight were never answered. */
const leastPauseMs = 10
const folderOfScenarios = fileURLToPath(new URL('../interop/sipp/', import.meta.url))

/** Runs one scenario to its end. */
export async function runSipp(options: SippOptions): Promise<SippResult> {
  const run = await startSipp(options)
  return run.finished
}

/** Throws with the messages when not every call went as the scenario says. */
export function mustPass(result: SippResult): SippResult {
  if (result.exitCode === 0 && result.failed === 0) return result
  throw new Error(`SIPp ended with ${result.exitCode}.\n${result.errors}\n${lastWords(result.messages, 8000)}`)
}

/** Starts one; resolves when it listens, so that calls to it do not get lost. */
export async function startSipp(options: SippOptions): Promise<SippRun> {
  const { transport, calls = 1, atOnce = 1, timeoutMs = 60_000 } = options
  const pauseMs = Math.max(leastPauseMs, options.pauseMs ?? 0)
  const scope = options.scope.child(`sipp ${options.scenario}`)
  const folder = mkdtempSync(join(tmpdir(), 'offhook-sipp-'))
  scope.add('folder', () => rmSync(folder, { recursive: true, force: true }))
  const localPort = options.localPort ?? (await freePort())
  const mediaPort = await freePort(4 * atOnce)
  writeFileSync(join(folder, 'scenario.xml'), fill(options))
  // Where nobody gave audio the scenario plays a frame of silence, so that it need not be another scenario.
  writeFileSync(join(folder, 'audio.ulaw'), toUlaw(options.audio ?? new Int16Array(160)))
  const messages = growingFile(join(folder, 'messages'), scope)
  const statistics = growingFile(join(folder, 'statistics'), scope)

  const program = startProgram(
    'sipp',
    [
      ...(options.remotePort === undefined ? [] : [`${host}:${options.remotePort}`]),
      ...['-sf', 'scenario.xml', '-t', transport === 'udp' ? 'u1' : 't1', '-nostdin'],
      ...['-i', host, '-bind_local', '-p', String(localPort), '-mi', host, '-mp', String(mediaPort)],
      ...['-m', String(calls), '-l', String(atOnce), '-r', '50', '-d', String(pauseMs)],
      ...['-trace_msg', '-message_file', 'messages', '-message_overwrite', 'false'],
      ...['-trace_err', '-error_file', 'errors', '-trace_stat', '-stf', 'statistics', '-fd', '1'],
      // A cue that comes while it is between two steps is sent again, so it must not end the call.
      ...(options.scenario === 'call-cued' ? ['-default_behaviors', 'all,-abortunexp'] : []),
      // Its remote control would take UDP 8888 upwards on every address.
      ...['-ci', host, '-cp', String(await freePort())],
    ],
    { scope, cwd: folder, env: { ...process.env, TERM: 'dumb' }, graceMs: 2000 },
  )
  if (options.rtp !== undefined) scope.add('remote of rtp', followRemote(messages, options.rtp))

  const read = (name: string): string => {
    const path = join(folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  const finish = async (): Promise<SippResult> => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      void program.end()
    }, timeoutMs)
    const exit = await program.exited
    clearTimeout(timer)
    const trace = messages.text()
    const errors = read('errors')
    const { ok, failed } = counts(statistics.text())
    await scope.close()
    if (late) {
      const what = `SIPp ${options.scenario} was not done after ${timeoutMs} ms.`
      throw new Error(`${what}\n${errors}\n${lastWords(trace, 8000)}`)
    }
    // A fatal error stands on its screen only.
    const complaint = exit.code === 255 || exit.code === 254 ? lastWords(program.output(), 2000) : ''
    return { exitCode: exit.code ?? -1, ok, failed, errors: `${errors}${complaint}`, messages: trace }
  }
  const finished = finish()
  // Whoever only waits for a message would otherwise be told of a rejection that nobody handles.
  finished.catch(() => {})
  // Its first line of figures is written when its sockets are open.
  const early = await Promise.race([statistics.wrote(/\n./, 10_000), program.exited])
  if ('code' in early && (early.code === 255 || early.code === 254))
    throw new Error(`SIPp could not start ${options.scenario}:\n${read('errors')}${lastWords(program.output(), 2000)}`)

  return {
    port: localPort,
    pid: program.pid,
    finished,
    messages: () => messages.text(),
    saw: (pattern, ms = 20_000) => messages.wrote(pattern, ms),
    cue: () => sendCue(localPort, messages),
  }
}

/** The scenario with its keys filled in, as they are: texts stand in CDATA, where nothing is escaped. */
function fill(options: SippOptions): string {
  const port = options.rtp === undefined ? '[rtpstream_audio_port]' : String(options.rtp.port)
  const keys: Record<string, string> = {
    ...{ number: '1001', caller: 'sipp', status: '486', reason: 'Busy Here', username: 'sipp', password: 'secret' },
    ...{ transport_param: options.transport === 'tcp' ? ';transport=tcp' : '' },
    ...{ sdp: sdp(port, 1), sdp_hold: sdp(port, 2, 'sendonly'), sdp_resume: sdp(port, 3) },
  }
  for (const [name, value] of Object.entries(options.keys ?? {})) keys[name] = String(value)
  const text = readFileSync(join(folderOfScenarios, `${options.scenario}.xml`), 'utf8')
  return text.replace(/\[([a-z_]+)\]/g, (whole, name: string) => {
    const value = keys[name]
    return value ?? whole
  })
}

/** Debian's SIPp sends telephone-events as 96, whatever the SDP says. */
function sdp(port: string, version: number, direction = 'sendrecv'): string {
  const lines = ['v=0', `o=sipp 53655765 ${version} IN IP4 [local_ip]`, 's=-', 'c=IN IP4 [media_ip]', 't=0 0']
  lines.push(`m=audio ${port} RTP/AVP 0 96`, 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:96 telephone-event/8000')
  lines.push('a=fmtp:96 0-15', 'a=ptime:20', `a=${direction}`)
  return lines.join('\n')
}

/** Points the mouth at the address in the last SDP that SIPp received. */
function followRemote(messages: GrowingFile, rtp: RtpPeer): () => void {
  let last = ''
  return messages.changed(() => {
    const remote = remoteMedia(messages.text())
    if (remote === undefined || `${remote.host}:${remote.port}` === last) return
    last = `${remote.host}:${remote.port}`
    rtp.remote(remote)
  })
}

function remoteMedia(trace: string): RtpAddress | undefined {
  const received = trace.split(/^-{20,} /m).filter((part) => / message received /.test(part))
  for (const part of received.reverse()) {
    const media = /^m=audio ([0-9]+) /m.exec(part)
    const address = /^c=IN IP4 ([0-9.]+)/m.exec(part)
    if (media !== null && address !== null) return { host: address[1]!, port: Number(media[1]) }
  }
  return undefined
}

/**
 * SIPp knows calls by their Call-ID alone, so a request made here with that of its call reaches the call. Sent again
 * until the call goes on, as SIPp throws away what comes between two steps.
 */
async function sendCue(port: number, messages: GrowingFile): Promise<void> {
  const callId = /^Call-ID: (.*?)\r?$/m.exec(messages.text())?.[1]
  if (callId === undefined) throw new Error('The call has not begun, so it cannot be given a cue')
  const via = `Via: SIP/2.0/UDP ${host}:9;branch=z9hG4bKcue`
  const rest = [`From: <sip:cue@${host}>;tag=cue`, `To: <sip:cue@${host}>`, `Call-ID: ${callId}`, 'CSeq: 1 NOTIFY']
  const lines = [`NOTIFY sip:cue@${host} SIP/2.0`, via, ...rest, 'Max-Forwards: 70', 'Content-Length: 0', '', '']
  const socket = createSocket('udp4')
  const send = (): void => socket.send(lines.join('\r\n'), port, host)
  const again = setInterval(send, 100)
  try {
    send()
    await messages.wrote(/^BYE /m, 5000)
  } finally {
    clearInterval(again)
    socket.close()
  }
}

/** The last line of SIPp's statistics. */
function counts(csv: string): { ok: number; failed: number } {
  const [head, ...lines] = csv.trim().split('\n')
  const names = head?.split(';') ?? []
  const last = lines.at(-1)?.split(';') ?? []
  const value = (name: string): number => Number(last[names.indexOf(name)] ?? 0)
  return { ok: value('SuccessfulCall(C)'), failed: value('FailedCall(C)') }
}
