/** What one message may cost. A larger one is answered 513, or 400 for a line. */
export const limits = {
  /** The most that a UDP datagram can carry, headers and body. */
  datagram: 65_535,
  /** Start line and all headers, bytes. */
  head: 64 * 1024,
  /** Header lines. */
  headers: 200,
  /** One header line, folds joined, characters. */
  line: 8 * 1024,
  /** A body that came over a stream, bytes. */
  streamBody: 256 * 1024,
} as const
