/**
 * Where the compiled file of a worker thread stands. Node 20 cannot load TypeScript in a thread, so a caller that
 * itself runs from `src/` (tests, development) is given the file under `dist/`, which the test set-up keeps fresh.
 * @param from `import.meta.url` of the caller; @param file the sibling's name without extension, e.g. `./plane-worker`
 */
export function workerEntry(from: string, file: string): URL {
  const url = new URL(`${file}.js`, from)
  if (from.endsWith('.js')) return url
  url.pathname = url.pathname.replace(/\/(src|test|bench)\/(?!.*\/(?:src|test|bench)\/)/, '/dist/$1/')
  return url
}
