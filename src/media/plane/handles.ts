/** Handles of the two sockets of a stream. */
export const rtpHandle = (stream: number): number => stream * 2
export const rtcpHandle = (stream: number): number => stream * 2 + 1
