import { setTimeout as pause } from 'node:timers/promises'
import type { NodeView } from '../../src/menu/scan/view.ts'
import type { HeardWord } from '../../src/phone/listen.ts'
import { shownWords } from './offline.ts'
import { placeOf } from './place.ts'
import type { ServiceApi } from './service-api.ts'
import type { Tree } from './trees.ts'

export interface ShownScan {
  readonly id: string
  readonly number: string
  readonly state: string
  readonly sentence: string | null
  readonly calls: number
  readonly seconds: number
  readonly nodes: number
  readonly open: number
  readonly percent: number
  readonly tree: NodeView | null
}

export interface ScanRequest {
  readonly number: string
  readonly name: string
  readonly [choice: string]: unknown
}

/** Scans a number to the end. @param told how far it is, every few seconds */
export async function scanTree(
  api: ServiceApi,
  request: ScanRequest,
  told: (scan: ShownScan) => void,
): Promise<ShownScan> {
  const { id } = await api.post<ShownScan>('/v1/scans', request)
  for (;;) {
    await pause(2000)
    const scan = await api.get<ShownScan>(`/v1/scans/${id}`)
    told(scan)
    if (scan.state !== 'running' && scan.state !== 'waiting') return scan
  }
}

interface ShownHearing {
  readonly way: readonly string[]
  readonly words: readonly HeardWord[]
  readonly hungUp: boolean
  readonly music: boolean
  readonly tones: readonly string[]
  readonly call: string
  readonly audio: { readonly fromMs: number; readonly toMs: number } | null
}

interface ShownCall {
  readonly timeline: readonly { readonly at: string; readonly kind: string; readonly text: string }[]
}

/** What was heard, in its order, with what is said there in truth; then what each call did. */
export async function tellHearings(
  api: ServiceApi,
  scan: ShownScan,
  { menu, misheard }: Tree,
  say: (line: string) => void,
): Promise<void> {
  const { items } = await api.get<{ items: readonly ShownHearing[] }>(`/v1/scans/${scan.id}/hearings`)
  for (const { way, words, hungUp, music, tones, call, audio } of items) {
    const name = placeOf(menu, way)
    const truth =
      name === undefined ? '' : ` (${name}${name === misheard ? ', misheard' : ''}: ${menu.menus[name]?.prompt})`
    say(
      `  [${way.join(',')}] ${call.slice(-4)} ${audio?.fromMs}-${audio?.toMs}${[...tones, ...(music ? ['music'] : []), ...(hungUp ? ['hung up'] : [])].map((one) => ` ${one}`).join('')}${truth}`,
    )
    say(`      ${shownWords(words)}`)
  }
  const calls = await api.get<{ items: readonly { readonly id: string }[] }>(
    `/v1/calls?limit=100&to=${encodeURIComponent(scan.number)}`,
  )
  for (const { id } of [...calls.items].reverse()) {
    const { timeline } = await api.get<ShownCall>(`/v1/calls/${id}`)
    say(`  call ${id.slice(-4)}`)
    for (const { at, kind, text } of timeline)
      if (kind === 'app' || kind === 'ended') say(`      ${at.slice(14, 22)} ${text}`)
  }
}
