import { MediaError, type MediaPlane, type MediaStream } from '../../media/plane.ts'

/**
 * Lets two streams hear each other. Those of one thread by a bridge, which passes packets on as they are; those of two threads, which a
 * transfer can bring together, by a room of two.
 * @returns a function that ends it
 */
export function bridge(plane: Pick<MediaPlane, 'openRoom'>, a: MediaStream, b: MediaStream): () => void {
  try {
    a.bridge(b)
    return () => a.unbridge()
  } catch (error) {
    if (!(error instanceof MediaError) || error.code !== 'not-near') throw error
    const room = plane.openRoom({ near: a })
    room.join(a)
    room.join(b)
    return () => void room.close()
  }
}
