import { z } from 'zod'
import { type Menu, menuShape } from '../../menu/model.ts'
import { MenuTextError, readMenuText, writeMenuJson, writeMenuYaml } from '../../menu/text.ts'
import { newId } from '../../phone/id.ts'
import { Problem } from '../../phone/problem.ts'
import { conflictOf } from '../../store/conflict.ts'
import { deleteMenu, getMenu, insertMenu, listMenus, type MenuRow, updateMenu } from '../../store/menus.ts'
import { numbersOf } from '../../store/numbers.ts'
import { ussdCodesOfMenu } from '../../store/ussd.ts'
import { newSecret } from '../../webhooks/sign/standard.ts'
import { reads, writes } from '../auth.ts'
import type { Api, ApiOptions } from '../options.ts'
import { exampleId, id, iso, page, pageOf, problem, time, toPage } from '../shapes.ts'
import { refusal } from '../validation.ts'
import { menuFaults } from './menu-check.ts'

const example = {
  id: exampleId('menu'),
  name: 'Acme',
  numbers: ['+15550100'],
  menu: {
    name: 'Acme',
    start: 'main',
    menus: {
      main: {
        prompt: 'Welcome to Acme.',
        announce: 'label_first',
        options: [{ key: '1', label: 'sales', action: { kind: 'dial', to: ['1001'] } }],
      },
    },
  },
  createdAt: '2026-01-05T12:00:00.000Z',
  updatedAt: '2026-01-05T12:00:00.000Z',
}
const MenuShown = z
  .object({
    id: z.string(),
    name: z.string(),
    numbers: z.array(z.string()).describe('E.164 of the numbers whose calls it takes'),
    menu: z.record(z.string(), z.unknown()).describe('A MenuDocument, as it was written'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({
    id: 'Menu',
    examples: [example],
  })
const secret = z.string().describe('Signs what its webhook options send (Standard Webhooks); shown this once')
const MenuWithSecret = MenuShown.extend({ secret }).meta({
  id: 'NewMenu',
  examples: [{ ...example, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
})
const Secret = z.object({ secret }).meta({
  id: 'MenuSecret',
  examples: [{ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
})
const Checked = z
  .object({ menus: z.int().describe('How many'), options: z.int() })
  .meta({ id: 'CheckedMenu', examples: [{ menus: 3, options: 9 }] })

/** Phone menus: written as JSON or YAML, checked as a whole, served to callers of the numbers that are assigned to them. */
export async function registerMenus(app: Api, options: ApiOptions): Promise<void> {
  // A context of its own: no other route takes YAML.
  await app.register(async (instance) => {
    for (const type of ['application/yaml', 'application/x-yaml', 'text/yaml']) {
      instance.addContentTypeParser(type, { parseAs: 'string' }, (_request, text, done) => {
        try {
          done(null, readMenuText(String(text)))
        } catch (error) {
          if (!(error instanceof MenuTextError)) throw error
          done(refusal([{ field: '', sentence: `cannot be read as YAML: ${error.message}` }]))
        }
      })
    }
    const readJson = instance.getDefaultJsonParser('error', 'error')
    instance.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) =>
      readJson(request, String(text), (error, body) => {
        // JSON.parse would keep the last of two menus of one name, and say nothing of the other.
        const twice = error === null ? sameNames(String(text)) : undefined
        done(twice === undefined ? error : refusal([{ field: '', sentence: twice }]), body)
      }),
    )
    register(instance as Api, options)
  })
}

function sameNames(json: string): string | undefined {
  try {
    readMenuText(json)
    return undefined
  } catch (error) {
    if (!(error instanceof MenuTextError)) throw error
    return error.code === 'same_name' ? error.message : undefined
  }
}

function register(app: Api, { store, phone, clock, country, webhooks }: ApiOptions): void {
  const { db, keys } = store
  const reading = { db, country, refusesUrl: (url: string) => webhooks.refuses(url) }
  const tags = ['menus']
  const params = z.object({ id: id('menu') })
  const unknown = (menu: string): Problem => new Problem('not_found', `There is no menu ${menu}.`)
  const description =
    'JSON, or YAML as application/yaml. Refused, with everything that is wrong, where a key stands twice in a menu, a menu is not there or never reached, says nothing, keeps a caller who presses nothing for ever, or rings its own number.'

  async function check(menu: Menu, id?: string): Promise<Menu> {
    const faults = await menuFaults(menu, reading, id)
    if (faults.length > 0) throw refusal(faults)
    return menu
  }
  async function known(menu: string): Promise<MenuRow> {
    const row = await getMenu(db, menu)
    if (row === undefined) throw unknown(menu)
    return row
  }
  async function numbersOfMenus(): Promise<(menu: string) => string[]> {
    const rows = await numbersOf(db, { kind: 'menu' })
    return (menu) =>
      rows.flatMap(({ assignment, e164 }) => (assignment?.kind === 'menu' && assignment.menu === menu ? [e164] : []))
  }
  const shown = async (row: MenuRow) => show(row, (await numbersOfMenus())(row.id))

  app.post(
    '/v1/menus',
    {
      config: writes('menus'),
      schema: {
        tags,
        summary: 'Save a menu',
        description,
        body: menuShape,
        response: { 201: MenuWithSecret, ...problem },
      },
    },
    async (request, reply) => {
      const menu = await check(request.body)
      const now = new Date(clock.wall())
      const which = newId('menu', now.getTime())
      const made = newSecret()
      const row = {
        id: which,
        name: menu.name,
        menu,
        secretSealed: keys.seal(made, which),
        createdAt: now,
        updatedAt: now,
      }
      const saved = await named(menu.name, insertMenu(db, row))
      await phone.reload('menus')
      return reply
        .code(201)
        .header('Location', `/v1/menus/${which}`)
        .send({ ...show(saved, []), secret: made })
    },
  )

  app.post(
    '/v1/menus/check',
    {
      config: reads('menus'),
      schema: {
        tags,
        summary: 'Check a menu without saving it',
        description,
        body: menuShape,
        response: { 200: Checked, ...problem },
      },
    },
    async (request) => {
      const menu = await check(request.body)
      const nodes = Object.values(menu.menus)
      return { menus: nodes.length, options: nodes.reduce((sum, node) => sum + node.options.length, 0) }
    },
  )

  app.get(
    '/v1/menus',
    {
      config: reads('menus'),
      schema: {
        tags,
        summary: 'List menus',
        querystring: z.strictObject(page),
        response: { 200: pageOf(MenuShown), ...problem },
      },
    },
    async (request) => {
      const numbers = await numbersOfMenus()
      return toPage(await listMenus(db, request.query), (row) => show(row, numbers(row.id)))
    },
  )

  app.get(
    '/v1/menus/:id',
    { config: reads('menus'), schema: { tags, summary: 'One menu', params, response: { 200: MenuShown, ...problem } } },
    async (request) => shown(await known(request.params.id)),
  )

  app.get(
    '/v1/menus/:id/document',
    {
      config: reads('menus'),
      schema: {
        tags,
        summary: 'A menu as a file',
        description: 'The menu alone, as JSON or YAML; what `POST /v1/menus` takes.',
        params,
        querystring: z.strictObject({ format: z.enum(['json', 'yaml']).default('yaml') }),
        response: {
          200: z.string().meta({ description: 'The file', examples: ['name: Acme\nstart: main\n'] }),
          ...problem,
        },
      },
    },
    async (request, reply) => {
      const { menu } = await known(request.params.id)
      const json = request.query.format === 'json'
      return reply
        .type(json ? 'application/json; charset=utf-8' : 'application/yaml; charset=utf-8')
        .serializer(String)
        .send(json ? writeMenuJson(menu) : writeMenuYaml(menu))
    },
  )

  app.put(
    '/v1/menus/:id',
    {
      config: writes('menus'),
      schema: {
        tags,
        summary: 'Replace a menu',
        description: `Calls that come from then on hear it; those in progress keep the one that they began with. ${description}`,
        params,
        body: menuShape,
        response: { 200: MenuShown, ...problem },
      },
    },
    async (request) => {
      const row = await known(request.params.id)
      const menu = await check(request.body, row.id)
      const change = { name: menu.name, menu, updatedAt: new Date(clock.wall()) }
      const changed = await named(menu.name, updateMenu(db, row.id, change))
      if (changed === undefined) throw unknown(row.id)
      await phone.reload('menus')
      return shown(changed)
    },
  )

  app.post(
    '/v1/menus/:id/secret',
    {
      config: writes('menus'),
      schema: {
        tags,
        summary: 'Make a new secret',
        description: 'Of the one before nothing more is signed.',
        params,
        response: { 200: Secret, ...problem },
      },
    },
    async (request) => {
      const row = await known(request.params.id)
      const made = newSecret()
      const change = { secretSealed: keys.seal(made, row.id), updatedAt: new Date(clock.wall()) }
      if ((await updateMenu(db, row.id, change)) === undefined) throw unknown(row.id)
      return { secret: made }
    },
  )

  app.delete(
    '/v1/menus/:id',
    {
      config: writes('menus'),
      schema: {
        tags,
        summary: 'Delete a menu',
        description: 'Refused while a number or a service code leads to it.',
        params,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const { id: menu } = request.params
      const numbers = (await numbersOfMenus())(menu)
      if (numbers.length > 0)
        throw new Problem('in_use', `The menu ${menu} takes the calls of ${numbers.join(', ')}; assign them otherwise.`)
      const codes = await ussdCodesOfMenu(db, menu)
      if (codes.length > 0) throw new Problem('in_use', `The menu ${menu} answers ${codes.join(', ')} by USSD.`)
      if (!(await deleteMenu(db, menu))) throw unknown(menu)
      await phone.reload('menus')
      return reply.code(204).send(null)
    },
  )
}

const show = (row: MenuRow, numbers: string[]): z.infer<typeof MenuShown> => ({
  id: row.id,
  name: row.name,
  numbers,
  menu: row.menu as Record<string, unknown>,
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
})

async function named<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (conflictOf(error)?.constraint !== 'menus_name') throw error
    throw new Problem('conflict', `There is a menu named ${name} already.`)
  }
}
