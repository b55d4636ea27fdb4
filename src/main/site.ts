import type { Plan } from '../apps/inbound.ts'
import type { HeldMenu } from '../apps/menu/ports.ts'
import { Turns } from '../base/turns.ts'
import type { Directory, ExtensionCredentials, Trunk } from '../engines/embedded/directory.ts'
import type { Menu } from '../menu/model.ts'
import { type MenuText, textsOf } from '../menu/texts.ts'
import type { Address } from '../phone/address.ts'
import type { Assignment } from '../phone/assignment.ts'
import type { Flow } from '../phone/flow.ts'
import type { Forward, ForwardPrompts } from '../phone/forward.ts'
import type { Id } from '../phone/id.ts'
import type { OutboundRule } from '../phone/outbound.ts'
import type { SrtpPolicy } from '../phone/srtp.ts'
import { engineOf } from '../phone/switch-uri.ts'
import { endpointApplications } from '../store/endpoints.ts'
import { allExtensions, type ExtensionRow } from '../store/extensions.ts'
import { allFlows } from '../store/flows.ts'
import { allForwards, type ForwardRow } from '../store/forwards.ts'
import { allMenus } from '../store/menus.ts'
import { type NumberRow, rentedNumbers } from '../store/numbers.ts'
import type { Store } from '../store/store.ts'
import { type NewTrunk, trunksToUse } from '../store/trunks.ts'
import { DoNotCall } from './do-not-call.ts'

export type SiteNoun = 'extensions' | 'trunks' | 'numbers' | 'forwards' | 'flows' | 'menus'

/**
 * What stands in the store about extensions, trunks, numbers, forwards and flows, held in memory: every call asks several times,
 * changes are rare, and each of them comes through this process's API, which says `reload`.
 */
export class Site implements Directory, Plan {
  readonly doNotCall: DoNotCall
  readonly #store: Store
  readonly #turns = new Turns()
  #extensions = new Map<string, ExtensionRow>()
  /** Applications that calls from extensions are given to, by username. */
  #callers: ReadonlyMap<string, string> = new Map()
  #trunks = new Map<string, NewTrunk>()
  #numbers = new Map<string, NumberRow>()
  #forwards = new Map<string, ForwardRow>()
  #flows = new Map<string, Flow>()
  #menus = new Map<string, HeldMenu>()

  private constructor(store: Store, doNotCall: DoNotCall) {
    this.#store = store
    this.doNotCall = doNotCall
  }

  static async load(store: Store): Promise<Site> {
    const site = new Site(store, await DoNotCall.load(store.db))
    for (const noun of ['extensions', 'trunks', 'numbers', 'forwards', 'flows', 'menus'] as const)
      await site.reload(noun)
    return site
  }

  /** One after the other, so that what was read first cannot come last. */
  reload(noun: SiteNoun): Promise<void> {
    return this.#turns.take('site', () => this.#read(noun))
  }

