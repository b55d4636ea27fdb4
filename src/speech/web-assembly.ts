/** What is used of WebAssembly. TypeScript describes the whole of it in its browser library only. */
interface WebAssemblyCalls {
  compile(code: Uint8Array): Promise<CompiledModule>
  instantiate(module: CompiledModule, imports: Readonly<Record<string, unknown>>): Promise<object>
}

/** Opaque; may be handed to a worker thread. */
export type CompiledModule = { readonly compiled: unique symbol }

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyCalls }).WebAssembly
