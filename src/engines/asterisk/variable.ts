import { readValue } from './event.ts'
import { AriRefused, type AriRest } from './rest.ts'

/** A channel variable, or what a dialplan function gives; `undefined` where there is none, or this Asterisk lacks the function. */
export async function readVariable(rest: AriRest, channel: string, variable: string): Promise<string | undefined> {
  try {
    return readValue(await rest.get(`/channels/${encodeURIComponent(channel)}/variable`, { variable }))
  } catch (error) {
    if (error instanceof AriRefused) return undefined
    throw error
  }
}

export async function writeVariable(rest: AriRest, channel: string, variable: string, value: string): Promise<void> {
  await rest.post(`/channels/${encodeURIComponent(channel)}/variable`, { variable, value })
}
