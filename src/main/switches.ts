import { type AsteriskOptions, AsteriskSwitch } from '../engines/asterisk/switch.ts'
import type { Switch } from '../engines/embedded/switch.ts'
import type { Settings } from '../settings.ts'

/** The switches that the settings name; trunks go by them, and their calls come in. */
export function openSwitches(
  { asterisk }: Pick<Settings, 'asterisk'>,
  { scope, ...parts }: Omit<AsteriskOptions, 'access' | 'app'>,
): readonly Switch[] {
  if (asterisk === undefined) return []
  const { app, ...access } = asterisk
  return [new AsteriskSwitch({ ...parts, scope: scope.child('asterisk'), access, app })]
}
