export { startMediaPlane } from './plane/start.ts'
export * from './plane.ts'
export { repairWav } from './wav/repair.ts'
