/**
 * Why the service does not start, where the reader can do something about it: the message is the whole answer, sentences
 * that say what is wrong and what to do. Everything else that a start throws is a fault of ours and keeps its stack.
 */
export class StartRefused extends Error {
  override readonly name: string = 'StartRefused'
}
