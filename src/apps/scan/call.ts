import { anywhere, type Hearing, type Way } from '../../menu/scan/hearing.ts'
import { doubted, noisesIn } from '../../menu/scan/noise.ts'
import type { Press } from '../../menu/scan/plan.ts'
import { type FoundPrint, greetingMs, type HeardSound, PrintWatch, printOf } from '../../menu/scan/print.ts'
import { readHearing } from '../../menu/scan/read.ts'
import { mayBe, recognises } from '../../menu/scan/recognise.ts'
import { isRestOf, withoutTail } from '../../menu/scan/tail.ts'
import { idOf, keyBetween, promised, rootId, type ScanNode, type ScanOption, standsAt } from '../../menu/scan/tree.ts'
import { returns } from '../../menu/understand/role.ts'
import { type Call, CallEnded } from '../../phone/call.ts'
import type { HeardWord } from '../../phone/listen.ts'
import { heardOut, heardPrint, heardSpeech } from './await-sound.ts'
import { placeName, type ScanDesk } from './desk.ts'
import { Ear } from './ear.ts'
import { asHearing, type Heard, wordsBefore } from './heard.ts'
import { learnMenu, learnMessage, underWayMs } from './learn.ts'

/** Utterances of a known prompt are cut at shorter pauses, for its key to be pressed the sooner. */
const travelPauseMs = 250
/** And where there is none: so much is enough to know it by. */
const travelLongestMs = 2000
const onsetMs = 8000
const promptPauseMs = 600
/** So much of a prompt's sound tells that it is the one that is expected, and so much that it is one of all that are known. */
const expectedMs = 900
const sameMs = 3200
/** Before a menu that begins later than this something was said. */
const aloneMs = 1500
/** What begins so late after a key was not begun by it. */
const lateMs = 8000
/** What is known to begin so soon behind a key has nothing said before it. */
const atOnceMs = 600
/** Who hangs up sooner does not do so for the key. */
const suddenMs = 1000
/** Menus end by themselves: behind a prompt that was heard out, so soon a goodbye may be none of the key's. */
const saidGoodbyeMs = 2500
/** "Goodbye", and what it is taken for. */
const mostOfGoodbye = 2
/** Who was heard out so often without a key gives up on the caller. */
const patience = 2
/** A key that was not heard is pressed so often in one call: some menus hear none while they speak, and begin again soon. */
const mostPresses = 3
/** The longest prompt that a menu may have here, 2,000 characters, takes 140 s. */
const promptMs = 180_000
/** After so long a pause a prompt that is known is over. */
const overMs = 1500
/** From here on a key is no other than it was taken for. */
const sureKey = 0.75
/** So long music must play where nobody has spoken. */
const holdMs = 20_000
const travelMs = 60_000

/** What it is to be done with a call of a scan, until nothing is left that it could find out. Hangs up. */
export async function scanOn(call: Call, desk: ScanDesk): Promise<void> {
  const visit = new Visit(call, desk)
  try {
    await visit.run()
    await call.hangup({ code: 'completed', sentence: 'the scan had heard what this call could tell' })
  } catch (error) {
    // The far end hung up; what was heard until then is kept.
    if (!(error instanceof CallEnded)) throw error
  }
}

class Visit {
  readonly #call: Call
  readonly #desk: ScanDesk
  readonly #answered: number
  /** The key that led here was pressed while the prompt was still said, which some do not hear. */
  #early = false
  /** What was heard last may have been going on when it was understood, and so when the next key is pressed. */
  #goesOn = false
  /** When the prompt that is being said began. */
  #saidFrom: number | undefined
  /** The menu in which a key was refused last: some hang up on the second. */
  #refusedAt: string | undefined
  /** The menu that was heard out last, and how often since a key was pressed. */
  #heardOut = { id: '', times: 0 }
  /** Listens on while no key is pressed. */
  #ear: Ear | undefined

  constructor(call: Call, desk: ScanDesk) {
    this.#call = call
    this.#desk = desk
    this.#answered = desk.clock.now()
  }

  async run(): Promise<void> {
    try {
      await this.#run()
    } finally {
      this.#ear?.close()
    }
  }

