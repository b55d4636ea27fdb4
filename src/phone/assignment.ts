/** What happens with calls to a rented number. `id` names the forward or the extension. */
export type Assignment =
  | { readonly kind: 'forward'; readonly forward: string }
  | { readonly kind: 'voicemail'; readonly forward: string }
  | { readonly kind: 'extension'; readonly username: string }
