// Imports go down only. The floors, from the ground up; a file may import its own floor and those below it.
const floors = [
  'base',
  'sip',
  'media',
  'store',
  'speech',
  'callfile',
  'phone',
  'menu',
  'engines',
  'carriers',
  'webhooks',
  'jobs',
  'apps',
  'api',
  'cli',
]

// The topmost, cli, starts main.ts; no other floor knows it.
const up = floors.slice(0, -1).map((floor, i) => ({
  name: `${floor}-imports-down-only`,
  severity: 'error',
  from: { path: `^src/${floor}/` },
  to: { path: `^src/(${[...floors.slice(i + 1), 'main'].join('|')})` },
}))

const alone = (floor, allowed, why) => ({
  name: `${floor}-stands-alone`,
  comment: why,
  severity: 'error',
  from: { path: `^src/${floor}/` },
  to: { path: '^src/', pathNot: `^src/(${[floor, ...allowed].join('|')})/` },
})

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...up,
    alone('base', [], 'the ground: clock, scope, log'),
    alone('sip', ['base'], 'signalling knows no calls, no files, no HTTP'),
    alone('media', ['base'], 'media knows no SIP'),
    alone('store', ['base'], 'rows and queries only'),
    alone('callfile', [], 'a library of its own'),
    alone('client', [], "runs in other people's programs"),
    alone('phone', ['base'], 'the vocabulary: types and pure functions'),
    {
      name: 'apps-know-no-engine',
      comment: 'an app that imports sip, media or engines is a bug',
      severity: 'error',
      from: { path: '^src/apps/' },
      to: { path: '^src/(sip|media|engines|carriers)/' },
    },
    {
      name: 'engines-know-no-store',
      severity: 'error',
      from: { path: '^src/engines/' },
      to: { path: '^src/(store|carriers|webhooks|jobs)/' },
    },
    {
      name: 'phone-does-no-io',
      severity: 'error',
      from: { path: '^src/phone/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'src-never-imports-test', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench)/' } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
