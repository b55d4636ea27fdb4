import { describeFurther } from './three-styles/further.ts'

describeFurther(['SIPp over UDP', 'SIPp over TCP'])
