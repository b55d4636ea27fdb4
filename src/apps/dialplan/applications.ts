import { type Call, CallEnded, type DialTarget, type HangupReason } from '../../phone/call.ts'
import type { Prompt } from '../../phone/prompt.ts'
import type { EndCode } from '../../phone/reason.ts'
import { talkEnded } from '../connect.ts'
import { takeMessage } from '../voicemail.ts'
import { readNumber, readOptions, splitArguments } from './arguments.ts'
import type { DialplanPorts } from './ports.ts'
import { runRecord } from './record.ts'
import { alphaPrompt, digitsPrompt, promptOf } from './sounds.ts'

/** @returns how the call is hung up where the application says so; else it ran to its end */
type Application = (call: Call, args: readonly string[], ports: DialplanPorts) => Promise<HangupReason | undefined>

const allKeys = '0123456789ABCD*#'
const longestRingSeconds = 600
const longestTalkSeconds = 86_400

/** What an unset time means to Read (app_read.c). */
const readFirstMs = 10_000
const readNextMs = 5000
/** Of a gather; Read itself takes 255. */
const mostDigits = 64

/** By their names in lower case, which are read so. */
export const applications: Readonly<Record<string, Application>> = {
  playback: (call, [names = ''], ports) => play(call, promptOf(names, ports)),
  background: (call, [names = ''], ports) => play(call, promptOf(names, ports), allKeys),
  saydigits: (call, [digits = ''], ports) => play(call, digitsPrompt(digits, ports)),
  sayalpha: (call, [text = ''], ports) => play(call, alphaPrompt(text, ports)),
  wait: async (call, [seconds], { clock }) => {
    await pass(call, (readNumber(seconds) ?? 0) * 1000, clock)
    return undefined
  },
  read,
  record: runRecord,
  echo,
  dial,
  confbridge: async (call, [name = '']) => {
    if (name === '') return { code: 'failed', sentence: 'ConfBridge was given no conference to join' }
    await call.join(name.slice(0, 128))
    return undefined
  },
  voicemail,
  hangup: async (_call, [cause]) => ({
    code: causes[readNumber(cause) ?? 16] ?? 'completed',
    sentence: `Hangup${cause === undefined || cause === '' ? '' : ` with cause ${cause.slice(0, 10)}`}`,
  }),
}

export const applicationNames =
  'Playback, Background, SayDigits, SayAlpha, Wait, Read, Record, Echo, Dial, ConfBridge, VoiceMail and Hangup'

/** Q.850. */
const causes: Readonly<Record<number, EndCode>> = {
  ...{ 1: 'not_found', 3: 'unreachable', 16: 'completed', 17: 'busy', 18: 'no_answer', 19: 'no_answer' },
  ...{ 20: 'not_registered', 21: 'declined', 27: 'unreachable', 34: 'overloaded', 38: 'unreachable', 42: 'overloaded' },
}

async function play(call: Call, heard: Promise<Prompt | undefined>, stopOn = ''): Promise<undefined> {
  const prompt = await heard
  if (prompt !== undefined) await call.play(prompt, { stopOn })
}

/** Read(variable, sounds, digits, options, attempts, timeout). */
async function read(call: Call, args: readonly string[], ports: DialplanPorts): Promise<undefined> {
  const [variable = '', names = '', digits, , attempts, timeout] = args
  const prompt = await promptOf(names, ports)
  const wanted = readNumber(digits) ?? 0
  const seconds = readNumber(timeout) ?? 0
  const gathered = await call.gather({
    ...(prompt === undefined ? {} : { prompt }),
    maxDigits: wanted < 1 ? mostDigits : Math.min(mostDigits, Math.floor(wanted)),
    attempts: Math.min(10, Math.max(1, Math.floor(readNumber(attempts) ?? 1))),
    firstDigitMs: seconds > 0 ? seconds * 1000 : readFirstMs,
    interDigitMs: seconds > 0 ? seconds * 1000 : readNextMs,
  })
  ports.note(call.id, `Read: ${variable} is ${gathered.digits === '' ? 'empty' : gathered.digits} (${gathered.end})`)
}

