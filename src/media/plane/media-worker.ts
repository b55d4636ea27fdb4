import { setFlagsFromString } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { placeThisThread } from '../../base/thread-priority.ts'
import { DgramIo } from './dgram-io.ts'
import { Loop } from './loop.ts'
import type { MediaCommand, MediaReport, MediaWorkerData } from './protocol.ts'

// A media thread. What it cannot survive ends it: the main thread hears of it, ends its streams and starts another.

const port = parentPort
if (!port) throw new Error('media-worker runs as a worker thread only')

const place = placeThisThread('audio')
// The collector's helpers go behind others: on a busy machine waiting for them took up to 80 ms where the thread alone takes 1.5. V8 knows this only
// for the whole process, and only what collects young objects may be told so while it runs.
setFlagsFromString('--no-parallel-scavenge')
const { silentSeconds } = workerData as MediaWorkerData
const report = (message: MediaReport): void => port.postMessage(message)
const loop = new Loop(new DgramIo(), silentSeconds, report)

port.on('message', (command: MediaCommand) => loop.command(command))
void loop.run()
report({ kind: 'ready', place })
