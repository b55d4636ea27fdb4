export const persons: readonly string[] = [
  'Hello?',
  'Yes?',
  'Hi.',
  'Hello, this is Martha.',
  'Good morning.',
  'Smith residence.',
  'Hey, what is up?',
  'Yeah, hello?',
  'Peter Miller speaking.',
  'Hello? Who is there?',
  'Sales, how can I help you?',
  'Hi, this is Anna.',
  'Speaking.',
  'Good evening, front desk.',
]

/** From a few words to half a minute. */
export const machines: readonly string[] = [
  'Please leave a message after the tone.',
  'Hi, you have reached Bob. Leave a message.',
  'We are not at home. Please speak after the beep.',
  'Hello. You have reached the Miller family. We cannot come to the phone right now. Please leave your name and number after the tone.',
  'The person you are calling is not available. At the tone, please record your message. When you have finished recording, you may hang up or press one for more options.',
  'Hi, this is Sarah. I am either on the other line or away from my desk. Leave your name, your number and a short message, and I will call you back as soon as I can. Thanks, and have a great day.',
  'Thank you for calling Acme Plumbing. Our office is closed now. Our hours are Monday to Friday, from nine in the morning to five in the afternoon. Please leave a message with your name and number, and we will call you back on the next working day. If this is an emergency, please hang up and call our emergency line.',
  'You have reached the voice mailbox of five five five, zero one four two. Please leave a message after the beep.',
  'Hey! You know what to do. Wait for the beep, then talk.',
  'Your call has been forwarded to an automatic voice message system. Five, five, five, zero, one, nine, nine, is not available. At the tone, please record your message.',
]
