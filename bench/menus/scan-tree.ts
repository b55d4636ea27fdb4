import { setTimeout as pause } from 'node:timers/promises'
import type { NodeView } from '../../src/menu/scan/view.ts'
import type { ServiceApi } from './service-api.ts'

export interface ShownScan {
  readonly id: string
  readonly state: string
  readonly sentence: string | null
  readonly calls: number
  readonly seconds: number
  readonly nodes: number
  readonly open: number
  readonly percent: number
  readonly tree: NodeView | null
}

export interface ScanRequest {
  readonly number: string
  readonly name: string
  readonly [choice: string]: unknown
}

/** Scans a number to the end. @param told how far it is, every few seconds */
export async function scanTree(
  api: ServiceApi,
  request: ScanRequest,
  told: (scan: ShownScan) => void,
): Promise<ShownScan> {
  const { id } = await api.post<ShownScan>('/v1/scans', request)
  for (;;) {
    await pause(2000)
    const scan = await api.get<ShownScan>(`/v1/scans/${id}`)
    told(scan)
    if (scan.state !== 'running' && scan.state !== 'waiting') return scan
  }
}
