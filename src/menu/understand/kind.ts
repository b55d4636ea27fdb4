/** What a prompt is. `menu`: it offers keys or words. `entry`: it wants digits. `unknown`: nothing was understood. */
export type PromptKind =
  | 'menu'
  | 'entry'
  | 'voicemail'
  | 'hold'
  | 'transfer'
  | 'closed'
  | 'error'
  | 'human'
  | 'goodbye'
  | 'info'
  | 'unknown'

export interface KindFacts {
  /** Lower case, no marks. */
  readonly text: string
  /** Keys that were offered. */
  readonly keys: readonly string[]
  /** Words to be said were offered. */
  readonly sayable: boolean
  readonly entry: boolean
}

export interface KindFound {
  readonly kind: PromptKind
  /** 0–1. */
  readonly confidence: number
}

type Said = Exclude<PromptKind, 'menu' | 'entry' | 'info' | 'unknown'>

const staff =
  '(?:agents?|representatives?|operators?|associates?|specialists?|advisors?|advisers?|attendants?|lines?|team members?|consultants?|staff|assistants?|receptionists?|technicians?|nurses?|customer service)'

// How much each phrase says for its kind. Two weak ones, or one that nobody says otherwise, decide.
const signs: Readonly<Record<Said, readonly (readonly [number, RegExp])[]>> = {
  voicemail: [
    [3, /\b(?:after|at|following|wait for|hear|until) the (?:tone|beep|signal|bleep)\b/],
    [
      2,
      /\bleave (?:me |us |him |her |them )?(?:a |an |your |the )?(?:short |brief |detailed |quick |voice )*(?:message|name|number)\b/,
    ],
    [2, /\brecord (?:a |your )(?:short |brief )?(?:message|name)\b/],
    [1.5, /\b(?:voice ?mail|mailbox|answering machine|answering service)\b/],
    [
      2,
      /\b(?:cant|cannot|can not|unable to|not able to|couldnt|am unable to) (?:come to|get to|answer|take|pick up)\b.*\b(?:phone|call)\b/,
    ],
    [
      1.5,
      /\b(?:person|party|subscriber|customer|user|extension|number|mailbox) (?:that |whom |who )?(?:you are |youre |you have |at extension )?.{0,30}\b(?:not available|unavailable|does not answer|is not answering)\b/,
    ],
    [1.5, /\b(?:get back to you|return your call|call you back|away from (?:my|the|our) (?:desk|phone|office))\b/],
    [
      1,
      /\b(?:no one|nobody) is (?:available|here) to (?:take|answer)\b|\bnot available (?:right now|at the moment|to take)\b|\bim not (?:here|available|in)\b/,
    ],
    [1, /\bwhen (?:you are |you have |youre )?(?:finished|done)(?: recording)?\b.*\bhang up\b/],
  ],
  hold: [
    [
      3,
      new RegExp(
        `\\b${staff}(?: \\w+){0,3} (?:busy|assisting|helping|serving|engaged|unavailable|on other calls|with other (?:callers|customers))\\b`,
      ),
    ],
    [
      3,
      /\bin the order (?:that |in which )?(?:it|they|you|your call)?\b.*\b(?:received|arrived|came)\b|\border received\b/,
    ],
    [
      2.5,
      /\b(?:estimated|expected|approximate|average|current) (?:wait|waiting|hold|holding)\b|\b(?:wait|hold|holding|waiting) time\b/,
    ],
    [2.5, /\bnext available\b|\bfirst available\b/],
    [2, /\b(?:thank you|thanks) for (?:holding|your patience|waiting|continuing to hold)\b/],
    [2, /\b(?:in (?:the )?queue|in line|caller number|place in line|position in|callers? ahead of you)\b/],
    [
      1.5,
      /\b(?:stay|remain|hold) on the line\b|\bcontinue to hold\b|\bplease (?:continue to )?hold\b(?! while)|\bkeep holding\b/,
    ],
    [
      1.5,
      /\bwill be (?:with you|right with you|answered|available|assisted)(?: \w+){0,3} (?:shortly|soon|momentarily|moment|possible)\b/,
    ],
    [
      1.5,
      /\bhigher? (?:than (?:normal|usual|expected) )?(?:call )?volumes?\b|\bexperiencing (?:high|heavy|unusually)\b/,
    ],
    [1, /\byour call is (?:very )?important\b/],
  ],
  transfer: [
    [3, /\b(?:hold|wait|stand by|stay on the line|one moment|moment|minute)(?: please)? while (?:i|we|your|you)\b/],
    [
      3,
      /\b(?:transferring|connecting|forwarding|redirecting|routing) (?:you|your|this|the)\b|\bnow (?:transferring|connecting)\b/,
    ],
    [
      2.5,
      /\b(?:i|we)(?:ll|m|re| will| am| are)?(?: now)? (?:transfer|connect|put|forward|direct|get) you\b(?! back)|\bill transfer\b/,
    ],
    [
      2.5,
      /\b(?:being|will be|will now be|are being|now be) (?:transferred|connected|forwarded|redirected|routed|put through)\b/,
    ],
    [
      2,
      /\bplease (?:hold|wait) (?:for|while|to be connected)\b|\btrying to (?:connect|reach|locate)\b|\bhold (?:on )?while\b/,
    ],
    [1.2, /\bone moment(?: please)?\b|\bjust a (?:moment|second)\b/],
  ],
  closed: [
    [
      3,
      /\b(?:is|are|were|was|be|been) (?:currently |now |presently |temporarily |already |all )*closed\b|\bhave closed\b/,
    ],
    [3, /\bclosed (?:for|in observance|on|until|at this time|today|now)\b/],
    [
      2.5,
      /\bre ?open\b|\bafter hours\b|\boutside (?:of )?(?:our |the |normal |regular |business |office |working )*hours\b/,
    ],
    [
      1.5,
      /\b(?:call|try) (?:us )?(?:back |again )+(?:during|tomorrow|when|between|in the morning|on)\b|\bduring (?:our )?(?:normal |regular )?(?:business|office|working|opening) hours\b/,
    ],
    [1, /\b(?:business|office|opening|working|normal) hours (?:are|is)\b|\bhours of operation\b/],
  ],
  error: [
    [
      3,
      /\b(?:not|isnt|wasnt) an? (?:valid|correct|recognized|recognised|working|acceptable)\b|\binvalid\b|\bincorrect\b|\bnot (?:a )?valid\b/,
    ],
    // Its end is cut off where the menu behind it is known by its sound.
    [3, /\bnot (?:one )?(?:of|among) (?:the|our|your|these|those|my)(?:$| (?:options|choices|selections|menu)\b)/],
    [
      2.5,
      /\b(?:did not|didnt|couldnt|could not|was not able to|unable to|cannot|cant) (?:quite )?(?:receive|get|hear|understand|recognize|recognise|catch|detect|process|match|find)\b/,
    ],
    [
      3,
      /\bnot in service\b|\bcannot be (?:completed|connected|reached)\b|\b(?:been|is) disconnected\b|\bnumber has (?:been )?changed\b|\bno longer in (?:service|use)\b|\bnot assigned\b|\bdoes not exist\b|\bnot be completed\b/,
    ],
    [2, /\btry (?:your call )?again\b|\bplease try\b|\bcheck the number\b/],
    [1, /\b(?:im|i am|we are|were) (?:very )?sorry\b|^sorry\b/],
    [2, /\btrouble (?:understanding|hearing|with your)\b|\btechnical (?:difficulties|problems)\b|\ban error\b/],
    [
      1,
      /\bmake (?:a|your|another) selection\b|\bnot (?:been )?recogni[sz]ed\b|\bno (?:input|response|selection|entry)\b/,
    ],
  ],
  human: [
    [3, /\b(?:how|what) (?:may|can|could|might|would) (?:i|we) (?:help|assist|direct|do for|be of|get|serve)\b/],
    [
      2,
      /\b(?:can|may|could) i (?:help|assist|ask|have|get|take|speak)\b|\bwhos (?:calling|speaking|this)\b|\bwho is (?:calling|speaking|this)\b|\bwho am i speaking\b/,
    ],
    [
      2,
      /\bthis is (?!an?\b|the\b|not\b|your\b|our\b|for\b|in\b|to\b|to\b|correct\b|wrong\b|where\b|how\b|now\b|being\b)[a-z]+(?: [a-z]+)?$|\bthis is (?!an?\b|the\b|not\b|your\b|our\b|for\b|correct\b|being\b)[a-z]+(?: speaking| how| with| from| at| in)\b/,
    ],
    [2, /\bmy name is\b|\b[a-z]+ speaking\b|\byoure (?:speaking|through) (?:with|to)\b/],
    [1, /^(?:good (?:morning|afternoon|evening|day)|hi|hello)\b/],
    [
      2.2,
      /^(?:hello|hi|hey|yes|yeah|yes hello|hello hello|hello yes|hi there|hello there|allo|hello who is this|hello whos this)$/,
    ],
  ],
  goodbye: [
    [3, /\bgood ?bye\b\W*$|\bgood ?bye\b/],
    [
      1.5,
      /\bhave a (?:very )?(?:nice|great|good|wonderful|pleasant|lovely) (?:day|evening|afternoon|weekend|night|one)\b/,
    ],
    [1.5, /\b(?:thank you|thanks) for calling$|\bcall (?:us )?again (?:later|soon)\b|\bthank you and\b/],
    [
      2.5,
      /\b(?:call|line|session) (?:will|is going to) (?:now )?(?:be |end|disconnect)|\bhanging up\b|\bdisconnecting\b|\bend(?:ing)? (?:this|the) call\b/,
    ],
  ],
}
const kinds = Object.keys(signs) as readonly Said[]
const besides = new Set(['*', '#', '0'])

