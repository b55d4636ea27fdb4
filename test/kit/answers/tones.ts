const rate = 8000

/** Fades in and out within 5 ms, as real ones do. */
export function tone(hz: readonly number[], ms: number, amplitude: number): Int16Array {
  const length = Math.round((ms * rate) / 1000)
  return Int16Array.from({ length }, (_, i) => {
    const fade = Math.min(1, i / 40, (length - i) / 40)
    return Math.round(
      hz.reduce((sum, f) => sum + Math.sin((2 * Math.PI * f * i) / rate), 0) * (amplitude / hz.length) * fade,
    )
  })
}

/** Answering tone of T.30; with `reversals` that of V.8: its phase turned every 450 ms, its level swayed by a fifth 15 times a second. */
export function answerTone(ms: number, amplitude: number, reversals: boolean): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, i) => {
    const plain = Math.sin((2 * Math.PI * 2100 * i) / rate)
    if (!reversals) return Math.round(amplitude * plain)
    const turned = Math.floor(i / (0.45 * rate)) % 2 === 0 ? 1 : -1
    return Math.round(amplitude * plain * turned * (1 + 0.2 * Math.sin((2 * Math.PI * 15 * i) / rate)))
  })
}
