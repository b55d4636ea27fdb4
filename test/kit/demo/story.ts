import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Scope } from '../../../src/base/scope.ts'
import { CommandFailed } from '../../../src/cli/output.ts'
import { callShape } from '../../../src/cli/shapes.ts'
import type { SpeechSynthesizer } from '../../../src/speech/index.ts'
import { likeness, rate, readWav } from '../audio.ts'
import type { PhoneCall } from '../phone-call.ts'
import type { PhoneShop, VirtualPhone } from '../virtual-phone.ts'
import { type Cast, ringSeconds, signInFailed } from './cast.ts'
import { Ear } from './ear.ts'
import type { Place } from './place.ts'

export interface Stage {
  readonly place: Place
  readonly cast: Cast
  readonly phones: PhoneShop
  readonly speech: SpeechSynthesizer
  readonly scope: Scope
  /** Of this run alone; what is to outlive it goes to `keep`. */
  readonly folder: string
  readonly keep: string
  readonly signal: AbortSignal
  /** One step, as it happens. */
  tell(sentence: string): void
}

export interface Outcome {
  /** The WAV of the message. */
  readonly path: string
  readonly text: string
  readonly link: string
}

const words = 'Hello Ann, this is Bob. Our meeting begins at three today. Please call me back.'
const voicemails = z.looseObject({
  items: z.array(z.looseObject({ recording: z.looseObject({ id: z.string(), url: z.string() }) })),
})
const calls = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })) })

/** A caller who reaches nobody and leaves a message; the owner who gets a text about it. All of it real SIP and RTP. */
export async function perform(stage: Stage): Promise<Outcome> {
  const { place, cast, phones, tell } = stage
  const { server } = place
  const owner = await phones.phone({ ...cast.owner, server })
  const caller = await phones.phone({ ...cast.caller, displayName: 'Bob', server })
  const speech = stage.speech.synthesize({ text: words, signal: stage.signal })
  const status = await within(stage, 10, owner.register(), 'The owner’s phone could not sign in.')
  if (status !== 200) throw signInFailed(status, server)
  tell(`Ann's phone signs in as ${cast.owner.username}; ${cast.forward.number} rings it and takes messages`)
  const spoken = await within(stage, 20, speech, 'What the caller says could not be spoken in time.')

  tell(`Bob (${cast.caller.username}) dials ${cast.forward.number}`)
  const call = caller.call(cast.forward.number)
  await within(stage, 10, call.answered, 'The service did not answer the call.')
  const path = join(stage.folder, 'heard.wav')
  const ear = new Ear(path, stage.scope)
  const listening = call.listen(path)
  tell('The service answers')

  await hear(stage, ear, 'speech', 15)
  tell(`Bob hears: ${await lastPrompt(stage)}`)
  await ownerRings(stage, owner, ear)
  await hear(stage, ear, 'speech', 15)
  tell(`Bob hears: ${await lastPrompt(stage)}`)
  await greeting(stage, call, ear)

  tell(`Bob speaks: "${words}"`)
  const seconds = readWav(spoken).length / rate
  await within(stage, seconds + 10, call.play(spoken), 'What the caller says could not be sent.')
  tell('Bob presses #')
  await within(stage, 5, call.press('#'), 'The key could not be sent.')
  const text = await within(stage, 15, owner.nextText(), 'No text came to the owner within 15 seconds.')
  tell(`Ann's phone gets a text: "${text.body}"`)
  await within(stage, 15, call.ended, 'The service did not end the call.')
  tell('The service thanks Bob and hangs up')
  await listening.stop()

  const link = /https?:\/\/\S+/.exec(text.body)?.[0]
  if (link === undefined) throw new CommandFailed(`The text holds no link: ${text.body}`)
  return { ...(await openLink(stage, link, spoken)), text: text.body, link }
}

async function ownerRings(stage: Stage, owner: VirtualPhone, ear: Ear): Promise<void> {
  const { tell } = stage
  const ringing = await within(stage, 15, owner.nextCall(), 'The owner’s phone did not ring within 15 seconds.')
  const began = performance.now()
  ringing.ring()
  const { user, name } = ringing.remote
  tell(`Ann's phone rings and shows ${name === undefined ? user : `${name} <${user}>`}`)
  await hear(stage, ear, 'ringback', 5)
  tell('Bob hears it ring')
  await within(stage, ringSeconds + 10, ringing.ended, 'The owner’s phone did not stop ringing.')
  tell(`Nobody picks up: Ann's phone stops ringing after ${((performance.now() - began) / 1000).toFixed(1)} s`)
}

async function greeting(stage: Stage, call: PhoneCall, ear: Ear): Promise<void> {
  const { tell } = stage
  const gone = call.ended.then(() => {
    throw new CommandFailed('The service ended the call before the beep.')
  })
  await Promise.race([hear(stage, ear, 'beep', 20), gone])
  tell(`Bob hears: ${await lastPrompt(stage, 1)}, then the beep`)
}

/** The words that the service says it played last, with those of `back` prompts before. */
async function lastPrompt({ place, cast }: Stage, back = 0): Promise<string> {
  const { items } = await place.client.get(`/v1/calls?limit=1&forward=${cast.forward.id}`, calls)
  const id = items[0]?.id
  if (id === undefined) throw new CommandFailed('The service has no record of the call.')
  const { timeline = [] } = await place.client.get(`/v1/calls/${id}`, callShape)
  const played = timeline.filter(({ kind }) => kind === 'play').map(({ text }) => text)
  return played.at(-1 - back) ?? 'a voice'
}

/** Opens the link as a player does, and holds what it gives against what the caller said. */
async function openLink(
  { place, cast, keep, tell, signal }: Stage,
  link: string,
  spoken: string,
): Promise<{ path: string }> {
  const reply = await fetch(link, { headers: { accept: 'audio/wav' }, signal })
  if (!reply.ok) throw new CommandFailed(`The link in the text was answered with status ${reply.status}.`)
  const bytes = Buffer.from(await reply.arrayBuffer())
  const { items } = await place.client.get(`/v1/voicemails?limit=1&forward=${cast.forward.id}`, voicemails)
  const id = items[0]?.recording.id
  if (id === undefined) throw new CommandFailed('The service lists no voicemail.')
  const own = join(place.dataFolder, 'recordings', `${id}.wav`)
  const path = existsSync(own) ? own : join(keep, `offhook-demo-${id}.wav`)
  if (path !== own) writeFileSync(path, bytes)
  const share = likeness(readWav(path), readWav(spoken))
  if (share < 0.7) throw new CommandFailed(`The message in ${path} is not what the caller said (likeness ${share}).`)
  tell(
    `The link opens: ${((bytes.length - 44) / 2 / rate).toFixed(1)} s of audio, ${Math.round(share * 100)} % like what Bob said`,
  )
  return { path }
}

const hear = (stage: Stage, ear: Ear, sound: 'speech' | 'ringback' | 'beep', seconds: number): Promise<void> =>
  within(stage, seconds + 1, ear.hears(sound, seconds), `Nothing was heard for ${seconds} seconds.`)

/** @throws CommandFailed when time is up, or the user interrupts */
async function within<T>({ signal }: Stage, seconds: number, work: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let forget = (): void => {}
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new CommandFailed(otherwise)), seconds * 1000)
        const interrupted = (): void => reject(new CommandFailed('Interrupted.'))
        if (signal.aborted) interrupted()
        signal.addEventListener('abort', interrupted)
        forget = () => signal.removeEventListener('abort', interrupted)
      }),
    ])
  } finally {
    clearTimeout(timer)
    forget()
  }
}
