/** What a call can be told to do. Every engine says which of these it has. */
export const blockNames = [
  'play',
  'gather',
  'record',
  'dial',
  'send',
  'stop',
  'hold',
  'transfer',
  'monitor',
  'listen',
  'join',
] as const

export type BlockName = (typeof blockNames)[number]
