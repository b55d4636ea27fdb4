import type { FastifyReply } from 'fastify'
import type { Problem } from '../../phone/problem.ts'
import { sendUnknown } from './blocks/routes.ts'
import { base as phoneai, sendProblem as sendPhoneai } from './phoneai/door.ts'
import { sendProblem as sendPlivo } from './plivo/door.ts'

/** What the router refuses comes to no door; it is told in the shape of the dialect whose path it is. `false`: it is a path of ours. */
export function sendUnrouted(path: string, reply: FastifyReply, problem: Problem): boolean {
  if (path.startsWith('/v1/Account/')) sendPlivo(reply, problem)
  else if (path.startsWith(`${phoneai}/`)) sendPhoneai(reply, problem)
  else if (path.startsWith('/open/')) sendUnknown(reply)
  else return false
  return true
}
