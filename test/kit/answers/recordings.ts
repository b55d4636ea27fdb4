import { concat } from '../sound.ts'
import { machines, persons } from './greetings.ts'
import { type LineNoise, throughLine } from './line.ts'
import { type Random, random } from './random.ts'
import { answerTone, tone } from './tones.ts'

export interface AnswerRecording {
  readonly name: string
  readonly by: 'person' | 'machine' | 'fax' | 'silence'
  readonly samples: Int16Array
  /** Where the last beep is over; of machines that beep. */
  readonly beepOverMs?: number
  /** Where the greeting is over; of machines. */
  readonly saidMs?: number
}

/** Says a text with one of its voices: 16 bit, 8 kHz, without the silence around it. */
export interface Speaker {
  readonly voices: readonly string[]
  say(text: string, voice: string): Promise<Int16Array>
}

const silence = (ms: number): Int16Array => new Int16Array(Math.round(ms) * 8)
const ms = (samples: Int16Array): number => samples.length / 8

/** Answers to a call, as many of each kind as here stand; another seed makes others. */
export async function answerRecordings(seed: number, speaker: Speaker): Promise<readonly AnswerRecording[]> {
  const chance = random(seed)
  const all: AnswerRecording[] = []
  for (let i = 0; i < 22; i++) all.push(await person(i, speaker, chance))
  for (let i = 0; i < 28; i++) all.push(await machine(i, speaker, chance))
  for (let i = 0; i < 3; i++) all.push(await machineWithoutBeep(i, speaker, chance))
  for (let i = 0; i < 8; i++) all.push(fax(i, chance))
  for (let i = 0; i < 8; i++) all.push(nobody(i, chance))
  return all
}

/** @param softest the noise may be so loud, dBFS */
function line(
  samples: Int16Array,
  chance: Random,
  loudest = -42,
): { readonly samples: Int16Array; readonly told: string } {
  const noise = chance.of<LineNoise>(['none', 'none', 'hiss', 'hum', 'room'])
  const noiseDb = Math.round(chance.between(-65, loudest))
  const gain = chance.between(0.5, 1.6)
  const told = `${noise === 'none' ? 'no noise' : `${noise} ${noiseDb} dB`}, gain ${gain.toFixed(1)}`
  return { samples: throughLine(samples, { gain, noise, noiseDb }, chance), told }
}

async function person(i: number, speaker: Speaker, chance: Random): Promise<AnswerRecording> {
  const text = persons[i % persons.length]!
  const voice = chance.of(speaker.voices)
  const said = await speaker.say(text, voice)
  const before = silence(chance.between(100, 1500))
  // Who hears nothing asks again.
  const again = chance.next() < 0.4 ? [silence(chance.between(2200, 3500)), await speaker.say('Hello?', voice)] : []
  const { samples, told } = line(concat(before, said, ...again, silence(5000)), chance)
  return { name: `person "${text}" by ${voice}, ${told}`, by: 'person', samples }
}

async function machine(i: number, speaker: Speaker, chance: Random): Promise<AnswerRecording> {
  const text = machines[i % machines.length]!
  const voice = chance.of(speaker.voices)
  const said = await speaker.say(text, voice)
  const before = silence(chance.between(100, 2500))
  const gap = silence(chance.between(60, 1600))
  const hz = Math.round(chance.between(400, 2100))
  const length = Math.round(chance.of([120, 200, 300, 500, 800, 1000]) * chance.between(1, 1.2))
  const amplitude = chance.between(2500, 12_000)
  const beep = chance.next() < 0.1 ? tone([hz, hz * 1.25], length, amplitude) : tone([hz], length, amplitude)
  const several = chance.next() < 0.15
  const beeps = several ? concat(beep, silence(200), beep, silence(200), beep) : beep
  const up = concat(before, said, gap, beeps)
  const { samples, told } = line(concat(up, silence(6000)), chance)
  const name = `machine "${text.slice(0, 40)}" by ${voice}, ${ms(gap)} ms, ${several ? '3 x ' : ''}${hz} Hz for ${length} ms, ${told}`
  return { name, by: 'machine', samples, beepOverMs: ms(up), saidMs: ms(before) + ms(said) }
}

async function machineWithoutBeep(i: number, speaker: Speaker, chance: Random): Promise<AnswerRecording> {
  const text = machines[3 + i]!
  const voice = chance.of(speaker.voices)
  const up = concat(silence(chance.between(100, 1500)), await speaker.say(text, voice))
  const { samples, told } = line(concat(up, silence(9000)), chance)
  return {
    name: `machine without a beep, "${text.slice(0, 40)}" by ${voice}, ${told}`,
    by: 'machine',
    samples,
    saidMs: ms(up),
  }
}

function fax(i: number, chance: Random): AnswerRecording {
  const before = silence(chance.between(200, 2200))
  const amplitude = chance.between(2500, 10_000)
  if (i % 2 === 0) {
    const reversals = i % 4 === 0
    const length = chance.between(2600, 4000)
    const { samples, told } = line(
      concat(before, answerTone(Math.round(length), amplitude, reversals), silence(3000)),
      chance,
    )
    return { name: `fax that answers (${reversals ? 'V.8' : 'T.30'}), ${told}`, by: 'fax', samples }
  }
  const hz = chance.between(1065, 1135)
  const burst = concat(tone([hz], chance.between(430, 570), amplitude), silence(chance.between(2600, 3300)))
  const { samples, told } = line(concat(before, burst, burst, burst), chance)
  return { name: `fax that calls, ${told}`, by: 'fax', samples }
}

function nobody(i: number, chance: Random): AnswerRecording {
  const noise = (['none', 'hiss', 'hum', 'room'] as const)[i % 4]!
  const noiseDb = Math.round(chance.between(-60, -32))
  const clicks = concat(silence(chance.between(500, 3000)), tone([900, 1800, 2750], 15, 9000), silence(8000))
  const samples = throughLine(i < 4 ? silence(9000) : clicks, { gain: 1, noise, noiseDb }, chance)
  return { name: `nobody, ${noise} ${noiseDb} dB${i < 4 ? '' : ', a click'}`, by: 'silence', samples }
}
