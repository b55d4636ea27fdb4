/** What happens with calls to a rented number. The other field names the forward, the extension or the application. */
export type Assignment =
  | { readonly kind: 'forward'; readonly forward: string }
  | { readonly kind: 'voicemail'; readonly forward: string }
  | { readonly kind: 'extension'; readonly username: string }
  /** Told to the URL and driven block by block by whoever has the token, which `token` names by its id. */
  | { readonly kind: 'notify'; readonly url: string; readonly fallbackUrl?: string; readonly token: string }
  | { readonly kind: 'flow'; readonly flow: string }
  | { readonly kind: 'menu'; readonly menu: string }
  /** Actions of the API say what happens. */
  | { readonly kind: 'api'; readonly idleSeconds?: number }
  | { readonly kind: 'application'; readonly application: string }
