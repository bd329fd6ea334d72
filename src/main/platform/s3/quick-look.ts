import type { QuickAnswer } from './quick-http';
import { MTIME_HEADER, mtimeText } from './quick-mtime';
import type { QuickSession } from './quick-session';
import type { RemoteFile } from '@shared/domain/workspaces/sync-model';

/** An object as a look at it shows it. */
export interface Looked extends RemoteFile {
  readonly mtime: string;
  /** Its tag says nothing about its content. */
  readonly isEncrypted: boolean;
}

/** Null when there is none. A missing bucket is a failure where the store says so. */
export function lookAt(session: QuickSession, bucket: string, key: string, signal: AbortSignal | undefined): Promise<Looked | null> {
  const call = { method: 'HEAD', bucket, key, counts: 'heads', also: [404] } as const;
  return session.send(call, signal, {
    read: (answer) => {
      if (answer.status !== 404) return looked(key, answer);
      const error = session.refusal(answer, call);
      if (error.details?.['code'] === 'NoSuchBucket') throw error;
      return null;
    },
  });
}

/** True when this is what was written: its tag says so, or, where tags say nothing, size and time do. */
export function isOwn(found: Looked, written: { readonly sizeBytes: number; readonly mtimeNs: bigint; readonly etag: string }): boolean {
  if (found.etag === written.etag) return true;
  const saysNothing = found.isEncrypted || !isMd5Tag(found.etag);
  return saysNothing && found.sizeBytes === written.sizeBytes && found.mtime === mtimeText(written.mtimeNs);
}

/** True for a tag that is made of MD5: of the content, or of the sums of its parts. */
export function isMd5Tag(etag: string): boolean {
  return /^[0-9a-f]{32}(?:-\d+)?$/.test(etag);
}

/** Whether the store keeps it encrypted, so that its tag may be anything. */
export function isEncryptedAnswer(answer: QuickAnswer): boolean {
  return Object.keys(answer.headers).some((name) => name.startsWith('x-amz-server-side-encryption'));
}

/** A header of an answer, without the quotes of tags; '' when there is none. */
export function plainHeader(answer: QuickAnswer, name: string): string {
  const value = answer.headers[name];
  return typeof value === 'string' ? value.replaceAll('"', '') : '';
}

function looked(key: string, answer: QuickAnswer): Looked {
  return { key, sizeBytes: Number(plainHeader(answer, 'content-length')), etag: plainHeader(answer, 'etag'), mtime: plainHeader(answer, MTIME_HEADER), isEncrypted: isEncryptedAnswer(answer) };
}
