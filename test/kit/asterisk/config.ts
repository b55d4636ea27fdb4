/** Files of the configuration by name, e.g. `extensions.conf`. */
export type Config = Readonly<Record<string, string>>

export interface Ports {
  readonly sip: number
  readonly http: number
  readonly rtp: { readonly from: number; readonly to: number }
}

/** The user of ARI, and its password. */
export const ariLogin = { username: 'offhook', password: 'offhook-secret' } as const

/** What is loaded; everything else would only cost time at the start. */
const modules = [
  ...['pbx_config', 'pbx_spool', 'bridge_simple', 'bridge_softmix', 'bridge_native_rtp', 'bridge_holding'],
  ...[
    'bridge_builtin_features',
    'codec_ulaw',
    'codec_alaw',
    'codec_resample',
    'format_pcm',
    'format_wav',
    'format_sln',
  ],
  ...['app_playback', 'app_dial', 'app_echo', 'app_record', 'app_read', 'app_confbridge', 'app_verbose', 'app_exec'],
  ...['app_senddtmf', 'app_originate', 'app_stack', 'app_transfer', 'app_blind_transfer', 'app_system', 'app_stasis'],
  ...['app_playtones', 'app_userevent', 'app_voicemail', 'app_while', 'app_if', 'app_waitforsilence'],
  ...[
    'func_strings',
    'func_global',
    'func_base64',
    'func_env',
    'func_logic',
    'func_math',
    'func_channel',
    'func_callerid',
    'func_cdr',
  ],
  ...['func_timeout', 'func_uri', 'func_hangupcause', 'func_pjsip_endpoint', 'func_talkdetect'],
  ...['res_timing_timerfd', 'res_sorcery_config', 'res_sorcery_memory', 'res_sorcery_astdb', 'res_pjproject'],
  ...[
    'res_rtp_asterisk',
    'res_srtp',
    'res_crypto',
    'res_musiconhold',
    'res_speech',

    'res_http_websocket',
  ],
  ...['res_websocket_client', 'res_clioriginate', 'res_geolocation', 'res_statsd'],
  ...['res_stasis', 'res_stasis_answer', 'res_stasis_device_state', 'res_stasis_playback', 'res_stasis_recording'],
  ...['res_stasis_snoop', 'res_ari', 'res_ari_model', 'res_ari_applications', 'res_ari_asterisk', 'res_ari_bridges'],
  ...['res_ari_channels', 'res_ari_endpoints', 'res_ari_events', 'res_ari_playbacks', 'res_ari_recordings'],
  ...[
    'res_ari_sounds',
    'res_rtp_multicast',
    'chan_rtp',
    'chan_pjsip',
    'res_pjsip',
    'res_pjsip_session',
    'res_pjsip_sdp_rtp',
  ],
  ...['res_pjsip_authenticator_digest', 'res_pjsip_outbound_authenticator_digest', 'res_pjsip_outbound_registration'],
  ...[
    'res_pjsip_endpoint_identifier_ip',
    'res_pjsip_endpoint_identifier_user',
    'res_pjsip_registrar',
    'res_pjsip_refer',
  ],
  ...['res_pjsip_caller_id', 'res_pjsip_dtmf_info', 'res_pjsip_rfc3326', 'res_pjsip_nat', 'res_pjsip_pubsub'],
  ...['res_pjsip_header_funcs', 'res_pjsip_diversion', 'res_pjsip_acl', 'res_pjsip_messaging', 'res_pjsip_logger'],
] as const

const empty = Object.fromEntries(
  ['musiconhold', 'features', 'confbridge', 'voicemail', 'stasis', 'udptl', 'acl', 'ccss', 'statsd', 'geolocation']
    .concat('pjproject', 'websocket_client', 'manager', 'codecs', 'dnsmgr')
    .map((name) => [`${name}.conf`, '']),
)

/** Without records to write it declines to be loaded, which is an error in the log. */
const recordsOf = (over: Config): readonly string[] => (over['cdr.conf'] === undefined ? [] : ['cdr_csv'])

/** The whole configuration: what every Asterisk of a test has, with the files of this one over it. `folder` as it sees it. */
export const configure = (folder: string, ports: Ports, over: Config): Config => ({
  'asterisk.conf': `[directories]
astetcdir => ${folder}/etc
astmoddir => /usr/lib/MULTIARCH/asterisk/modules
astvarlibdir => ${folder}/lib
astdbdir => ${folder}/lib
astkeydir => ${folder}/lib
astdatadir => /usr/share/asterisk
astagidir => ${folder}/agi
astspooldir => ${folder}/spool
astrundir => ${folder}/run
astlogdir => ${folder}/log
[options]
live_dangerously = yes
`,
  'modules.conf': `[modules]\nautoload=no\n${[...modules, ...recordsOf(over)].map((name) => `load = ${name}.so\n`).join('')}`,
  'logger.conf': '[general]\nappend_hostname = no\n[logfiles]\nconsole => notice,warning,error,verbose(3)\n',
  'cdr.conf': '[general]\nenable=no\n[csv]\n',
  'cel.conf': '[general]\nenable=no\n',
  'http.conf': `[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=${ports.http}\n`,
  'ari.conf': `[general]\nenabled=yes\n[${ariLogin.username}]\ntype=user\nread_only=no\npassword=${ariLogin.password}\n`,
  'rtp.conf': `[general]\nrtpstart=${ports.rtp.from}\nrtpend=${ports.rtp.to}\n`,
  'pjsip.conf': '',
  'extensions.conf': '',
  // A file that is missing is an error in its log, which hides those that matter.
  ...empty,
  'indications.conf':
    '[general]\ncountry=us\n[us]\ndescription = United States\nringcadence = 2000,4000\ndial = 350+440\nring = 440+480/2000,0/4000\nbusy = 480+620/500,0/500\ncongestion = 480+620/250,0/250\n',
  ...over,
  'pjsip.transport.conf': `[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:${ports.sip}\n[tcp]\ntype=transport\nprotocol=tcp\nbind=127.0.0.1:${ports.sip}\n`,
})
