import { byActions } from './three-styles/actions.ts'
import { byBlocks } from './three-styles/blocks.ts'
import { describeStyles } from './three-styles/describe.ts'
import { byDocuments } from './three-styles/documents.ts'

const results = (peer: string) => ({
  ...{ digits: '42', transfer: 'answered', dial: 'answered' },
  encrypted: peer.includes('SRTP'),
})

describeStyles(
  'every block',
  [
    { name: 'requests for blocks', style: byBlocks, results },
    { name: 'documents', style: byDocuments, results },
    { name: 'actions', style: byActions, results },
  ],
  ['SIPp over UDP', 'SIPp over TCP', 'baresip over TLS with SRTP'],
  { wordsLike: 0.6, inTurn: false },
)
