export { startMediaPlane } from './plane/start.ts'
export * from './plane.ts'
export { speechMsOf } from './recording/speech-ms.ts'
export { repairWav } from './wav/repair.ts'
