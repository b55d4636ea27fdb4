import { Problem } from '../phone/problem.ts'
import type { StoredAssignment } from '../store/shapes.ts'

/** Why a number cannot be released that calls of a forward need. */
export function inUse(e164: string, assignment: StoredAssignment): Problem {
  return new Problem('in_use', `${e164} belongs to ${describe(assignment)}; delete that first.`)
}

function describe(assignment: StoredAssignment): string {
  switch (assignment.kind) {
    case 'voicemail':
      return `the forward ${assignment.forward} as its voicemail number`
    case 'forward':
      return `the forward ${assignment.forward}`
    default:
      return `the ${assignment.kind} that it leads to`
  }
}
