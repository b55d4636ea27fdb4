import { expect } from 'vitest'
import type { Scope } from '../../src/base/scope.ts'
import { type Notification, Offhook, parseNotification } from '../../src/client/index.ts'
import { eventually } from '../kit/eventually.ts'
import { House, type ShownCall } from '../kit/house.ts'
import { freePort } from '../kit/ports.ts'
import { type Receiver, startReceiver } from '../kit/receiver.ts'

export interface App {
  readonly id: string
  readonly token: string
}

/** A house whose calls are driven by blocks, and the program that drives them: its token, its client, where it is notified. */
export class BlockHouse {
  readonly house: House
  readonly hooks: Receiver
  readonly app: App
  readonly ivr: Offhook['ivr']

  private constructor(house: House, hooks: Receiver, app: App) {
    this.house = house
    this.hooks = hooks
    this.app = app
    this.ivr = this.clientOf(app).ivr
  }

  static async open(scope: Scope, env: Readonly<Record<string, string>> = {}): Promise<BlockHouse> {
    const OFFHOOK_RTP_PORTS = await freePort(256).then((first) => `${first}-${first + 255}`)
    const house = await House.open({ scope, env: { OFFHOOK_WEBHOOK_ALLOW: '127.0.0.0/8', OFFHOOK_RTP_PORTS, ...env } })
    return new BlockHouse(house, await startReceiver(scope), await newApp(house, 'program'))
  }

  newApp(name: string, scopes?: readonly string[]): Promise<App> {
    return newApp(this.house, name, scopes)
  }

  clientOf({ id, token }: App): Offhook {
    return new Offhook({ url: this.house.service.url, appId: id, accessToken: token })
  }

  /** Waits for a line of the story of a session's call. */
  line(session: string, kind: string): Promise<ShownCall> {
    return this.house.service.until<ShownCall>(`/v1/calls/call_${session.slice(1)}`, ({ timeline }) =>
      timeline.some((event) => event.kind === kind),
    )
  }

  hook(name: string): string {
    return `${this.hooks.url}/${name}?app_state=${name}`
  }

  /** The notifications to a path, oldest first. */
  told(name: string): Notification[] {
    return this.hooks.received
      .filter(({ path }) => path === `/${name}?app_state=${name}`)
      .map(({ body }) => parseNotification(body))
  }

  async next(name: string, count = 1): Promise<Notification> {
    const seen = await eventually(
      () => this.told(name),
      (all) => all.length >= count,
      20_000,
    )
    expect(seen, `notifications to ${name}`).toHaveLength(count)
    return seen[count - 1] as Notification
  }
}

const newApp = (house: House, name: string, scopes: readonly string[] = ['calls:write']): Promise<App> =>
  house.service.api('POST', '/v1/tokens', { name, scopes })
