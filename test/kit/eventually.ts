/** How often is looked, and how long at most. For what gives no event: a process of another make, a table of the kernel. */
const everyMs = 50
const limitMs = 10_000

/** Looks again and again until what is seen is as wished, or gives what was seen last when time is up. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  asWished: (seen: T) => boolean,
  limit: number = limitMs,
): Promise<T> {
  const start = performance.now()
  for (;;) {
    const seen = await look()
    if (asWished(seen) || performance.now() - start > limit) return seen
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
