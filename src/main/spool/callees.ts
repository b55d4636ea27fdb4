import { type Callee, type CallerId, readCallerId, readChannel } from '../../apps/spool/channel.ts'
import { type Contexts, useOf } from '../../apps/spool/contexts.ts'
import { type Address, readAddress } from '../../phone/address.ts'
import { mayCallOut } from '../../phone/outbound.ts'
import type { Site } from '../site.ts'

export interface CalleesOptions {
  readonly site: Pick<Site, 'hasExtension' | 'owns' | 'trunks' | 'trunkFor' | 'callerIdOfTrunk'>
  readonly country: string | undefined
  readonly contexts: Contexts
}

export interface Parties {
  readonly to: Address
  readonly from: Address
  /** Id of the trunk that the channel names, for a number outside. */
  readonly trunk: string | undefined
}

/** Whom channels and caller ids of call files mean here. A text in place of an address says why nobody. */
export class Callees {
  readonly #options: CalleesOptions

  constructor(options: CalleesOptions) {
    this.#options = options
  }

  /** @param channel `Technology/destination` */
  async named(channel: string): Promise<Address | string> {
    const slash = channel.indexOf('/')
    if (slash < 1) return 'it is no channel such as PJSIP/1001'
    return await this.#addressOf(readChannel(channel.slice(0, slash), channel.slice(slash + 1)))
  }

  /** Who is called, and who they see; those without a caller id see the number of the trunk, or nobody. */
  async parties(channel: string, callerId: string | undefined): Promise<Parties | string> {
    const to = await this.named(channel)
    if (typeof to === 'string') return to
    const { site } = this.#options
    const outside = to.kind === 'number' && !(await site.owns(to.e164))
    const shown = callerId === undefined ? undefined : await this.#caller(readCallerId(callerId))
    const slash = channel.indexOf('/')
    const callee = readChannel(channel.slice(0, slash), channel.slice(slash + 1))
    const wanted = callee.kind === 'number' ? await this.#trunk(callee.beyond) : undefined
    const from = shown ?? (await this.#ownCaller(wanted?.id ?? (await this.#standard())?.id, outside))
    return { to, from, trunk: outside ? wanted?.id : undefined }
  }

  /** One that somebody of the site would dial. */
  async dialed(text: string): Promise<Address | string> {
    const { site, country } = this.#options
    if (await site.hasExtension(text)) return { kind: 'extension', username: text, raw: text }
    const found = readAddress(text, country === undefined ? {} : { country })
    if (found?.kind === 'number') return (await this.#refusal(found.e164)) ?? found
    return `there is no extension ${text.slice(0, 80)}, nor is that a number`
  }

  async #addressOf(callee: Callee): Promise<Address | string> {
    switch (callee.kind) {
      case 'none':
        return callee.sentence
      case 'name':
        return await this.dialed(callee.name)
      case 'place': {
        const { context, extension } = callee
        const use = useOf(this.#options.contexts, context, extension)
        if (use?.kind === 'site') return await this.dialed(extension)
        const sentence = use === undefined ? 'is no context here' : `leads to a ${use.kind}, where nobody is called`
        return `${context} ${sentence} (OFFHOOK_SPOOL_CONTEXTS)`
      }
      case 'number': {
        const { number, beyond } = callee
        if ((await this.#trunk(beyond)) !== undefined) {
          const e164 = this.#e164(number)
          if (e164 === undefined) return `${number.slice(0, 80)} is no number that can be called`
          return (await this.#refusal(e164)) ?? { kind: 'number', e164, raw: number }
        }
        const uri = `sip:${number}@${beyond}`
        const written = /^[A-Za-z0-9+*#._-]+$/.test(number) && /[.:]/.test(beyond) ? readAddress(uri) : undefined
        return written ?? `there is no trunk ${beyond.slice(0, 80)}`
      }
    }
  }

  /** Dialplans write numbers for a trunk with their country code and without the plus. */
  #e164(number: string): string | undefined {
    const { country } = this.#options
    const found = readAddress(number, country === undefined ? {} : { country })
    if (found?.kind === 'number') return found.e164
    return /^[1-9]\d{9,14}$/.test(number) ? `+${number}` : undefined
  }

  async #refusal(e164: string): Promise<string | undefined> {
    if (await this.#options.site.owns(e164)) return undefined
    const { allowed, sentence } = { sentence: '', ...mayCallOut('international', e164, []) }
    return allowed ? undefined : sentence
  }

  async #trunk(name: string): Promise<{ readonly id: string; readonly name: string } | undefined> {
    const trunks = await this.#options.site.trunks()
    return trunks.find((trunk) => trunk.id === name || trunk.name.toLowerCase() === name.toLowerCase())
  }

  #standard(): ReturnType<Site['trunkFor']> {
    return this.#options.site.trunkFor({ kind: 'anonymous', raw: '' }, undefined)
  }

  async #caller({ name, number }: CallerId): Promise<Address | undefined> {
    const { site, country } = this.#options
    if (number === undefined) return undefined
    const known = await site.hasExtension(number)
    const found = readAddress(number, { isExtension: () => known, ...(country === undefined ? {} : { country }) })
    return found === undefined || found.kind === 'anonymous' || name === undefined ? found : { ...found, name }
  }

  async #ownCaller(trunk: string | undefined, outside: boolean): Promise<Address> {
    const e164 = outside && trunk !== undefined ? await this.#options.site.callerIdOfTrunk(trunk) : undefined
    return e164 === undefined ? { kind: 'anonymous', raw: '' } : { kind: 'number', e164, raw: e164 }
  }
}
