import { describeFurther } from './three-styles/further.ts'

describeFurther(['baresip over UDP', 'baresip over TCP', 'baresip over TLS with SRTP'])
