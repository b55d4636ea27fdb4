import { copyFile, stat, writeFile } from 'node:fs/promises'
import { speechMsOf } from '../../media/recording/speech-ms.ts'
import { WAV_HEADER, wavHeader } from '../../media/wav/header.ts'
import { CallEnded, type Recording, type RecordOptions } from '../../phone/call.ts'
import { PromptUnusable } from '../../phone/prompt.ts'
import type { HostedContext } from './context.ts'
import type { News } from './step.ts'

/** A recording is told of before it can be fetched everywhere. */
const tries = 4
const againMs = 2000

/** The company records; what it has is fetched into our own file. Resolves also when the call ends under it, with what there is. */
export async function record(context: HostedContext, options: RecordOptions): Promise<Recording> {
  const { id, path, maxSeconds, silenceSeconds, stopOn = '#', beep = false } = options
  context.note('record', 'recording', { recording: id })
  let news: News | 'stopped' | undefined
  try {
    news = await context.run({ kind: 'record', maxSeconds, silenceSeconds, stopOn, beep })
  } catch (error) {
    if (!(error instanceof CallEnded)) throw error
    news = undefined
  }
  const told = news === undefined ? context.last : news === 'stopped' ? undefined : news
  const ms = await keep(context, told?.recording, path)
  const speechMs = ms === 0 ? 0 : await speechMsOf(path)
  const end = news === undefined ? 'hangup' : news === 'stopped' ? 'stopped' : endOf(news, ms, options)
  context.note('record', `recorded ${(ms / 1000).toFixed(1)} s, ended by ${end}`, { recording: id, ms, speechMs })
  return { id, path, ms, speechMs, end }
}

/** Not told by every company. */
function endOf({ byKey }: News, ms: number, { maxSeconds, silenceSeconds }: RecordOptions): Recording['end'] {
  if (byKey === true) return 'key'
  if (ms >= maxSeconds * 1000 - 500) return 'limit'
  return silenceSeconds > 0 && byKey === false ? 'silence' : 'key'
}

/** @returns milliseconds of audio */
async function keep(context: HostedContext, url: string | undefined, path: string): Promise<number> {
  if (url === undefined) {
    await writeFile(path, wavHeader(0))
    return 0
  }
  await copyFile(await fetched(context, url), path)
  return Math.round(((await stat(path)).size - WAV_HEADER) / 16)
}

async function fetched(context: HostedContext, url: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await context.fetchRecording(url)
    } catch (error) {
      if (!(error instanceof PromptUnusable) || attempt === tries) throw error
      context.note('warning', `the recording cannot be fetched yet: ${error.message}`)
      await context.pause(againMs)
    }
  }
}