  async #run(): Promise<void> {
    let at = await this.#start()
    while (at !== undefined && !this.#call.signal.aborted) {
      const move = this.#desk.next(at)
      switch (move.kind) {
        case 'done':
          return
        case 'hear':
          at = await this.#explore(this.#desk.tree().nodes.get(move.node)?.way ?? [])
          break
        case 'press':
          at = await this.#follow(move.presses)
      }
    }
  }

  async #start(): Promise<string | undefined> {
    const { tree, next, note } = this.#desk
    const first = tree().nodes.has(rootId) ? standsAt(tree(), rootId) : rootId
    if (first === undefined) return undefined
    const move = next(undefined)
    switch (move.kind) {
      case 'done':
        return undefined
      case 'hear':
        return this.#explore(this.#wayOf(move.node))
      case 'press': {
        const hurries = this.#mayHurry(move.presses)
        if (await (hurries ? this.#pass() : this.#recognise(first))) return this.#follow(move.presses, hurries)
        note('the call does not begin as the ones before it')
        return undefined
      }
    }
  }

  /** Where the first of these leads to a menu that is known, too: hearing that one tells that the way was right. */
  #mayHurry(presses: readonly Press[]): boolean {
    return this.#desk.hurries() && presses[0]?.to !== undefined
  }

  /** Does not hear a prompt that is known, only that it is said. */
  async #pass(): Promise<boolean> {
    const spoke = await heardSpeech(this.#call, this.#desk.clock, onsetMs)
    this.#early = spoke !== undefined
    this.#saidFrom = spoke
    return spoke !== undefined
  }

  async #follow(presses: readonly Press[], passed = false): Promise<string | undefined> {
    const last = presses.at(-1)
    if (last === undefined) return undefined
    const branch = idOf([...this.#wayOf(last.from), last.key])
    let hurried = passed
    for (const [i, { from, key, to }] of presses.entries()) {
      if (to === undefined) return this.#press(from, key, () => this.#explore([...this.#wayOf(from), key], from))
      const passes = this.#mayHurry(presses.slice(i + 1))
      hurried ||= passes
      const known = await this.#press(from, key, () => (passes ? this.#pass() : this.#recognise(to, from)))
      if (!known) {
        const sentence = `key ${key} did not lead where it led before`
        if (hurried) this.#desk.lost(sentence)
        else this.#desk.missed(branch, sentence)
        return undefined
      }
    }
    return undefined
  }

  async #press<T>(from: string, key: string, then: () => Promise<T>): Promise<T> {
    this.#ear?.close()
    this.#ear = undefined
    if (this.#desk.deaf.has(from) && (this.#early || this.#goesOn)) {
      const { clock, lasts } = this.#desk
      const lastsMs = (lasts.get(from) ?? promptMs) + (this.#saidFrom ?? clock.now()) - clock.now()
      await heardOut(this.#call, clock, { silentMs: overMs, mostMs: promptMs, lastsMs })
      this.#early = false
      this.#goesOn = false
    }
    this.#desk.note(`presses ${key} at ${placeName(from)}`)
    await this.#call.send(key)
    return then()
  }

  /** Hears a place out, and keeps what was heard. @returns where the call stands then */
  async #explore(way: Way, from?: string, pressed = 1): Promise<string | undefined> {
    const { clock, hints, keep, lasts, spoken } = this.#desk
    const early = this.#early
    const under = early || this.#goesOn
    this.#early = false
    this.#goesOn = false
    const prepare = (utterance: Int16Array): Promise<Int16Array> => spoken.meanOf(utterance)
    this.#ear ??= await Ear.open(this.#call, { clock, hints, prepare, pauseMs: promptPauseMs, sound: true })
    const before = from === undefined || !under ? undefined : this.#desk.tree().nodes.get(from)
    const branch = idOf(way)
    const { prints, messages } = this.#desk
    const watch = new PrintWatch(prints, from === undefined ? undefined : messages)
    const listened = clock.now()
    let known: FoundPrint | undefined
    // The same words are asked about with each silence behind them.
    let last:
      | { readonly of: readonly HeardWord[]; readonly noises: string; readonly own: readonly HeardWord[] }
      | undefined
    const ownOf = (words: readonly HeardWord[]): readonly HeardWord[] => {
      const noises = noisesIn(watch.sound)
      const lay = JSON.stringify(noises)
      if (last?.of !== words || last.noises !== lay)
        last = { of: words, noises: lay, own: doubted(withoutTail(words, before, way.at(-1)), noises) }
      return last.own
    }
    const hearingOf = (heard: Heard): Omit<Hearing, 'id'> => {
      const own = known === undefined ? heard.words : wordsBefore(heard.words, known.fromMs)
      const hearing = asHearing(way, { ...heard, words: ownOf(own) })
      return known === undefined ? hearing : { ...hearing, bySound: { node: known.id, fromMs: known.fromMs } }
    }
    const { heard, decided, beganAt, ms } = await this.#ear.hear<'over' | 'known'>({
      mostMs: promptMs,
      decide: (heard) => {
        const { end, returns } = readHearing(this.#desk.tree(), { id: '', ...hearingOf(heard) })
        // Steady speech on a line that hisses passes for music at first.
        if (end.kind === 'hold' && heard.words.length === 0 && clock.now() - listened < holdMs) return undefined
        // A menu that follows is known by its beginning, a hang-up by itself.
        return end.kind === 'undecided' && returns === undefined && !heard.hungUp ? undefined : 'over'
      },
      decideBySound: (piece) => {
        watch.push(piece)
        const found = watch.found(sameMs, (found) => this.#isExpected(found, from, way))
        if (found === undefined || found.id === branch) return undefined
        known = found
        return 'known'
      },
      // Where the menu that the key was pressed in is said again, its words tell whether that is what the key is for.
      wordless: () =>
        known !== undefined && (messages.has(known.id) || (known.fromMs <= atOnceMs && known.id !== from)),
    })
    this.#desk.listened(heard)
    const began = beganAt - this.#answered
    if (decided !== 'over' || heard.hungUp) this.#ear = undefined
    // What we cut off ourselves, or the network did, says nothing of how the prompt goes on.
    if (heard.hungUp && !(await this.#endedByFarEnd())) return undefined
    // Where nothing was understood the second time either, it is no silence.
    const nothingTaken = heard.words.length === 0 && known === undefined
    if (heard.untranscribed !== undefined && (nothingTaken || !this.#desk.wasMissed(branch))) {
      this.#desk.missed(branch, `what was said there could not be recognised: ${heard.untranscribed}`)
      return undefined
    }
    const sudden = early ? heard.words.length === 0 && ms < suddenMs : ms < saidGoodbyeMs || this.#gaveUp(from, heard)
    const givenUp = from !== undefined && from === this.#refusedAt && !this.#isSure(from, way)
    if (from !== undefined && heard.hungUp && sudden && !givenUp && !this.#desk.wasMissed(branch)) {
      this.#desk.missed(branch, 'the other side hung up before it can have heard the key')
      return undefined
    }
    const hearing = hearingOf(heard)
    this.#goesOn = known !== undefined || heard.speaking
    this.#saidFrom = known === undefined ? undefined : beganAt + known.fromMs
    const { same, end } = readHearing(this.#desk.tree(), { id: '', ...hearing })
    const after = { heard, words: hearing.words, known, same, early, before }
    if (from !== undefined && pressed < mostPresses && !heard.hungUp && this.#isUnheard(way, from, after)) {
      this.#wasUnheard(from)
      // What is known by its sound has just begun.
      this.#goesOn = known !== undefined || heard.speaking
      return this.#press(from, way.at(-1) ?? '', () => this.#explore(way, from, pressed + 1))
    }
    if (early && from !== undefined && (known?.id ?? same) !== from && end.kind !== 'refused')
      this.#desk.attentive.add(from)
    await keep(hearing, Math.round(began), Math.round(began + ms))
    const begins = hearing.words[0]?.fromMs
    if (end.kind === 'menu') {
      const times = from === undefined && this.#heardOut.id === branch ? this.#heardOut.times : 0
      this.#heardOut = { id: branch, times: times + 1 }
      const lastsMs = Math.max(heard.quietFromMs, hearing.words.at(-1)?.toMs ?? 0) - (begins ?? 0)
      lasts.set(branch, Math.max(lasts.get(branch) ?? 0, lastsMs))
      const fromMs = hearing.words.length < heard.words.length ? begins : undefined
      learnMenu(prints, branch, watch, { words: hearing.words, fromMs, early })
    }
    const node = this.#desk.tree().nodes.get(branch)
    if (node !== undefined && known === undefined) learnMessage(messages, node, watch, hearing.words)
    this.#refusedAt = node?.end === 'refused' ? node.returns : undefined
    return heard.hungUp ? undefined : standsAt(this.#desk.tree(), branch)
  }

  /** Once does not make a menu deaf that has heard others: what plays the menu again may take its time, and a key may be lost. */
  #wasUnheard(from: string): void {
    this.#desk.note('the key was not heard under the prompt and is pressed again')
    if (!this.#desk.attentive.delete(from)) this.#desk.deaf.add(from)
  }

  /** Whether the menu said goodbye rather for want of a key, or for a second one that it does not know, than for this one. */
  #gaveUp(from: string | undefined, { words }: Heard): boolean {
    const [first] = words
    const soon = first !== undefined && first.fromMs < saidGoodbyeMs && words.length <= mostOfGoodbye
    return soon && (from === this.#refusedAt || (from === this.#heardOut.id && this.#heardOut.times >= patience))
  }

  /** Whether the prompt that a key was pressed in only went on, or began again though the key is for something else. */
  #isUnheard(way: Way, from: string, { heard, words, known, same, early, before }: AfterKey): boolean {
    const quiet = heard.tones.length === 0 && !heard.music
    const option = this.#optionOf(from, way)
    const mayRepeat = option !== undefined && returns(option.role)
    if (before !== undefined && known === undefined && quiet && isRestOf(heard.words, before, mayRepeat)) return true
    const again = known === undefined ? same === from : known.id === from
    if (early && again && (known === undefined || known.fromMs >= lateMs)) return true
    // One word may be the beginning of what is known.
    return again && option?.role === 'branch' && this.#isSure(from, way) && (known === undefined || words.length <= 1)
  }

  /** Whether a menu was to follow: the key leads to it by its words, or is one that the menu refuses. Other menus may begin with the same greeting. */
  #isExpected({ id, fromMs }: FoundPrint, from: string | undefined, way: Way): boolean {
    const node = from === undefined ? undefined : this.#desk.tree().nodes.get(from)
    const role = from === undefined ? undefined : this.#optionOf(from, way)?.role
    if (node !== undefined && role !== undefined && promised(node, role) === id) return true
    return id === from && fromMs > aloneMs
  }

  /** Whether the last key of the way was offered, and is no other than it was taken for. */
  #isSure(from: string, way: Way): boolean {
    const option = this.#optionOf(from, way)
    return option?.from === 'heard' && option.confidence >= sureKey
  }

  #optionOf(from: string, way: Way): ScanOption | undefined {
    const node = this.#desk.tree().nodes.get(from)
    return node?.options.find(({ key }) => key === way.at(-1))
  }

  /** Waits for a prompt that was heard before, no longer than until it is known for it. */
  async #recognise(id: string, from?: string): Promise<boolean> {
    const { clock, hints, keep, note } = this.#desk
    const began = clock.now() - this.#answered
    const node = this.#desk.tree().nodes.get(id)
    const before = from === undefined ? undefined : this.#desk.tree().nodes.get(from)
    if (node === undefined) return false
    const early = this.#early
    this.#goesOn = false
    const sound = await this.#hearsPrint(id)
    if (sound === 'known') return true
    const ear = await Ear.open(this.#call, {
      ...{ clock, hints, pauseMs: travelPauseMs, longestMs: travelLongestMs },
    })
    const { decided, heard, ms } = await ear.hear({
      mostMs: travelMs,
      decide: ({ words, silentMs, hungUp }): 'known' | 'over' | undefined => {
        if (anywhere(words, (rest) => recognises(node, rest))) return 'known'
        return silentMs >= 3000 && words.length > 0 ? 'over' : silentMs >= 15_000 || hungUp ? 'over' : undefined
      },
    })
    ear.close()
    this.#desk.listened(heard)
    this.#early = decided === 'known'
    this.#saidFrom = undefined
    if (decided === 'known') {
      // The print of it was taken where something lay over it.
      const [old, fromMs] = [this.#desk.prints.get(id), early ? underWayMs : 0]
      const print =
        sound === undefined || old === undefined ? undefined : printOf(sound, fromMs, { greetingMs: greetingMs(old) })
      if (print !== undefined) this.#desk.prints.set(id, print)
      return true
    }
    if (!heard.hungUp && mayBe(this.#desk.tree(), node, heard.words)) {
      note(`takes what was heard for the prompt of ${placeName(id)}, though many words differ`)
      await keep(asHearing(node.way, heard), Math.round(began), Math.round(began + ms))
      return true
    }
    const unheard = before !== undefined && anywhere(heard.words, (rest) => recognises(before, rest))
    if (!early || !unheard || from === undefined || heard.hungUp) return false
    this.#wasUnheard(from)
    this.#early = false
    const key = keyBetween(this.#desk.tree(), from, id)
    return key === undefined ? false : this.#press(from, key, () => this.#recognise(id))
  }

  /** @returns what was heard where it was not the prompt of this node; `undefined` where its sound is not known */
  async #hearsPrint(id: string): Promise<'known' | HeardSound | undefined> {
    const print = this.#desk.prints.get(id)
    if (print === undefined) return undefined
    const watch = new PrintWatch(new Map([[id, print]]))
    const from = this.#desk.clock.now()
    const known = await heardPrint(this.#call, this.#desk.clock, {
      push: (piece) => watch.push(piece),
      found: () => watch.found(expectedMs) !== undefined,
    })
    if (!known) return watch.sound
    this.#early = true
    this.#saidFrom = from + (watch.found(expectedMs)?.fromMs ?? 0)
    return 'known'
  }

  async #endedByFarEnd(): Promise<boolean> {
    const { by } = await this.#call.ended
    return by === 'callee' || by === 'caller'
  }

  #wayOf(id: string): Way {
    return this.#desk.tree().nodes.get(id)?.way ?? []
  }
}

/** What followed a key. */
interface AfterKey {
  readonly heard: Heard
  /** Of what was said before a prompt that is known, without the tail of the one before. */
  readonly words: readonly HeardWord[]
  /** The prompt that was known by its sound. */
  readonly known: FoundPrint | undefined
  /** The node that was said, where it was heard before. */
  readonly same: string | undefined
  readonly early: boolean
  /** The node that it was pressed at, where its prompt may have been going on. */
  readonly before: ScanNode | undefined
}
