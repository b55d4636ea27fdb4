/** What a node of a scan is known by among the references of ids; the start has nothing behind the stroke. */
export const nodeRef = (scan: string, node: string): string => `${scan}/${node}`

export function nodeOf(ref: string | undefined): { readonly scan: string; readonly node: string } | undefined {
  const [, scan, node] = /^(scn_[^/]+)\/(.*)$/.exec(ref ?? '') ?? []
  return scan === undefined || node === undefined ? undefined : { scan, node }
}
