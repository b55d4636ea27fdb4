export type RangeVerdict =
  | { readonly kind: 'whole' }
  /** Both ends are part of it. */
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' }

/**
 * Reads a Range header (RFC 9110 §14). One range of bytes is served; of several the whole is, as §14.2 allows, and so it
 * is for units and forms that are not known.
 * @param size bytes of the file
 */
export function readRange(header: string | undefined, size: number): RangeVerdict {
  const match = /^bytes=\s*([0-9]*)-([0-9]*)\s*$/i.exec(header ?? '')
  const [, from, to] = match ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return { kind: 'whole' }
  if (from === '') {
    const length = Number(to)
    if (length === 0 || size === 0) return { kind: 'unsatisfiable' }
    return { kind: 'part', first: Math.max(0, size - length), last: size - 1 }
  }
  const first = Number(from)
  if (to !== '' && Number(to) < first) return { kind: 'whole' }
  if (first >= size) return { kind: 'unsatisfiable' }
  return { kind: 'part', first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) }
}
