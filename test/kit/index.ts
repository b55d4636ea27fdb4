export { likeness, loudness, rate, readWav, toneShare, tune, writeWav } from './audio.ts'
export { eventually } from './eventually.ts'
export { FakeClock } from './fake-clock.ts'
export type { PhoneCall } from './phone-call.ts'
export {
  type PhoneOptions,
  PhoneShop,
  type PhoneShopOptions,
  type ReceivedText,
  type VirtualPhone,
} from './virtual-phone.ts'