  async #read(noun: SiteNoun): Promise<void> {
    const { db, keys } = this.#store
    switch (noun) {
      case 'extensions':
        this.#extensions = new Map((await allExtensions(db)).map((row) => [row.username, row]))
        this.#callers = await endpointApplications(db)
        return
      case 'trunks':
        this.#trunks = new Map((await trunksToUse(db, keys)).map((row) => [row.id, row]))
        return
      case 'numbers':
        this.#numbers = new Map((await rentedNumbers(db)).map((row) => [row.e164, row]))
        return
      case 'forwards':
        this.#forwards = new Map((await allForwards(db)).map((row) => [row.id, row]))
        return
      case 'flows':
        // What was checked when it was saved.
        this.#flows = new Map((await allFlows(db)).map((row) => [row.id, row.flow as Flow]))
        return
      case 'menus':
        this.#menus = new Map((await allMenus(db)).map(({ id, menu }) => [id, { id, menu: menu as Menu }]))
    }
  }

  async credentials(username: string): Promise<ExtensionCredentials | undefined> {
    return this.#extensions.get(username)
  }

  async trunks(): Promise<readonly Trunk[]> {
    return [...this.#trunks.values()].map(toTrunk)
  }

  async trunkFor(from: Address, number: string | undefined, asked?: string): Promise<Trunk | undefined> {
    if (asked !== undefined) {
      const trunk = this.#trunks.get(asked)
      return trunk === undefined ? undefined : toTrunk(trunk)
    }
    const own =
      from.kind === 'number' ? from.e164 : from.kind === 'extension' ? await this.callerIdOf(from.username) : undefined
    for (const e164 of [number, own]) {
      const row = e164 === undefined ? undefined : this.#numbers.get(e164)
      const trunk = row === undefined ? undefined : this.#trunkOf(row)
      if (trunk !== undefined) return toTrunk(trunk)
    }
    const standard = [...this.#trunks.values()].find((trunk) => trunk.isDefault)
    return standard === undefined ? undefined : toTrunk(standard)
  }

  /** The trunk that a number chose, by itself or by its engine; of several of that engine the default, or the oldest. */
  #trunkOf({ trunkId, engine }: NumberRow): NewTrunk | undefined {
    const own = trunkId === null ? undefined : this.#trunks.get(trunkId)
    if (own !== undefined || engine === null) return own
    const all = [...this.#trunks.values()].filter(({ uri }) => engineOf(uri) === engine)
    return all.find(({ isDefault }) => isDefault) ?? all[0]
  }

  async forbids(to: Address): Promise<string | undefined> {
    return this.doNotCall.forbids(to)
  }

  /** What bounds calls by a trunk. */
  boundsOf(trunk: string): { readonly maxCalls: number; readonly callsPerSecond: number | null } | undefined {
    return this.#trunks.get(trunk)
  }

  async numbersOfTrunk(trunk: string): Promise<readonly string[]> {
    return [...this.#numbers.values()].filter((row) => this.#trunkOf(row)?.id === trunk).map((row) => row.e164)
  }

  async owns(e164: string): Promise<boolean> {
    return this.#numbers.has(e164)
  }

  async callerIdOf(username: string): Promise<string | undefined> {
    return this.#extensions.get(username)?.callerId ?? this.numbersOf(username)[0]
  }

  async callerIdOfTrunk(id: string): Promise<string | undefined> {
    const trunk = this.#trunks.get(id)
    if (trunk === undefined) return undefined
    // Numbers without a trunk of their own go out by the default.
    const goesOut = (row: NumberRow): boolean => {
      const chosen = this.#trunkOf(row)
      return chosen === undefined ? trunk.isDefault : chosen.id === id
    }
    const numbers = [...this.#numbers.values()].filter(goesOut).map(({ e164 }) => e164)
    return trunk.callerId ?? numbers.sort()[0]
  }

  async srtpOf(username: string): Promise<SrtpPolicy> {
    return this.#extensions.get(username)?.srtp ?? 'allowed'
  }

  async extensionOfNumber(e164: string): Promise<string | undefined> {
    const assignment = this.#numbers.get(e164)?.assignment
    return assignment?.kind === 'extension' ? assignment.username : undefined
  }

  async assignment(e164: string): Promise<Assignment | 'unassigned' | undefined> {
    const row = this.#numbers.get(e164)
    return row === undefined ? undefined : (row.assignment ?? 'unassigned')
  }

  async forward(id: string): Promise<Forward | undefined> {
    const row = this.#forwards.get(id)
    if (row === undefined) return undefined
    const { notify, callerId, name, number, voicemailNumber, targets, prompts, voicemail, email } = row
    return {
      id: row.id as Id<'forward'>,
      name,
      number,
      voicemailNumber,
      targets,
      callerId,
      prompts,
      voicemail,
      ...(notify === null ? {} : { notify }),
      ...(email === null ? {} : { email }),
    }
  }

  menuTexts(): readonly MenuText[] {
    return [...this.#menus.values()].flatMap(({ menu }) => textsOf(menu))
  }

  /** E.164 of the numbers whose calls it takes. */
  numbersOfMenu(id: string): readonly string[] {
    return [...this.#numbers.values()]
      .filter((row) => row.assignment?.kind === 'menu' && row.assignment.menu === id)
      .map((row) => row.e164)
  }

  async menu(id: string): Promise<HeldMenu | undefined> {
    return this.#menus.get(id)
  }

  async flow(id: string): Promise<Flow | undefined> {
    return this.#flows.get(id)
  }

  async allPrompts(): Promise<readonly ForwardPrompts[]> {
    return [...this.#forwards.values()].map((row) => row.prompts)
  }

  async hasExtension(username: string): Promise<boolean> {
    return this.#extensions.has(username)
  }

  applicationOfCaller(username: string): string | undefined {
    return this.#callers.get(username)
  }

  async outbound(username: string): Promise<{ readonly rule: OutboundRule; readonly maxCalls: number } | undefined> {
    return this.#extensions.get(username)?.outbound
  }

  async ownNumbers(): Promise<readonly string[]> {
    return [...this.#numbers.keys()]
  }

  /** Numbers whose calls an application drives by this token, lowest first. */
  numbersOfApp(token: string): readonly string[] {
    return [...this.#numbers.values()]
      .filter((row) => row.assignment?.kind === 'notify' && row.assignment.token === token)
      .map((row) => row.e164)
      .sort()
  }

  /** Numbers assigned to an extension, lowest first. */
  numbersOf(username: string): readonly string[] {
    return [...this.#numbers.values()]
      .filter((row) => row.assignment?.kind === 'extension' && row.assignment.username === username)
      .map((row) => row.e164)
      .sort()
  }
}

function toTrunk(row: NewTrunk): Trunk {
  return {
    id: row.id,
    name: row.name,
    uri: row.uri,
    register: row.register,
    addresses: row.addresses,
    maxCalls: row.maxCalls,
    srtp: row.srtp,
    offer: row.offer,
    ...(row.username === null ? {} : { username: row.username }),
    ...(row.password === null ? {} : { password: row.password }),
  }
}
