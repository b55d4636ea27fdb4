// Call files for Asterisk and Offhook. Stands alone: nothing of the rest is needed, and no dependency.
export { type Action, Application, Context } from './action.ts'
export { Call, type CallOptions, type Variables } from './call.ts'
export { CallFile, type CallFileOptions, defaultSpoolDir, type Spooled } from './call-file.ts'
export * from './errors.ts'
export type { CallFileProgress } from './follow.ts'
export * from './read.ts'
export { Spool, type SpoolEntry, type SpoolOptions, type SpoolState } from './spool.ts'
export type { WallTime, When } from './when.ts'
