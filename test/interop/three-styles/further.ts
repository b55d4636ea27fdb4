import { describeStyles } from './describe.ts'
import { actionResults, byFurtherActions } from './further-actions.ts'
import { blockResults, byFurtherBlocks } from './further-blocks.ts'
import { byFurtherDocuments, documentResults } from './further-documents.ts'

const styles = [
  { name: 'requests for blocks', style: byFurtherBlocks, results: () => blockResults },
  { name: 'documents', style: byFurtherDocuments, results: () => documentResults },
  { name: 'actions', style: byFurtherActions, results: () => actionResults },
]

/** A peer after the other: a machine that is busy loses frames. */
export const describeFurther = (peers: Parameters<typeof describeStyles>[2]): void =>
  describeStyles('what blocks take besides', styles, peers, { wordsLike: 0.7, inTurn: true })
