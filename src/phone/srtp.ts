/**
 * Whether the audio with an extension or a trunk is encrypted (RFC 3711). `off`: never. `allowed`: where the other side offers it,
 * and offered where its signalling is encrypted, too. `required`: a call without it is refused.
 */
export const srtpPolicies = ['off', 'allowed', 'required'] as const
export type SrtpPolicy = (typeof srtpPolicies)[number]
