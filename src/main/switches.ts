import { type AsteriskOptions, AsteriskSwitch } from '../engines/asterisk/switch.ts'
import type { Switch } from '../engines/embedded/switch.ts'
import { FreeSwitch } from '../engines/freeswitch/switch.ts'
import type { Settings } from '../settings.ts'

/** The switches that the settings name; trunks go by them, and their calls come in. */
export function openSwitches(
  { asterisk, freeswitch }: Pick<Settings, 'asterisk' | 'freeswitch'>,
  { scope, ...parts }: Omit<AsteriskOptions, 'access' | 'app'>,
): readonly Switch[] {
  const all: Switch[] = []
  if (asterisk !== undefined) {
    const { app, ...access } = asterisk
    all.push(new AsteriskSwitch({ ...parts, scope: scope.child('asterisk'), access, app }))
  }
  if (freeswitch !== undefined) {
    const { host, eslPort, password, ...rest } = freeswitch
    const access = { host, port: eslPort, password }
    all.push(new FreeSwitch({ ...parts, ...rest, scope: scope.child('freeswitch'), access }))
  }
  return all
}
