/** `fault`: the service cannot do its work like this. `warning`: it can, but something will hurt. */
export type Level = 'ok' | 'warning' | 'fault'

/** One thing that `offhook doctor` looked at. */
export interface Finding {
  readonly topic:
    | 'settings'
    | 'node'
    | 'ports'
    | 'tls'
    | 'addresses'
    | 'speech'
    | 'database'
    | 'clock'
    | 'disk'
    | 'files'
  readonly level: Level
  readonly sentence: string
  /** What to do about it; there whenever the level is not `ok`. */
  readonly advice?: string
}
