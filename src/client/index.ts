import { Ivr } from './ivr.ts'
import type { ClientOptions } from './options.ts'

/** `new Offhook({ url, appId, accessToken }).ivr.dial('+6511111111')` */
export class Offhook {
  readonly ivr: Ivr

  constructor(options: ClientOptions) {
    this.ivr = new Ivr(options)
  }
}

export { Ivr } from './ivr.ts'
export { type CallState, type LegStatus, type Notification, parseNotification } from './notification.ts'
export type * from './options.ts'
export { ClientError, IvrResult } from './result.ts'
