/** Tells which of some sequences of keys was just pressed. A pure function over the keys so far. */
export interface KeyMatch {
  /** Keys to be given with the next one. */
  readonly pressed: string
  readonly matched?: string
}

/**
 * The longest sequence that the keys end with. What was told is forgotten, unless a longer sequence begins with it: of `1` and
 * `12` both are told when 1 and 2 are pressed.
 */
export function matchKeys(sequences: readonly string[], before: string, key: string): KeyMatch {
  const longest = Math.max(0, ...sequences.map((keys) => keys.length))
  const pressed = longest === 0 ? '' : (before + key).slice(-longest)
  let matched: string | undefined
  for (const keys of sequences) {
    if (keys !== '' && pressed.endsWith(keys) && keys.length > (matched?.length ?? 0)) matched = keys
  }
  if (matched === undefined) return { pressed }
  const told = matched
  const mayGrow = sequences.some((keys) => keys.length > told.length && keys.startsWith(told))
  return { pressed: mayGrow ? told : '', matched }
}
