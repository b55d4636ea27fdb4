import { isLittle, sameLabel, spellingLikeness } from '../understand/likeness.ts'
import { roleOf } from '../understand/role.ts'
import type { HeardOption, Understanding } from '../understand/understand.ts'
import { beginnings } from './hearing.ts'

/** What a place calls itself: "billing", "you have reached the billing department". */
interface Heading {
  readonly text: string
  /** 0–1: of its least sure word. */
  readonly confidence: number
  /** Keys are offered behind it. */
  readonly menu: boolean
}

const naming =
  /^(?:(?:hello|hi) )?(?:(?:thanks|thank you) for (?:calling|choosing)|welcome to|you(?: ha)?ve reached|you have (?:selected|chosen)|you (?:selected|chose)|you are now in|this is) (?:the |our )?/
/** Any menu may begin so, whatever it is of. */
const greeting = /^(?:please|welcome|hello|hi|thanks|thank you|sorry)\b/
/** More words are no name. */
const mostWords = 7

/** What is said before the first pause, and before the first key. Pure. */
function headingOf({ heard, options }: Understanding): Heading | undefined {
  const to = Math.min(beginnings(heard)[1] ?? heard.length, options[0]?.words.from ?? heard.length)
  const words = heard.slice(0, to)
  const said = words.map(({ word }) => word.toLowerCase().replace(/[^a-z0-9' ]/g, '')).join(' ')
  const text = said.replace(naming, '')
  const own = words.slice(-text.split(' ').length).filter(({ word }) => !isLittle(word.toLowerCase()))
  if (own.length === 0 || text.split(' ').length > mostWords) return undefined
  const confidence = Math.min(...own.map(({ confidence = 1 }) => confidence))
  return { text, confidence, menu: options.length > 0 }
}

/** Below this the words of a label, or of a heading, may be any others. */
const doubtful = 0.5
/** What was misheard sounds somewhat like what was said. */
const likeEnough = 0.3

/**
 * What a key is for, by what is said first where it leads: many menus begin with what they were chosen for. It chooses between what was heard, or stands in
 * for what was in doubt each time and is like it. Pure.
 * @param chosen by what was heard of the key
 * @param heard of the key, in each hearing
 * @param led what was heard behind it
 */
export function labelByHeading(
  chosen: string,
  heard: readonly HeardOption[],
  led: readonly Understanding[],
): string | undefined {
  const headings = led.flatMap((reading) => headingOf(reading) ?? [])
  if (headings.length === 0 || headings.some(({ text }) => sameLabel(chosen, text))) return undefined
  const sure = (option: HeardOption): number => option.labelConfidence ?? 1
  const labels = heard.filter(({ label }) => label !== '').sort((a, b) => sure(b) - sure(a))
  const confirmed = labels.find(({ label }) => headings.some(({ text }) => sameLabel(label, text)))
  if (confirmed !== undefined) return confirmed.label
  if (labels.some((option) => sure(option) >= doubtful)) return undefined
  // A message begins with "thank you" as well; a menu rather says where one is.
  const names = headings.filter(({ menu, text }) => menu && !greeting.test(text) && roleOf(text) === 'branch')
  const [best] = names.sort((a, b) => b.confidence - a.confidence)
  if (best === undefined || best.confidence < doubtful) return undefined
  return labels.some(({ label }) => spellingLikeness(label, best.text) >= likeEnough) ? best.text : undefined
}
