import { pagesOf } from '../../menu/ussd/screen.ts'
import { turnPage, type UssdScreen } from '../../menu/ussd/session.ts'
import type { UssdPorts, UssdPosition } from './ports.ts'
import type { Followed, Turn } from './serve.ts'

type Position = Extract<UssdPosition, { kind: 'program' }>

/** Asks a program, as gateways do, and shows what it says page by page. Keys that turn pages are not told to it. */
export async function followProgram(turn: Turn, url: string, ports: UssdPorts): Promise<Followed> {
  const { code, request, typed } = turn
  const at = turn.at?.kind === 'program' ? turn.at : undefined
  if (at !== undefined) {
    const turned = turnPage(at, typed, code.keys)
    if (turned !== undefined) return shown({ ...at, page: turned.state.page })
    // Of a last text whatever is typed turns to the next page.
    if (at.ends) return shown({ ...at, page: Math.min(at.page + 1, at.pages.length - 1) })
  }
  const told = at === undefined ? (request.text === '' ? [] : [typed]) : [...at.typed, typed]
  const answer = await ports.ask(code, url, { ...request, text: told.join('*') })
  const read = /^\s*(CON|END)(?:[ \t]+|\r?\n|$)([\s\S]*)$/.exec(answer)
  if (read === null) throw new Error(`${url} answered neither CON nor END: ${JSON.stringify(answer.slice(0, 100))}`)
  // No phone shows control characters, and the database does not take all of them.
  const lines = (read[2] ?? '').split(/\r?\n/).map((line) => line.replace(/\p{Cc}+/gu, ' ').trimEnd())
  const ends = read[1] === 'END'
  const pages = pagesOf(lines, { back: false, home: false }, code.keys, code.characters)
  return shown({ kind: 'program', typed: told, ends, pages, page: 0 })
}

function shown(at: Position): Followed {
  const screen: Pick<UssdScreen, 'text' | 'ends'> = {
    text: at.pages[at.page] ?? '',
    ends: at.ends && at.page === at.pages.length - 1,
  }
  return { at, ...screen }
}
