export { DigestClient, type Login } from './auth/client.ts'
export { type Credentials, makeCredentials } from './auth/digest.ts'
export { type DigestProof, DigestVerifier, type DigestVerifierOptions, type Verdict } from './auth/verifier.ts'
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
export { type Binding, type BindingStore, MemoryBindingStore } from './registrar/binding-store.ts'
export { type ExpiryLimits, expiryLimits } from './registrar/bindings.ts'
export { evict, evictFlow, liveBindings, startEviction } from './registrar/eviction.ts'
export { handleRegister, type RegisterOptions, type RegisterResult } from './registrar/handle-register.ts'
export type { RegistrationReport, RegistrationState } from './registration/machine.ts'
export { Registration, type RegistrationOptions } from './registration/registration.ts'
export { type Lookup, ResolveError, type ResolveOptions, resolveTarget } from './resolver/resolve.ts'
export type { Direction, LocalMedia, NegotiatedMedia } from './sdp/media.ts'
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
export type * from './user-agent/options.ts'
export type * from './user-agent/session.ts'
export { type StartOptions, startUserAgent } from './user-agent/start.ts'
export { UserAgent } from './user-agent/user-agent.ts'
