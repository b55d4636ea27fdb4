import { z } from 'zod'

// Control characters would end up in logs, texts and terminals; halves of surrogate pairs are no text.
const plain = /^[^\p{Cc}\p{Cs}]*$/u
const line = (least: number, most: number) =>
  z
    .string()
    .min(least)
    .max(most)
    .regex(plain, 'takes no control characters')
    // Blanks are nothing to be heard; that of '' is told by its length.
    .refine((text) => text === '' || text.trim() !== '', 'takes more than blanks')

export const keyPattern = /^[0-9*#]{1,8}$/
export const menuNamePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

const keySentence = "takes 1 to 8 of the keys 0-9, * and #, as text: '1', '*'"
const keys = z.string({ error: keySentence }).regex(keyPattern, keySentence)

const menuName = z
  .string()
  .regex(menuNamePattern, 'takes 1 to 64 letters, digits, underscores or hyphens, the first a letter or digit')

const url = (example: string) =>
  z
    .string()
    .max(4000)
    .regex(/^https?:\/\/[^\s]+$/i, `takes a URL such as ${example}`)
const text = line(1, 2000)
const spoken = z.union([
  text,
  z.strictObject({ text, language: line(1, 35).optional(), voice: line(1, 64).optional() }),
  z.strictObject({ url: url('https://example.com/welcome.wav').describe('WAV or MP3') }),
])
const prompt = z
  .union([spoken, z.array(spoken).min(1).max(20)])
  .meta({ id: 'MenuPrompt', examples: ['Welcome to Acme.', { url: 'https://example.com/welcome.wav' }] })

const next = z
  .enum(['repeat', 'back', 'start', 'hangup'])
  .describe('Where it goes on: this menu again, the one before, the first one, or nowhere')
const reference = line(1, 64)

/** Whom an option rings: an extension, a number or a SIP URI, as `readAddress` takes it. */
const address = line(1, 256)

const action = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('menu'), menu: menuName }),
    z.strictObject({ kind: z.literal('back') }).describe('To the menu before; the first one says itself again'),
    z.strictObject({ kind: z.literal('repeat') }),
    z.strictObject({ kind: z.literal('hangup'), say: prompt.optional() }),
    z.strictObject({ kind: z.literal('say'), say: prompt, next: next.optional().describe('repeat unless given') }),
    z.strictObject({
      kind: z.literal('dial'),
      to: z.array(address).min(1).max(20).describe('Rung in this order'),
      seconds: z.int().min(1).max(120).optional().describe('How long each rings; 25 unless given'),
      say: prompt.optional(),
      unanswered: prompt.optional().describe('Heard when none of them answers'),
      next: next.optional().describe('When none of them answers; repeat unless given'),
    }),
    z.strictObject({ kind: z.literal('forward'), forward: reference }),
    z.strictObject({ kind: z.literal('voicemail'), forward: reference.describe('Whose mailbox') }),
    z.strictObject({
      kind: z.literal('conference'),
      room: line(1, 128),
      muted: z.boolean().optional(),
      say: prompt.optional(),
      next: next.optional().describe('After the room was left; hangup unless given'),
    }),
    z.strictObject({
      kind: z.literal('message'),
      to: line(1, 64).describe('An extension or a number'),
      text: line(1, 1000).describe('{caller}, {number}, {menu}, {key} and {label} are filled in'),
      say: prompt.optional(),
      next: next.optional().describe('hangup unless given'),
    }),
    z.strictObject({
      kind: z.literal('webhook'),
      url: url('https://example.com/menu-chosen'),
      say: prompt.optional(),
      next: next.optional().describe('hangup unless given'),
    }),
  ])
  .meta({ id: 'MenuAction', examples: [{ kind: 'dial', to: ['1001'] }] })

const option = z
  .strictObject({ key: keys, label: line(1, 200), action })
  .meta({ id: 'MenuOption', examples: [{ key: '1', label: 'sales', action: { kind: 'dial', to: ['1001'] } }] })

const node = z
  .strictObject({
    prompt: prompt.optional().describe('Needed unless `announce` says the options'),
    announce: z
      .enum(['label_first', 'key_first'])
      .optional()
      .describe('Says the options after the prompt: "For sales, press 1." or "Press 1 for sales."'),
    attempts: z.int().min(1).max(10).optional().describe('How often it is said; 3 unless given'),
    seconds: z.int().min(1).max(60).optional().describe('From its end to the first key; 5 unless given'),
    keySeconds: z.int().min(1).max(10).optional().describe('Between keys of a longer one; 2 unless given'),
    bargeIn: z.boolean().optional().describe('Keys cut the prompt off; true unless given'),
    invalid: prompt.optional().describe('After a key that leads nowhere'),
    silence: prompt.optional().describe('After no key, before it is said again'),
    otherwise: action.optional().describe('After the last attempt; a goodbye unless given'),
    extensions: z.boolean().optional().describe('Whoever knows an extension may dial it'),
    options: z.array(option).min(1).max(50),
  })
  .meta({ id: 'MenuNode' })

/** A phone menu with its submenus, as it is written, sent and kept. What is not given has a default of `walk`. */
export const menuShape = z
  .strictObject({
    name: line(1, 100),
    start: menuName.describe('The menu that callers hear first'),
    language: line(1, 35).optional().describe('Of its texts; that of the service unless given'),
    menus: z.record(menuName, node).refine((all) => Object.keys(all).length <= 200, 'takes at most 200 menus'),
    everywhere: z
      .array(option)
      .max(12)
      .optional()
      .describe('Options of every menu that has none with that key: 0 for the operator, * to go back'),
  })
  .meta({
    id: 'MenuDocument',
    examples: [
      {
        name: 'Acme',
        start: 'main',
        menus: {
          main: {
            prompt: 'Welcome to Acme.',
            announce: 'label_first',
            options: [
              { key: '1', label: 'sales', action: { kind: 'dial', to: ['1001'] } },
              { key: '2', label: 'opening hours', action: { kind: 'say', say: 'We are open from nine to five.' } },
            ],
          },
        },
      },
    ],
  })

export type Menu = z.infer<typeof menuShape>
export type MenuNode = z.infer<typeof node>
export type MenuOption = z.infer<typeof option>
export type MenuAction = z.infer<typeof action>
export type MenuPrompt = z.infer<typeof prompt>
export type Next = z.infer<typeof next>

/** The options of one menu, those that stand everywhere included. */
export function optionsOf(menu: Menu, name: string): readonly MenuOption[] {
  const own = menu.menus[name]?.options ?? []
  const taken = new Set(own.map(({ key }) => key))
  return [...own, ...(menu.everywhere ?? []).filter(({ key }) => !taken.has(key))]
}
