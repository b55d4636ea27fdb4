/** Texts that the sentences are made of; each is the content of the file of that name beside this one. */
export interface CorpusTexts {
  readonly labels: string
  readonly sentences: string
  readonly slots: string
  readonly words: string
}

/** One run of options in so many has keys of two digits. */
const codeRuns = 10

type Draw = (count: number) => number
interface Pattern {
  readonly weight: number
  readonly parts: readonly string[]
}

const keyWords = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'zero', 'star', 'pound']
const rareKeys = [
  'the star key',
  'the pound key',
  'hash',
  'the hash key',
  'ten',
  'eleven',
  'twelve',
  'one one',
  'two two',
]
const otherKeys = [
  'four four',
  'nine nine',
  'star one',
  'pound one',
  'twenty',
  'one two',
  'one zero',
  'zero zero',
  'zero',
]

/**
 * Sentences as they are said on the telephone, the same ones for the same texts and seed: a pattern is drawn by its weight, its slots are
 * filled. Options come in runs with rising keys, as in menus; what one breath holds varies, as recordings are cut at pauses.
 */
export function* sentences(texts: CorpusTexts, count: number, seed = 1): Generator<readonly string[]> {
  const corpus = new Corpus(texts, draws(seed))
  // Every label once in every common place, so that none is left to chance.
  yield* corpus.everyLabel()
  for (let i = 0; i < count; i++) yield corpus.utterance()
}

/** The words of everyday English of `words.txt`. */
export const everydayWords = (texts: Pick<CorpusTexts, 'words'>): readonly string[] => [
  ...new Set(lines(texts.words).flatMap((line) => line.split(/\s+/))),
]

class Corpus {
  readonly #patterns: ReadonlyMap<string, readonly Pattern[]>
  readonly #kinds: readonly Pattern[]
  readonly #slots: ReadonlyMap<string, readonly string[]>
  readonly #labels: ReadonlyMap<string, readonly string[]>
  readonly #draw: Draw

