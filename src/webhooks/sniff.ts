/** What audio begins like this, whatever the server calls it; servers are often wrong about types. */
export function sniffAudio(bytes: Uint8Array): 'wav' | 'mp3' | 'gsm' | undefined {
  const text = (at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length))
  if (text(0, 4) === 'RIFF' && text(8, 4) === 'WAVE') return 'wav'
  if (text(0, 3) === 'ID3') return 'mp3'
  if (isFrameHeader(bytes)) return 'mp3'
  // GSM 06.10: frames of 33 bytes, each with the same four bits at its beginning.
  return bytes.length >= 33 && bytes.length % 33 === 0 && bytes.every((byte, at) => at % 33 !== 0 || byte >> 4 === 0xd)
    ? 'gsm'
    : undefined
}

/** ISO 11172-3 §2.4.2.3: eleven set bits, then a version, layer III, bit rate and sampling rate that exist. */
function isFrameHeader([a = 0, b = 0, c = 0]: Uint8Array): boolean {
  const version = (b >> 3) & 3
  const layer = (b >> 1) & 3
  const bitRate = c >> 4
  const rate = (c >> 2) & 3
  return (
    a === 0xff && (b & 0xe0) === 0xe0 && version !== 1 && layer === 1 && bitRate !== 0 && bitRate !== 15 && rate !== 3
  )
}
