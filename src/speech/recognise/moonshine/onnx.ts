import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** What is used of onnxruntime-node, which ships no types. */
export interface Tensor {
  readonly data: Float32Array
  readonly dims: readonly number[]
}
export type Tensors = Readonly<Record<string, Tensor>>

export interface Session {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  run(inputs: Tensors): Promise<Tensors>
}

interface Runtime {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => Tensor
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> }
}

/** Version of the format, in the file's second byte. 1.17 of the runtime reads up to 9; these models say 10 and use nothing that is new in it. */
const newestFormat = 9

const runtime = createRequire(import.meta.url)('onnxruntime-node') as Runtime

export async function openSession(path: string): Promise<Session> {
  const model = readFileSync(path)
  // Field 1 of the message, a varint (protobuf).
  if (model[0] === 8 && model[1]! > newestFormat) model[1] = newestFormat
  return await runtime.InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    // Plans of memory are kept by length of the sound, and no two utterances are equally long.
    enableMemPattern: false,
    logSeverityLevel: 3,
  })
}

export const floats = (data: Float32Array, dims: readonly number[]): Tensor => new runtime.Tensor('float32', data, dims)
export const integers = (data: BigInt64Array, dims: readonly number[]): Tensor =>
  new runtime.Tensor('int64', data, dims)
export const bool = (value: boolean): Tensor => new runtime.Tensor('bool', [value], [1])
