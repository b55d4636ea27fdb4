import { getPriority, setPriority } from 'node:os'

/** How far behind the service recognisers stand: words may come a little later, audio may not. */
const step = 5

/** @param process 0: the one that calls it */
export function standBehind(process: number): void {
  try {
    setPriority(process, Math.min(19, getPriority(process) + step))
  } catch {
    // It is over already, or the system does not let us: words are recognised as well from where it stands.
  }
}
