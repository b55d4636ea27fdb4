/** The alphabets of mobile networks: 3GPP TS 23.038 §6.2.1 and the national tables of its annex A. */

/** Of whom there are national tables that this service knows. */
export const shiftLanguages = ['turkish', 'spanish', 'portuguese'] as const
export type ShiftLanguage = (typeof shiftLanguages)[number]

/** ESC stands at 0x1B: what follows it is of the other table. */
export const escapeCode = 0x1b

const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'

type Table = ReadonlyMap<string, number>

const tableOf = (characters: string): Table =>
  new Map(
    [...characters].map((character, code) => [character, code] as const).filter(([, code]) => code !== escapeCode),
  )

/** The characters of a row, from a code on, in place of those that stand there. */
function put(characters: string, changes: Readonly<Record<number, string>>): string {
  const all = [...characters]
  for (const [from, row] of Object.entries(changes)) all.splice(Number(from), [...row].length, ...row)
  return all.join('')
}

const extension: readonly (readonly [string, number])[] = [
  ['\f', 0x0a],
  ['^', 0x14],
  ['{', 0x28],
  ['}', 0x29],
  ['\\', 0x2f],
  ['[', 0x3c],
  ['~', 0x3d],
  [']', 0x3e],
  ['|', 0x40],
  ['€', 0x65],
]

const extended = (more: Readonly<Record<string, number>>): Table => new Map([...extension, ...Object.entries(more)])

/** What one septet says; `undefined`: the basic alphabet. Spanish has none of its own. */
export const locking: Readonly<Record<'basic' | 'turkish' | 'portuguese', Table>> = {
  basic: tableOf(basic),
  turkish: tableOf(put(basic, { 4: '€', 7: 'ı', 11: 'Ğğ', 28: 'Şş', 64: 'İ', 96: 'ç' })),
  portuguese: tableOf(
    put(basic, {
      ...{ 4: 'ê', 6: 'úíóç', 11: 'Ôô', 14: 'Áá', 18: 'ªÇÀ∞^\\€Ó|', 28: 'ÂâÊ', 36: 'º' },
      ...{ 64: 'Í', 91: 'ÃÕÚÜ', 96: '~', 123: 'ãõ`üà' },
    }),
  ),
}

/** What the septet after ESC says. */
export const single: Readonly<Record<'basic' | ShiftLanguage, Table>> = {
  basic: extended({}),
  turkish: extended({ Ğ: 0x47, İ: 0x49, Ş: 0x53, ç: 0x63, ğ: 0x67, ı: 0x69, ş: 0x73 }),
  spanish: extended({ ç: 0x09, Á: 0x41, Í: 0x49, Ó: 0x4f, Ú: 0x55, á: 0x61, í: 0x69, ó: 0x6f, ú: 0x75 }),
  portuguese: extended({
    ...{ ê: 0x05, ç: 0x09, Ô: 0x0b, ô: 0x0c, Á: 0x0e, á: 0x0f, Φ: 0x12, Γ: 0x13, Ω: 0x15, Π: 0x16, Ψ: 0x17, Σ: 0x18 },
    ...{ Θ: 0x19, Ê: 0x1f, À: 0x41, Í: 0x49, Ó: 0x4f, Ú: 0x55, Ã: 0x5b, Õ: 0x5c, Â: 0x61, í: 0x69, ó: 0x6f, ú: 0x75 },
    ...{ ã: 0x7b, õ: 0x7c, â: 0x7f },
  }),
}
