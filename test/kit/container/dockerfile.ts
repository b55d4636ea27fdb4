/** One instruction, its lines joined; `json`: its arguments where they are written as a JSON array. */
export interface Instruction {
  readonly name: string
  readonly text: string
  readonly json?: readonly string[]
}

/** What follows a FROM. */
export interface Stage {
  readonly image: string
  readonly as?: string
  readonly instructions: readonly Instruction[]
}

const known = new Set(
  'FROM WORKDIR COPY RUN ENV USER VOLUME EXPOSE HEALTHCHECK STOPSIGNAL ENTRYPOINT CMD LABEL ARG'.split(' '),
)

/** @throws Error for what no Dockerfile has, or this reader does not know */
export function readDockerfile(text: string): readonly Stage[] {
  const stages: { image: string; as?: string; instructions: Instruction[] }[] = []
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(?:#|$)/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, '')
  for (const line of lines.split('\n')) {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line.trim()) ?? []
    if (!known.has(name)) throw new Error(`${JSON.stringify(line)} begins with no instruction.`)
    if (name === 'FROM') {
      const [, image = '', as] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? []
      stages.push({ image, instructions: [], ...(as === undefined ? {} : { as }) })
      continue
    }
    const stage = stages.at(-1)
    if (stage === undefined) throw new Error(`${name} stands before the first FROM.`)
    const array = /\[.*\]$/.exec(rest)?.[0]
    const json = array === undefined ? undefined : (JSON.parse(array) as string[])
    stage.instructions.push({ name, text: rest, ...(json === undefined ? {} : { json }) })
  }
  return stages
}
