import type { HeaderList } from '../message/headers.ts'
import { parseParams } from '../message/params.ts'
import { isToken } from '../message/scan.ts'

/** RFC 3891 §6.1: the dialog to be replaced, as the receiver knows it: `toTag` is its own tag. */
export interface Replaces {
  readonly callId: string
  readonly toTag: string
  readonly fromTag: string
  /** Only while the dialog is early. */
  readonly earlyOnly: boolean
}

/** @returns `undefined` where it cannot be read */
export function parseReplaces(value: string): Replaces | undefined {
  const semicolon = value.indexOf(';')
  if (semicolon < 0) return undefined
  const callId = value.slice(0, semicolon).trim()
  const params = parseParams(value, semicolon)
  const toTag = params?.get('to-tag') ?? ''
  const fromTag = params?.get('from-tag') ?? ''
  if (callId === '' || /[\s\p{Cc}]/u.test(callId) || !isToken(toTag) || !isToken(fromTag)) return undefined
  return { callId, toTag, fromTag, earlyOnly: params?.has('early-only') === true }
}

export const formatReplaces = ({ callId, toTag, fromTag, earlyOnly }: Replaces): string =>
  `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ';early-only' : ''}`

export type ReplacesRead =
  | { readonly kind: 'none' }
  | { readonly kind: 'replaces'; readonly replaces: Replaces }
  /** More than one, or one that cannot be read: 400 (§3). */
  | { readonly kind: 'fault'; readonly sentence: string }

export function readReplaces(headers: Pick<HeaderList, 'all'>): ReplacesRead {
  const values = headers.all('Replaces')
  if (values.length === 0) return { kind: 'none' }
  if (values.length > 1) return { kind: 'fault', sentence: 'Replaces stands there more than once.' }
  const replaces = parseReplaces(values[0]!)
  return replaces === undefined
    ? { kind: 'fault', sentence: 'The Replaces header cannot be read.' }
    : { kind: 'replaces', replaces }
}

/** A dialog that a Replaces names, as its session has it. */
export interface Replaceable {
  readonly state: 'early' | 'confirmed' | 'terminated'
  /** `uac`: we made the call. */
  readonly role: 'uac' | 'uas'
}

/**
 * What an INVITE with that Replaces is refused with before anybody asks whether it may (§3); `undefined` where nothing speaks against it.
 * @param dialog absent where we have none such
 */
export function refusalOfReplaces(
  { earlyOnly }: Replaces,
  dialog: Replaceable | undefined,
): 481 | 486 | 603 | undefined {
  switch (dialog?.state) {
    case undefined:
      return 481
    case 'terminated':
      return 603
    case 'early':
      // Who rings us may not be taken away by somebody else: an early dialog is replaced by whoever was called.
      return dialog.role === 'uas' ? 481 : undefined
    case 'confirmed':
      return earlyOnly ? 486 : undefined
  }
}