  constructor(texts: CorpusTexts, draw: Draw) {
    this.#draw = draw
    this.#patterns = new Map(
      [...sections(texts.sentences)].map(([name, rows]) => [name, rows.flatMap((row) => readPattern(row))]),
    )
    // A section is as likely as its patterns together.
    this.#kinds = [...this.#patterns]
      .filter(([name]) => name !== 'options')
      .map(([name, all]) => ({ weight: all.reduce((sum, { weight }) => sum + weight, 0), parts: [name] }))
    this.#labels = sections(texts.labels)
    this.#slots = new Map(
      [...sections(texts.slots)].map(([name, rows]) => [
        name,
        rows
          .join(',')
          .split(',')
          .map((word) => word.trim()),
      ]),
    )
  }

  utterance(): readonly string[] {
    const breath = this.#draw(10)
    if (breath < 5) return this.#options(1 + this.#draw(4))
    if (breath === 5) return [...this.#say('greetings'), ...this.#options(1 + this.#draw(2))]
    if (breath === 6) return [...this.#say('introductions'), ...this.#options(1 + this.#draw(2))]
    const [kind = 'greetings'] = this.#pick(this.#kinds).parts
    return breath < 9 ? this.#say(kind) : [...this.#say(kind), ...this.#say(kind)]
  }

  *everyLabel(): Generator<readonly string[]> {
    for (const topic of this.#labels.get('topics') ?? []) {
      const words = topic.split(' ')
      yield words
      yield ['for', ...words]
      yield ['for', ...words, 'press', ...this.#key().split(' ')]
      yield ['press', ...this.#key().split(' '), 'for', ...words]
    }
    for (const action of this.#labels.get('actions') ?? []) {
      const words = action.split(' ')
      yield ['to', ...words]
      yield ['to', ...words, 'press', ...this.#key().split(' ')]
      yield ['press', ...this.#key().split(' '), 'to', ...words]
    }
  }

  /** A run of options with rising keys, mostly in one style. */
  #options(count: number): readonly string[] {
    const patterns = this.#patterns.get('options') ?? []
    const style = this.#pick(patterns)
    let key = this.#draw(3) === 0 ? this.#draw(9) : 0
    const words: string[] = []
    // "Press one to ..., two to ..., or three to ...": the verb is said once.
    const listed = count > 1 && this.#draw(6) === 0
    const codes = count > 1 && !listed && this.#draw(codeRuns) === 0
    for (let i = 0; i < count; i++) {
      const list =
        listed && i > 0 ? this.#pick(this.#patterns.get(i === count - 1 ? 'lasts' : 'lists') ?? []) : undefined
      const pattern = list ?? this.#outside(key) ?? (this.#draw(4) === 0 ? this.#pick(patterns) : style)
      words.push(...this.#fill(pattern, codes && key < 9 ? this.#code() : this.#keyName(key)))
      key = key < 8 && this.#draw(6) > 0 ? key + 1 : 9 + this.#draw(3)
    }
    return words
  }

  /** Zero mostly reaches somebody; star, pound and now and then nine lead back, any other key seldom. */
  #outside(key: number): Pattern | undefined {
    const returns = key < 9 && this.#draw(key === 8 ? 3 : 30) === 0
    if (!returns && (key < 9 || this.#draw(4) === 0)) return undefined
    return this.#pick(this.#patterns.get(key === 9 ? 'operators' : 'returns') ?? [])
  }

  #keyName(key: number): string {
    const name = keyWords[key] ?? 'zero'
    return key > 9 && this.#draw(3) === 0 ? `the ${name} key` : name
  }

  /** Two digits, as the keys of some menus have; none begins with zero. */
  #code(): string {
    return `${keyWords[this.#draw(9)]} ${keyWords[this.#draw(9)]}`
  }

  #say(section: string): readonly string[] {
    return this.#fill(this.#pick(this.#patterns.get(section) ?? []), undefined)
  }

  #fill({ parts }: Pattern, key: string | undefined): string[] {
    return parts
      .map((part) => this.#expand(part, key))
      .join(' ')
      .split(' ')
      .filter((word) => word !== '')
  }

  #expand(part: string, key: string | undefined): string {
    if (part.startsWith('[')) return this.#inner(this.#oneOf(alternatives(part)), key)
    return this.#inner(part, key)
  }

  #inner(text: string, key: string | undefined): string {
    if (text.includes('['))
      return readParts(text)
        .map((part) => this.#expand(part, key))
        .join(' ')
    return text.replace(/\{(\w+)\}/g, (_, slot: string) => this.#slot(slot, key))
  }

  #slot(slot: string, key: string | undefined): string {
    switch (slot) {
      case 'key':
        // Now and then a key that breaks the order: no key may become unlikely where it is said clearly.
        return key !== undefined && this.#draw(8) > 0 ? key : this.#key()
      case 'topic':
        return this.#oneOf(this.#labels.get('topics') ?? [])
      case 'action':
        return this.#oneOf(this.#labels.get('actions') ?? [])
      case 'back':
        return this.#oneOf(this.#labels.get('backs') ?? [])
      case 'name':
        return this.#name()
      case 'company':
        return `${this.#oneOf(this.#slots.get('brand') ?? [])} ${this.#oneOf(this.#slots.get('business') ?? [])}`
      case 'digits':
        return Array.from({ length: 3 + this.#draw(5) }, () => keyWords[this.#draw(10)]).join(' ')
      default:
        return this.#oneOf(this.#slots.get(slot) ?? [])
    }
  }

  #key(): string {
    const kind = this.#draw(12)
    if (kind === 0) return this.#oneOf(rareKeys)
    if (kind === 1) return this.#oneOf(otherKeys)
    return this.#oneOf(keyWords)
  }

  #name(): string {
    const first = this.#oneOf(this.#slots.get('first') ?? [])
    const last = this.#oneOf(this.#slots.get('last') ?? [])
    const form = this.#draw(5)
    if (form === 0) return first
    if (form === 1) return last
    return form === 2 ? `doctor ${last}` : `${first} ${last}`
  }

  #pick(patterns: readonly Pattern[]): Pattern {
    let left = this.#draw(patterns.reduce((sum, { weight }) => sum + weight, 0))
    for (const pattern of patterns) {
      left -= pattern.weight
      if (left < 0) return pattern
    }
    throw new Error('a section of the sentences is empty')
  }

  #oneOf(choices: readonly string[]): string {
    return choices[this.#draw(choices.length)] ?? ''
  }
}

/** Whole numbers below `count`, the same run for the same seed (mulberry32). */
function draws(seed: number): Draw {
  let state = seed >>> 0
  return (count) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * count)
  }
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^#(?! \[)/.test(line))

function sections(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  let rows: string[] = []
  for (const line of lines(text)) {
    const name = /^# \[(\w+)\]$/.exec(line)?.[1]
    if (name === undefined) rows.push(line)
    else {
      rows = []
      found.set(name, rows)
    }
  }
  return found
}

function readPattern(row: string): Pattern[] {
  const at = row.indexOf(' ')
  const weight = Number(row.slice(0, at))
  if (Number.isInteger(weight) && weight > 0) return [{ weight, parts: readParts(row.slice(at + 1)) }]
  return [{ weight: 1, parts: readParts(row) }]
}

/** `a [b|c [d|]] e` as `a`, `[b|c [d|]]`, `e`. */
function readParts(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const letter of text) {
    if (letter === '[' && depth++ === 0) {
      parts.push(part)
      part = ''
    }
    part += letter
    if (letter === ']' && --depth === 0) {
      parts.push(part)
      part = ''
    }
  }
  return [...parts, part].filter((one) => one !== '')
}

function alternatives(part: string): string[] {
  const choices: string[] = ['']
  let depth = 0
  for (const letter of part.slice(1, -1)) {
    if (letter === '[') depth++
    if (letter === ']') depth--
    if (letter === '|' && depth === 0) choices.push('')
    else choices[choices.length - 1] += letter
  }
  return choices
}
