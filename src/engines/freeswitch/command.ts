/** Names of channels and what else stands between two spaces of a command. */
const word = /^[\w.:@+/-]{1,256}$/

/** @throws TypeError where it would be more than one word of a command */
export function oneWord(text: string, what: string): string {
  if (!word.test(text)) throw new TypeError(`${what} cannot stand in a command of FreeSWITCH: ${JSON.stringify(text)}`)
  return text
}

/** A line feed would begin another command. @throws TypeError */
export function oneLine(command: string): string {
  if (/[\r\n\0]/.test(command))
    throw new TypeError(`a command of FreeSWITCH is more than one line: ${JSON.stringify(command)}`)
  return command
}

export interface Originate {
  /** Of the channel that is made. */
  readonly id: string
  /** Dial string of one target; checked when it was configured, and its number is digits. */
  readonly target: string
  /** Names are those of channel variables, values are cut to what a dial string takes. */
  readonly variables: readonly (readonly [name: string, value: string])[]
}

/** Places a call whose channel waits (`park`) once it is answered or sends early audio. @throws TypeError */
export function originate({ id, target, variables }: Originate): string {
  // Brackets are those of IPv6; in front they would set variables, and `:_:` would begin a second call.
  if (!/^[A-Za-z0-9][\w.@/:+[\]-]{1,511}$/.test(target) || target.includes(':_:'))
    throw new TypeError(`that is no dial string of FreeSWITCH for one target: ${JSON.stringify(target)}`)
  const set = [['origination_uuid', oneWord(id, 'the id of a channel')] as const, ...variables].map(([name, value]) => {
    if (!/^[A-Za-z_][\w-]{0,80}$/.test(name))
      throw new TypeError(`that is no channel variable: ${JSON.stringify(name)}`)
    const text = plain(value)
    return word.test(text) ? `${name}=${text}` : `${name}='${text}'`
  })
  return `originate {${set.join(',')}}${target} &park()`
}

/**
 * What would end a value, separate targets, name another variable or begin a line becomes a space. Commas, quotes and braces cannot be
 * written within the braces of a dial string so that every version reads them back.
 */
export const plain = (value: string): string =>
  value
    .replace(/[\p{Cc},'"\\{}[\]<>|^$&`]+/gu, ' ')
    .replaceAll(':_:', ': _:')
    .replace(/ {2,}/g, ' ')
    .trim()
