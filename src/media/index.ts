export * from './plane.ts'
