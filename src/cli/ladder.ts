import { plain } from './output.ts'

/** One line of a call's story as the API gives it. */
export interface StoryEvent {
  /** ISO time. */
  readonly at: string
  readonly kind: string
  readonly text: string
  readonly data?: Readonly<Record<string, string | number | boolean | null>> | null | undefined
}

interface Party {
  readonly dialog: string
  readonly title: string
}

/** From one lifeline to the next. An arrow's words stand on it, so it must hold `487 Request Terminated`. */
const pitch = 30
const timeWidth = 10
const own = 'Offhook'

/**
 * The signalling of a call as a picture in text: time runs down, each dialog has a column, the caller's is left of
 * ours and the others follow to the right in the order they came. What else happened stands between the arrows.
 * @param start of the call, in milliseconds since 1970: what all times are counted from; unless given the first event's
 * @returns lines without trailing blanks; a note that there is no signalling where there is none
 */
export function drawLadder(
  events: readonly StoryEvent[],
  start = Math.min(...events.map(({ at }) => Date.parse(at))),
): string[] {
  const messages = events.filter(isMessage)
  if (messages.length === 0) return ['No signalling was recorded for this call.']
  const parties = partiesOf(messages)
  // The first dialog is the caller's where it began by a message that came in; else we are the leftmost.
  const callerFirst = messages[0]!.kind === 'sip_in'
  const columns = callerFirst ? [parties[0]!, undefined, ...parties.slice(1)] : [undefined, ...parties]
  const ours = columns.indexOf(undefined)
  const lines = [titles(columns), lifelines(columns.length)]
  for (const event of events) {
    const time = `${((Date.parse(event.at) - start) / 1000).toFixed(3)} s`.padStart(timeWidth)
    if (isMessage(event)) {
      const theirs = columns.findIndex((party) => party?.dialog === dialogOf(event))
      const [from, to] = event.kind === 'sip_in' ? [theirs, ours] : [ours, theirs]
      lines.push(time + arrow(columns.length, from, to, label(event)))
    } else {
      lines.push(`${time}${note(columns.length, `${event.kind}: ${plain(event.text)}`)}`)
    }
  }
  return [...lines, lifelines(columns.length)].map((line) => line.trimEnd())
}

const isMessage = (event: StoryEvent): boolean => event.kind === 'sip_in' || event.kind === 'sip_out'
const dialogOf = (event: StoryEvent): string => String(event.data?.sipCallId ?? event.data?.peer ?? '')

function partiesOf(messages: readonly StoryEvent[]): Party[] {
  const parties = new Map<string, Party>()
  for (const message of messages) {
    const dialog = dialogOf(message)
    if (parties.has(dialog)) continue
    const { peer, transport } = message.data ?? {}
    const title = [plain(String(peer ?? 'unknown')), transport].filter((part) => part !== undefined).join(' ')
    parties.set(dialog, { dialog, title: shorten(plain(title), pitch - 2) })
  }
  return [...parties.values()]
}

/** `INVITE`, `180 Ringing`, `200 OK (BYE)`: an answer names its method unless that is INVITE. */
function label(event: StoryEvent): string {
  const text = plain(event.text)
  const method = /^[0-9]+ ([A-Z]+)$/.exec(String(event.data?.cseq ?? ''))?.[1]
  if (!/^[1-6][0-9][0-9]\b/.test(text)) return text.split(' ')[0] ?? ''
  return method === undefined || method === 'INVITE' ? text : `${text} (${method})`
}

/** Where a lifeline stands, counted from the end of the time. */
const place = (column: number): number => 12 + column * pitch

function titles(columns: ReadonlyArray<Party | undefined>): string {
  const line = blank(place(columns.length))
  for (const [i, party] of columns.entries()) {
    const title = party?.title ?? own
    write(line, place(i) - Math.floor([...title].length / 2), title)
  }
  return ' '.repeat(timeWidth) + line.join('')
}

function lifelines(count: number): string {
  return ' '.repeat(timeWidth) + grid(count).join('')
}

function arrow(count: number, from: number, to: number, text: string): string {
  const line = grid(count)
  const [left, right] = [place(Math.min(from, to)), place(Math.max(from, to))]
  for (let i = left + 1; i < right; i++) line[i] = line[i] === '│' ? '┼' : '─'
  line[from < to ? right - 1 : left + 1] = from < to ? '▶' : '◀'
  // On the span before the right end: that is the other party's own wherever an arrow passes third ones.
  const words = ` ${shorten(text, pitch - 6)} `
  write(line, right - pitch + Math.ceil((pitch - [...words].length) / 2), words)
  return line.join('')
}

function note(count: number, text: string): string {
  const line = grid(count)
  const room = Math.max(40, (count - 1) * pitch)
  write(line, place(0) + 2, `· ${shorten(text, room)} `)
  return line.join('')
}

function grid(count: number): string[] {
  const line = blank(place(count - 1) + 1)
  for (let i = 0; i < count; i++) line[place(i)] = '│'
  return line
}

const blank = (width: number): string[] => Array.from({ length: width }, () => ' ')

function write(line: string[], at: number, text: string): void {
  for (const [i, character] of [...text].entries()) line[Math.max(0, at) + i] = character
}

function shorten(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`
}
