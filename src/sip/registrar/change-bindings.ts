import type { Binding, BindingStore } from './binding-store.ts'

const queues = new WeakMap<BindingStore, Map<string, Promise<void>>>()

/**
 * Reads, changes and writes the bindings of one address, one change at a time, so that two REGISTERs cannot undo each other.
 * @param make returns `bindings` only where they are to be written
 */
export async function changeBindings<T>(
  store: BindingStore,
  aor: string,
  make: (bindings: readonly Binding[]) => { readonly result: T; readonly bindings?: readonly Binding[] },
): Promise<T> {
  const queue = queues.get(store) ?? new Map<string, Promise<void>>()
  queues.set(store, queue)
  const work = (queue.get(aor) ?? Promise.resolve()).then(async () => {
    const { result, bindings } = make(await store.get(aor))
    if (bindings !== undefined) await store.put(aor, bindings)
    return result
  })
  // The next one waits for the end of this one, however it ended; a fault goes to this one's caller.
  const settled = work.then(
    () => {},
    () => {},
  )
  queue.set(aor, settled)
  void settled.then(() => {
    if (queue.get(aor) === settled) queue.delete(aor)
  })
  return work
}
