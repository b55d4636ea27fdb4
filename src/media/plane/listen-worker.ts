import { parentPort } from 'node:worker_threads'
import { Listener } from '../listen/listener.ts'
import { SharedAudio } from '../recording/shared-audio.ts'
import type { ListenCommand, ListenReport } from './protocol.ts'

// The thread that listens: cuts utterances, knows tones and music. Media threads only hand it what they hear.

const FRAME = 160
/** What is heard is known so much later at the most. */
const EVERY_MS = 40

const port = parentPort
if (!port) throw new Error('listen-worker runs as a worker thread only')

const report = (message: ListenReport): void => port.postMessage(message)

interface Open {
  readonly audio: SharedAudio
  readonly listener: Listener
}

const open = new Map<number, Open>()
let timer: NodeJS.Timeout | undefined

function hear({ audio, listener }: Open): void {
  const samples = audio.take()
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) listener.push(samples.subarray(at, at + FRAME))
}

function hearAll(): void {
  for (const one of open.values()) hear(one)
}

port.on('message', (command: ListenCommand) => {
  const { listen } = command
  switch (command.kind) {
    case 'listen': {
      const listener = new Listener(command.rules, (heard) => report({ kind: 'heard', listen, heard }))
      open.set(listen, { audio: new SharedAudio(command.memory), listener })
      timer ??= setInterval(hearAll, EVERY_MS)
      return
    }
    case 'finish': {
      const one = open.get(listen)
      if (one !== undefined) {
        hear(one)
        one.listener.finish()
        open.delete(listen)
      }
      if (open.size === 0) {
        clearInterval(timer)
        timer = undefined
      }
      report({ kind: 'finished', ask: command.ask })
    }
  }
})
