/** As a call file sets them, in its order. */
export type Variables = readonly (readonly [name: string, value: string])[]

/**
 * The same with `${name}` in each of its texts replaced by that variable, the last of that name, or by nothing where there is none, as a
 * dialplan of Asterisk has it. A value is taken as it stands. Of plain data: what is neither text nor list nor record stays what it is.
 */
export function filled<T>(value: T, variables: Variables): T {
  const known = new Map(variables)
  const fill = (each: unknown): unknown => {
    if (typeof each === 'string') return each.replace(/\$\{([^{}]*)\}/g, (_, name: string) => known.get(name) ?? '')
    if (Array.isArray(each)) return each.map(fill)
    if (typeof each !== 'object' || each === null) return each
    return Object.fromEntries(Object.entries(each).map(([name, one]) => [name, fill(one)]))
  }
  return fill(value) as T
}
