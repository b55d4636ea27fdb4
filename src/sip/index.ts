export { type Body, buildRequest, buildResponse, type RequestParts, type ResponseParts } from './message/build.ts'
export { type HeaderEntries, HeaderList } from './message/headers.ts'
export { formatHost, formatHostPort, type HostPort, parseHostPort } from './message/host.ts'
export { limits } from './message/limits.ts'
export type {
  CSeq,
  Flow,
  Headers,
  NameAddr,
  SipMessage,
  SipRequest,
  SipResponse,
  TransportName,
  Via,
} from './message/message.ts'
export { formatNameAddr, parseNameAddr } from './message/name-addr.ts'
export { formatParams, type Params, parseParams } from './message/params.ts'
export { type ParseFault, parseMessage } from './message/parse.ts'
export { isToken, quote, unquote } from './message/scan.ts'
export { serialize } from './message/serialize.ts'
export { reasonPhrase } from './message/status.ts'
export { newBranch, newCallId, newTag } from './message/token.ts'
export { formatUri, type OtherUri, parseUri, type SipUri, type TelUri, type Uri } from './message/uri.ts'
export { formatVia, parseVia } from './message/via.ts'
export { type Lookup, ResolveError, type ResolveOptions, resolveTarget } from './resolver/resolve.ts'
export { startTransactions, type TransactionOptions } from './transaction/interpreter.ts'
export type {
  ClientFailure,
  ClientHandlers,
  ClientTransaction,
  SentRequest,
  ServerFailure,
  ServerHandlers,
  ServerTransaction,
  Target,
  Trace,
  TraceEntry,
  TransactionCounts,
  TransactionLayer,
  TransactionUser,
} from './transaction/layer.ts'
export { defaultTimes, type Times } from './transaction/timers.ts'
export { defaultStreamLimits, type StreamLimits } from './transport/connection.ts'
export { LocalAddresses } from './transport/local-address.ts'
export type { Accept } from './transport/transport.ts'
export { type Destination, type Transport, TransportError, type TransportHandlers } from './transport/transport.ts'
export { openTransports, TransportSet, type TransportsOptions } from './transport/transports.ts'
