import { parentPort } from 'node:worker_threads'
import { MediaError } from '../plane.ts'
import { type Channels, SharedAudio } from '../recording/shared-audio.ts'
import { RecordingWriter } from '../recording/writer.ts'
import { PromptCache } from '../wav/prompt-cache.ts'
import type { FileCommand, FileReport } from './protocol.ts'

// The thread for files: reads prompts, writes recordings. Media threads never wait for a disk.

/** What a `kill -9` costs at most, with a margin to the 500 ms that are promised. */
const FLUSH_MS = 250
/** About two and a quarter hours of prompts. */
const PROMPT_BYTES = 64 * 1024 * 1024

const port = parentPort
if (!port) throw new Error('file-worker runs as a worker thread only')

const report = (message: FileReport): void => port.postMessage(message)

interface Open {
  readonly path: string
  readonly writer: RecordingWriter
  failure?: Error
}

const recordings = new Map<number, Open>()
const prompts = new PromptCache(PROMPT_BYTES, (path, error) => {
  report({ kind: 'trouble', path, message: `the prompt breaks off: ${(error as Error).message}` })
})

setInterval(() => {
  for (const open of recordings.values()) {
    if (open.failure) continue
    try {
      open.writer.flush()
    } catch (error) {
      open.failure = error as Error
      report({ kind: 'trouble', path: open.path, message: `the recording cannot be written: ${open.failure.message}` })
    }
  }
}, FLUSH_MS)

async function answer(command: FileCommand): Promise<FileReport> {
  const { ask } = command
  switch (command.kind) {
    case 'load':
      return { kind: 'loaded', ask, audio: await prompts.load(command.path) }
    case 'bytes':
      return { kind: 'bytes', ask, bytes: prompts.bytes }
    case 'record': {
      const { path, channels, memory, resume } = command
      recordings.set(command.record, { path, writer: opened(path, channels, new SharedAudio(memory), resume) })
      return { kind: 'recording', ask }
    }
    case 'finish':
      return { kind: 'finished', ask, ...finish(command.record, command.key, command.keyAt) }
  }
}

function opened(path: string, channels: Channels, audio: SharedAudio, resume: boolean): RecordingWriter {
  try {
    return new RecordingWriter(path, channels, audio, resume)
  } catch (error) {
    throw new MediaError('write-failed', `cannot record to ${JSON.stringify(path)}: ${(error as Error).message}`)
  }
}

function finish(record: number, key: string | undefined, keyAt: number | undefined) {
  const open = recordings.get(record)
  if (!open) throw new MediaError('write-failed', 'the recording is not open')
  recordings.delete(record)
  try {
    if (!open.failure) return open.writer.finish(key, keyAt)
  } catch (error) {
    throw new MediaError('write-failed', `cannot record to ${JSON.stringify(open.path)}: ${(error as Error).message}`)
  }
  open.writer.abandon()
  throw new MediaError('write-failed', `cannot record to ${JSON.stringify(open.path)}: ${open.failure.message}`)
}

port.on('message', (command: FileCommand) => {
  answer(command).then(report, (error: unknown) => {
    const code = error instanceof MediaError ? error.code : 'write-failed'
    report({ kind: 'failed', ask: command.ask, code, message: (error as Error).message })
  })
})