async function echo(call: Call): Promise<HangupReason | undefined> {
  if (call.echo === undefined) return { code: 'failed', sentence: 'this engine has no Echo' }
  await call.echo({ stopOn: '#' })
  return undefined
}

/** Dial(channels, seconds, options): all at once, as `&` means. */
async function dial(call: Call, args: readonly string[], ports: DialplanPorts): Promise<HangupReason> {
  const [channels = '', seconds, letters] = args
  const options = readOptions(letters)
  const ringSeconds = Math.min(longestRingSeconds, Math.max(1, Math.ceil(readNumber(seconds) ?? longestRingSeconds)))
  const digits = /^[0-9A-D*#w]+$/.exec((options.get('D') ?? '').split(':')[0] ?? '')?.[0]
  const targets: DialTarget[] = []
  for (const channel of channels.split('&')) {
    const to = await ports.callee(channel.trim())
    if (typeof to === 'string') ports.note(call.id, `Dial passes over ${channel.trim().slice(0, 80)}: ${to}`)
    else targets.push({ to, seconds: ringSeconds, ...(digits === undefined ? {} : { digits }) })
  }
  if (targets.length === 0) return { code: 'not_found', sentence: 'Dial had nobody to ring' }
  const announcement = await promptOf(options.get('A') ?? '', ports)
  const limit = talkSeconds(options)
  const end = await call.dial(targets, {
    together: true,
    hangupOnStar: options.has('H'),
    ...(limit === undefined ? {} : { maxSeconds: limit }),
    ...(announcement === undefined ? {} : { confirm: { prompt: announcement } }),
  })
  if (end.kind === 'answered') return talkEnded(end)
  const last = end.attempts.at(-1)
  return last === undefined
    ? { code: 'canceled', sentence: 'Dial was stopped' }
    : { code: last.code, by: last.by, sentence: last.sentence }
}

/** L in milliseconds, S in seconds. */
function talkSeconds(options: ReadonlyMap<string, string>): number | undefined {
  const limit = readNumber((options.get('L') ?? '').split(':')[0])
  const seconds = limit === undefined ? readNumber(options.get('S')) : limit / 1000
  return seconds === undefined || seconds <= 0 ? undefined : Math.min(longestTalkSeconds, Math.ceil(seconds))
}

/** VoiceMail(mailbox@context, options): `s` leaves the greeting out. */
async function voicemail(call: Call, args: readonly string[], ports: DialplanPorts): Promise<HangupReason | undefined> {
  const [boxes = '', letters] = args
  const [name = ''] = (boxes.split('&')[0] ?? '').trim().split('@')
  const forward = await ports.mailboxOf(name)
  if (forward === undefined) return { code: 'failed', sentence: `there is no mailbox ${name.slice(0, 80)}` }
  const silent = readOptions(letters).has('s')
  const greeted = silent ? { ...forward, prompts: { ...forward.prompts, greeting: '' } } : forward
  await takeMessage(call, greeted, ports.mailbox, ports.log)
  return undefined
}

/** Rejects with `CallEnded` where the call ends meanwhile. */
function pass(call: Call, ms: number, clock: DialplanPorts['clock']): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      timer.stop()
      call.signal.removeEventListener('abort', gone)
      resolve()
    }
    const gone = (): void => {
      timer.stop()
      void call.ended.then((end) => reject(new CallEnded(end)))
    }
    const timer = clock.after(Math.min(ms, longestTalkSeconds * 1000), done)
    call.signal.addEventListener('abort', gone, { once: true })
    if (call.signal.aborted) gone()
  })
}

/** Runs one application by name, and hangs up. */
export async function runApplication(call: Call, name: string, data: string, ports: DialplanPorts): Promise<void> {
  const key = name.toLowerCase()
  const application = Object.hasOwn(applications, key) ? applications[key] : undefined
  if (application === undefined) {
    const sentence = `there is no application ${name.slice(0, 40)} here; those of call files are ${applicationNames}`
    return await call.hangup({ code: 'failed', sentence })
  }
  const end = await application(call, splitArguments(data), ports)
  await call.hangup(end ?? { code: 'completed', sentence: `the application ${name} came to its end` })
}
