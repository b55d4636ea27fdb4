import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Missing } from '../missing.ts'

/** What Moonshine is made of on this machine: two files of the npm package @usefulsensors/moonshine-js. */
export interface Moonshine {
  readonly encoder: string
  readonly decoder: string
}

const advice = 'Run npm ci again.'

/** @param machine what the binaries of onnxruntime are looked up by */
export function findMoonshine(machine = `${process.platform}/${process.arch}`): Moonshine | Missing {
  const runtime = folderOf('onnxruntime-node')
  if (runtime === undefined)
    return { missing: true, reason: 'The npm package onnxruntime-node is not installed.', advice }
  const otherLibrary = withoutGlibc()
  if (otherLibrary || !existsSync(join(runtime, 'bin', 'napi-v3', machine, 'onnxruntime_binding.node')))
    return {
      missing: true,
      reason: `The npm package onnxruntime-node has no program for this kind of machine (${machine}${otherLibrary ? ' without glibc' : ''}).`,
      advice: 'pocketsphinx runs on it, or OFFHOOK_RECOGNISER names a server.',
    }
  const models = folderOf('@usefulsensors/moonshine-js')
  if (models === undefined)
    return { missing: true, reason: 'The npm package @usefulsensors/moonshine-js is not installed.', advice }
  const folder = join(models, 'dist', 'model', 'base', 'quantized')
  const found = { encoder: join(folder, 'encoder_model.onnx'), decoder: join(folder, 'decoder_model_merged.onnx') }
  if (!existsSync(found.encoder) || !existsSync(found.decoder))
    return { missing: true, reason: `There is no model in ${folder}.`, advice }
  return found
}

/** By its place: what the package exports is for browsers and has no entry for `require`. */
function folderOf(name: string): string | undefined {
  return (createRequire(import.meta.url).resolve.paths(name) ?? [])
    .map((modules) => join(modules, name))
    .find((folder) => existsSync(join(folder, 'package.json')))
}

/** The binaries for Linux need glibc; Alpine has another library of C. */
function withoutGlibc(): boolean {
  if (process.platform !== 'linux') return false
  const { header } = process.report.getReport() as { readonly header: { readonly glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime === undefined
}
