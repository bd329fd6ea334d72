import { ContentChecks } from '../platform/manifests/content-checks';
import type { ReaderRequest } from '../platform/manifests/reader-protocol';
import { listen, post } from './parent';

/**
 * Compares and checks single manifests and folders of them in a process of its own: it reads the bytes of strangers and may die of them. Answers
 * each `{id, bytes}`, where the bytes are a `ReaderRequest` as JSON, with `{id, result}`, a `ReaderAnswer` as JSON.
 */
const checks = new ContentChecks();

listen((message) => {
  const { id, bytes } = message as { readonly id: number; readonly bytes: Uint8Array };
  post({ id, result: JSON.stringify(checks.answer(JSON.parse(Buffer.from(bytes).toString('utf8')) as ReaderRequest)) });
});
