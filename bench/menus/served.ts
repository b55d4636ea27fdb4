import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Scope } from '../../src/base/scope.ts'
import type { Menu, MenuAction, MenuNode, MenuPrompt } from '../../src/menu/model.ts'
import { readWav } from '../../test/kit/audio.ts'
import { SPEECH, speechRms } from '../speech/line.ts'
import type { ServiceApi } from './service-api.ts'
import type { Tree } from './trees.ts'
import type { Voices } from './voices.ts'

/** A tree that callers can hear. */
export interface ServedTree {
  readonly number: string
  /** Of each text that it says. */
  readonly ms: ReadonlyMap<string, number>
  /** That its voice becomes as loud as speech on a line. */
  readonly gain: number
}

export interface ServeOptions {
  readonly api: ServiceApi
  readonly voices: Voices
  readonly files: PromptFiles
}

/** Gives the menu a number of the service, every prompt in this voice. */
export async function serveTree(tree: Tree, voice: string, { api, voices, files }: ServeOptions): Promise<ServedTree> {
  const ms = new Map<string, number>()
  const urls = new Map<string, string>()
  let gain = 1
  for (const text of saidIn(tree.menu)) {
    const path = await voices.speak(voice, text)
    const samples = readWav(path)
    ms.set(text, samples.length / 8)
    if (!voices.isOwn(voice)) urls.set(text, files.url(path))
    if (text === tree.menu.menus[tree.menu.start]?.prompt) gain = SPEECH / speechRms(samples)
  }
  const spoken = (text: string): MenuPrompt => {
    const url = urls.get(text)
    return url === undefined ? { text, voice } : { url }
  }
  const { id } = await api.post<{ id: string }>('/v1/menus', {
    ...inVoice(tree.menu, spoken),
    // Companies come up twice, names of menus may not.
    name: `${tree.menu.name} ${tree.seed}`,
  })
  const { number } = await api.post<{ number: string }>('/v1/numbers', {})
  await api.patch(`/v1/numbers/${encodeURIComponent(number)}`, { assignment: { kind: 'menu', menu: id } })
  return { number, ms, gain }
}

/** All that is said in the voice of the menu. */
export function saidIn({ menus }: Menu): Set<string> {
  const texts = new Set<string>()
  const add = (prompt: MenuPrompt | undefined): void => {
    if (typeof prompt === 'string') texts.add(prompt)
  }
  for (const { prompt, options } of Object.values(menus)) {
    add(prompt)
    for (const { action } of options) if ('say' in action) add(action.say)
  }
  return texts
}

function inVoice(menu: Menu, spoken: (text: string) => MenuPrompt): Menu {
  const said = (prompt: MenuPrompt): MenuPrompt => (typeof prompt === 'string' ? spoken(prompt) : prompt)
  const acting = (action: MenuAction): MenuAction =>
    'say' in action && action.say !== undefined ? { ...action, say: said(action.say) } : action
  const node = ({ prompt, options, ...rest }: MenuNode): MenuNode => ({
    ...rest,
    ...(prompt === undefined ? {} : { prompt: said(prompt) }),
    options: options.map((option) => ({ ...option, action: acting(option.action) })),
  })
  return { ...menu, menus: Object.fromEntries(Object.entries(menu.menus).map(([name, one]) => [name, node(one)])) }
}

/** Prompts of voices that the service has not, for it to fetch. */
export class PromptFiles {
  readonly #paths: string[] = []
  #base = ''

  static async open(scope: Scope): Promise<PromptFiles> {
    const files = new PromptFiles()
    const server = createServer((request, response) => {
      const path = files.#paths[Number(/^\/(\d+)\.wav$/.exec(request.url ?? '')?.[1] ?? -1)]
      if (path === undefined) {
        response.writeHead(404).end()
        return
      }
      response.writeHead(200, { 'content-type': 'audio/wav' })
      createReadStream(path).pipe(response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    scope.add('prompt files', () => {
      server.closeAllConnections()
      server.close()
    })
    files.#base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return files
  }

  url(path: string): string {
    this.#paths.push(path)
    return `${this.#base}/${this.#paths.length - 1}.wav`
  }
}
