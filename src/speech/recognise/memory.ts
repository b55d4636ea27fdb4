import { totalmem } from 'node:os'

/** Of the machine, or of the container. */
export function memoryMegabytes(): number {
  // 0, or more than any machine has, where nothing limits it.
  const limit = process.constrainedMemory()
  return Math.floor(Math.min(totalmem(), limit > 0 ? limit : Number.POSITIVE_INFINITY) / 2 ** 20)
}
