import { z } from 'zod'
import { addressKey } from '../../../phone/address.ts'
import { allExtensions } from '../../../store/extensions.ts'
import { idOf, idsOf } from '../../../store/phoneai.ts'
import { countedScans, hearingsOf, lastScanOf } from '../../../store/scans.ts'
import { reads } from '../../auth.ts'
import type { Api, ApiOptions } from '../../options.ts'
import type { ScanDesk } from '../../ports.ts'
import { line } from '../../shapes.ts'
import { base, bothOf, door, noPlus, notFound, refuse } from './door.ts'
import { type MenuNode, menuTree, shownNodes } from './menu-tree.ts'
import { nodeRef } from './node-ref.ts'
import { readParty } from './party.ts'
import { isComplete, pageLinks, retryFlag, showScanRow } from './scan-rows.ts'

const List = z.object({
  number: line(0, 200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(10),
  offset: z.coerce.number().int().min(0).max(2147483647).default(0),
})
const Tree = z.object({ number: line(0, 200).optional() })

/** `scan/` lists scans, `callmenu/` tells the tree of the last one of a number. */
export function registerScanPages(app: Api, { store, country, publicUrl }: ApiOptions, desk: ScanDesk): void {
  const { db } = store

  async function keyOf(number: string): Promise<string> {
    const usernames = new Set((await allExtensions(db)).map(({ username }) => username))
    const address = readParty(number, usernames, country)
    return address === undefined ? number : addressKey(address)
  }

  for (const path of bothOf('scan')) {
    const list = { ...door(reads('scans').need), schema: { hide: true, querystring: List } }
    app.get(path, list, async (request) => {
      const { number = '', limit, offset } = request.query
      const to = number === '' ? undefined : await keyOf(number)
      const { rows, total } = await countedScans(db, { to }, { limit, offset })
      // The older one has the lower id, as there.
      const ids = (await idsOf(db, rows.map(({ id }) => id).toReversed())).toReversed()
      const filter = number === '' ? {} : { number: number.trim() }
      return {
        count: total,
        ...pageLinks(`${publicUrl()}${base}/scan/`, filter, { limit, offset }, total),
        results: await Promise.all(
          rows.map(async (row, i) =>
            // Trees of scans that run are held in memory; of others nobody asks here.
            showScanRow(ids[i]!, row, row.state === 'running' ? await desk.tree(row.id) : undefined),
          ),
        ),
      }
    })
  }

  for (const path of bothOf('callmenu')) {
    const tree = { ...door(reads('scans').need), schema: { hide: true, querystring: Tree } }
    app.get(path, tree, async (request) => {
      const { number = '' } = request.query
      if (number === '') throw refuse('number', 'This field is required.')
      const key = await keyOf(number)
      const row = await lastScanOf(db, key)
      if (row === undefined) throw notFound(`scan of ${number.trim()}`)
      return {
        id: await idOf(db, `scans of ${key}`),
        number: noPlus(key),
        business_name: row.name,
        retry_enabled: retryFlag(row),
        attempt: row.calls,
        completed: isComplete(row),
        menu: await menuOf(row.id),
      }
    })
  }

  async function menuOf(scan: string): Promise<MenuNode> {
    const tree = await desk.tree(scan)
    // The start has its number before anything is heard, as there.
    const nodes = tree.nodes.size === 0 ? [''] : shownNodes(tree)
    const numbers = await idsOf(
      db,
      nodes.map((node) => nodeRef(scan, node)),
    )
    const ids = new Map(nodes.map((node, i) => [node, numbers[i]!]))
    const heard = new Map((await hearingsOf(db, scan)).map((hearing) => [hearing.id, hearing]))
    return menuTree(tree, ids, heard) ?? unheard(ids.get('') ?? 0)
  }
}

const unheard = (id: number): MenuNode => ({
  id,
  info: { parent_text: '', keys_to_reach: '' },
  ...{ key: '', audio_text: '', audio_text_debug: null, children: [] },
})
