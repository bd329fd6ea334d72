/** What the local API takes: a request is a few kilobytes; anything larger or slower is not one of ours. */
export const MAX_BODY_BYTES = 256 * 1024;
export const HEADERS_TIMEOUT_MS = 5_000;
export const REQUEST_TIMEOUT_MS = 15_000;
export const MAX_CONNECTIONS = 1_024;
/** Bytes that may wait for a reader who does not read; then the stream is cut. */
export const MAX_STREAM_BACKLOG_BYTES = 16 * 1024 * 1024;
