import { z } from 'zod'
import { webMethod, webUrl } from './application.ts'
import { target } from './call.ts'
import type { RecordLive } from './ports.ts'

/** Of a recording, whose words are told. */
export const transcriptionFields = {
  transcription_type: z.enum(['auto', 'hybrid']).optional(),
  transcription_url: webUrl.optional(),
  transcription_method: webMethod.default('POST'),
}

interface Wanted {
  readonly transcription_url?: string | undefined
  readonly transcription_method: 'GET' | 'POST'
}

export const transcriptionOf = ({
  transcription_url: url,
  transcription_method: method,
}: Wanted): Pick<RecordLive, 'transcription'> => (url === undefined ? {} : { transcription: target(url, method) })
