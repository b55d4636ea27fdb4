/** What a request for a block is answered with. The words are those of the block API and stable. */
export const blockStatuses = [
  'success_ok',
  'error_invalid_http_method',
  'error_malformed_params',
  'error_app_id_param_missing',
  'error_access_token_param_missing',
  'error_session_param_missing',
  'error_dest_param_missing',
  'error_notify_url_param_missing',
  'error_invalid_app_id',
  'error_invalid_access_token',
  'error_permission_denied',
  'error_rate_limit_exceeded',
  'error_internal_server_error',
  'error_tag_invalid_length',
  'error_invalid_notify_url',
  'error_unable_to_resolve_notify_url',
  'error_dest_invalid',
  'error_dest_not_supported',
  'error_caller_id_invalid',
  'error_concurrent_call_limit_reached',
  'error_call_service_not_available',
  'error_invalid_session',
  'error_session_access_denied',
  'error_session_ended',
  'error_session_not_ready',
  'error_session_not_on_hold',
  'error_monitor_in_progress',
  'error_on_failure_invalid',
  'error_invalid_room',
  'error_invalid_max_digits',
  'error_invalid_timeout',
  'error_invalid_attempts',
  'error_invalid_max_duration',
  'error_msg_empty',
  'error_msg_too_big',
  'error_msg_invalid_length',
  'error_msg_cannot_convert_text',
  'error_msg_invalid_language',
  'error_msg_invalid_gender',
  'error_msg_invalid_xml',
  'error_msg_invalid_url',
  'error_msg_download_failed',
  'error_msg_invalid_file_format',
  'error_msg_invalid_file_size',
] as const

export type BlockStatus = (typeof blockStatuses)[number]
export type BlockError = Exclude<BlockStatus, 'success_ok'>

/** A block that is refused; `code` is the whole answer, the sentence is for our log. */
export class BlockRefused extends Error {
  override readonly name = 'BlockRefused'
  readonly code: BlockError
  constructor(code: BlockError, sentence: string = code) {
    super(sentence)
    this.code = code
  }
}
