import type { RecognisedWord } from '../recogniser.ts'

/** Of the two in one place. */
export interface Words {
  readonly sphinx: readonly RecognisedWord[]
  readonly moonshine: readonly RecognisedWord[]
}

/** How sure each is of the whole utterance, as `meanLogit`. */
export interface Sureness {
  readonly sphinx: number
  readonly moonshine: number
}

/** What Moonshine's words win against those of pocketsphinx. */
export interface Gain {
  /** By what is said on the telephone, logarithm to base 10. */
  readonly language: number
  /** By the sound, as Moonshine hears it: what pocketsphinx' words lose against its own. */
  readonly lost: number | undefined
}

export const plain = ({ word }: RecognisedWord): string => word.toLowerCase()

export const confidenceOf = ({ confidence = 0.5 }: RecognisedWord): number => confidence

/** Nobody is as sure as 0 or 1. */
const surest = 0.98

export const meanLogit = (words: readonly RecognisedWord[]): number =>
  words.reduce((sum, word) => {
    const p = Math.min(surest, Math.max(1 - surest, confidenceOf(word)))
    return sum + Math.log(p / (1 - p))
  }, 0) / Math.max(1, words.length)

/** What prompts are made of; pocketsphinx seldom makes one up. */
const verbs = new Set(['press', 'dial', 'select', 'choose', 'push'])
const digits = new Set('zero one two three four five six seven eight nine'.split(' '))
/** Moonshine often writes another key in their place (one of 22 digits that it wrote for them was right), and seldom them in place of another. */
const signs = new Set(['star', 'pound', 'hash'])
/** Of the gain per word: beyond it a word is merely unknown. */
const mostGain = 4
/** Of what they lose by the sound, for each piece: beyond it they were merely not said. */
const mostLost = 6

type Features = ReturnType<typeof featuresOf>
type Weights = Readonly<Record<keyof Features, number>>

/**
 * Where Moonshine was not asked. Fitted to the 630 stretches in which the two differed in 240 prompts: six voices of flite and festival with
 * prompts of the bench's generator, and a person's recordings (Debian's asterisk-core-sounds-en), each clean and with noise at 20 dB; before
 * Moonshine's words were chosen by the language, too.
 */
const unasked: Omit<Weights, 'lost'> = {
  always: 1.19,
  sphinxHere: -0.57,
  moonshineHere: 0.68,
  moonshine: 1.41,
  sphinx: -0.93,
  verb: -1.52,
  language: 1.26,
  signOrDigit: -6,
  newSign: 2.72,
  otherKey: -1.37,
  newKey: -1.61,
}
/**
 * Where it was. Fitted to what the two differed in, in 120 recordings of prompts that the others were not fitted to, of the same kind (two thirds
 * generated), starting from the others, with `sphinxHere` held: fitted freely it came to nothing, for no fewer errors, and a word that pocketsphinx was sure of
 * was lost to one that Moonshine was not. `docs/decisions/0014-two-recognisers.md` has what it brings where it was not fitted.
 */
const asked: Weights = {
  always: 0.52,
  sphinxHere: -0.57,
  moonshineHere: 1.29,
  moonshine: 0.47,
  sphinx: -0.8,
  verb: -1.52,
  language: 2.38,
  signOrDigit: -6,
  newSign: 2.72,
  otherKey: -1.45,
  newKey: -1.79,
  lost: 1.04,
}

/**
 * Where Moonshine has nothing in place of what pocketsphinx heard. Of 132 such places in 119 recordings, most of them at 20 dB, it had left out a
 * word that was said in 116: "or" between two keys, or the first word of an utterance. Fitted to these.
 */
const leftOut: Partial<Weights> = { always: -1.04, sphinxHere: -0.41, sphinx: -0.42, language: 0.35 }

function featuresOf(here: Words, sure: Sureness, { language, lost = 0 }: Gain) {
  const perWord = language / Math.max(1, here.sphinx.length, here.moonshine.length)
  const any = (words: readonly RecognisedWord[], among: ReadonlySet<string>): number =>
    Number(words.some((word) => among.has(plain(word))))
  const sign = { sphinx: any(here.sphinx, signs), moonshine: any(here.moonshine, signs) }
  const digit = any(here.moonshine, digits)
  const key = { sphinx: any(here.sphinx, digits) | sign.sphinx, moonshine: digit | sign.moonshine }
  return {
    always: 1,
    sphinxHere: meanLogit(here.sphinx),
    moonshineHere: meanLogit(here.moonshine),
    moonshine: sure.moonshine,
    sphinx: sure.sphinx,
    verb: any(here.sphinx, verbs),
    language: limited(perWord, mostGain),
    signOrDigit: sign.sphinx & digit,
    newSign: sign.moonshine & ~sign.sphinx,
    otherKey: key.sphinx & key.moonshine,
    newKey: key.moonshine & ~key.sphinx,
    lost: limited(lost, mostLost),
  }
}

/** Logarithm of the odds that Moonshine's words are nearer to what was said. */
export function oddsOfMoonshine(here: Words, sure: Sureness, gain: Gain): number {
  const features = featuresOf(here, sure, gain)
  const weights = weightsOf(here, gain)
  return (Object.keys(features) as (keyof Weights)[]).reduce(
    (sum, name) => sum + (weights[name] ?? 0) * features[name],
    0,
  )
}

/** What Moonshine left out it finds unlikely, too: that is no reason to believe it. */
function weightsOf(here: Words, { lost }: Gain): Partial<Weights> {
  if (here.moonshine.length === 0) return leftOut
  return lost === undefined ? unasked : asked
}

const limited = (value: number, most: number): number => Math.max(-most, Math.min(most, value))
