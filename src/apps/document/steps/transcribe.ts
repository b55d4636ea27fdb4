import type { Call, Recording } from '../../../phone/call.ts'
import type { DocumentPorts, Params } from '../ports.ts'
import type { WebTarget } from '../web-target.ts'

/** Tells what is said in a recording, once it is written down; nothing where nobody is to be told. */
export function tellTranscript(
  target: WebTarget | undefined,
  { id, path, ms }: Pick<Recording, 'id' | 'path' | 'ms'>,
  call: Pick<Call, 'id'> | undefined,
  { transcribe, source, log }: Pick<DocumentPorts, 'transcribe' | 'source' | 'log'>,
): void {
  if (target === undefined) return
  transcribe(path)
    .then(({ text, error = '' }) => {
      const params: Params = [
        ['transcription', text],
        ['transcription_charge', '0.00000'],
        ['transcription_rate', '0.00000'],
        ['duration', String(Math.round(ms / 1000))],
        ['call_uuid', call?.id ?? ''],
        ['recording_id', id],
        ['error', error],
      ]
      source.tell(target, params, call ?? { id })
    })
    .catch((err: unknown) => log.error({ recording: id, err }, 'what is said in a recording could not be told'))
}