export function kindOf({ text, keys, sayable, entry }: KindFacts): KindFound {
  if (text === '') return { kind: 'unknown', confidence: 1 }
  const weights = new Map(kinds.map((kind) => [kind, weigh(text, kind)]))
  const weight = (kind: Said): number => weights.get(kind) ?? 0
  const only = (most: number): boolean => keys.length <= most || keys.every((key) => besides.has(key))
  // A mailbox that offers keys stays a mailbox, a queue that offers one stays a queue.
  if (/\b(?:tone|beep)\b/.test(text) && weight('voicemail') >= 3 && only(2))
    return { kind: 'voicemail', confidence: 0.9 }
  if (keys.length > 0) {
    if (entry && only(1)) return { kind: 'entry', confidence: 0.85 }
    if (weight('hold') >= 3.5 && keys.length <= 1) return { kind: 'hold', confidence: 0.75 }
    // "Hello, this is Rose speaking": a person who was misheard.
    if (keys.length === 1 && weight('human') >= 3) return { kind: 'human', confidence: 0.75 }
    return { kind: 'menu', confidence: keys.length > 1 ? 0.97 : 0.85 }
  }
  const [first, second] = [...weights].sort((a, b) => b[1] - a[1])
  const [kind, most] = first!
  if (entry && most < 3) return { kind: 'entry', confidence: 0.9 }
  // A machine that asks what one wants says what may be said; a person does not.
  if (sayable && kind !== 'hold' && kind !== 'transfer') return { kind: 'menu', confidence: 0.8 }
  if (entry && kind !== 'voicemail') return { kind: 'entry', confidence: 0.7 }
  if (most < 1.2) return { kind: 'info', confidence: most === 0 ? 0.7 : 0.5 }
  return { kind, confidence: Math.min(0.98, most / (most + second![1] + 0.3)) }
}

function weigh(text: string, kind: Said): number {
  const sum = signs[kind].reduce((sum, [weight, sign]) => sum + (sign.test(text) ? weight : 0), 0)
  // A person says one short thing.
  if (kind === 'human' && sum > 0 && text.split(' ').length > 30) return sum / 2
  return sum
}
