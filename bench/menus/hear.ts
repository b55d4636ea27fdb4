import { Listener } from '../../src/media/listen/listener.ts'
import type { Heard } from '../../src/media/plane.ts'
import type { HeardWord } from '../../src/phone/listen.ts'
import type { Recognised, SpeechRecogniser } from '../../src/speech/index.ts'

/** As a call hears it: cut at pauses, each utterance recognised by itself, times since the listening began. */
export async function hear(audio: Int16Array, recogniser: SpeechRecogniser): Promise<readonly HeardWord[]> {
  const heard: Promise<readonly HeardWord[]>[] = []
  let open = recogniser.open({})
  let from = 0
  const listener = new Listener({ pauseMs: 600, silenceMs: [] }, (event: Heard) => {
    switch (event.kind) {
      case 'speech':
        from = event.fromMs
        return
      case 'audio':
        open.write(event.samples)
        return
      case 'dropped':
        open = recogniser.open({})
        return
      case 'utterance': {
        const began = from
        heard.push(
          open.end().then(
            (so) => moved(so, began),
            // On a call it is told as untranscribed, and the rest is heard.
            (error: unknown) => {
              console.error(`An utterance was not recognised: ${String(error)}`)
              return []
            },
          ),
        )
        open = recogniser.open({})
      }
    }
  })
  for (let at = 0; at + 160 <= audio.length; at += 160) listener.push(audio.subarray(at, at + 160))
  listener.finish()
  return (await Promise.all(heard)).flat()
}

const moved = ({ words }: Recognised, by: number): readonly HeardWord[] =>
  words.map((word) => ({ ...word, fromMs: word.fromMs + by, toMs: word.toMs + by }))
