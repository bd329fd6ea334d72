import * as z from 'zod';

/** A file as it is compared. */
export const comparedFile = z.object({
  file: z.string(),
  contentHash: z.string().describe('SHA-256 of its bytes'),
  text: z.string(),
  meaning: z.string().nullable().describe('the same told in one fixed way; null for what is not read as manifests'),
  reason: z.string().nullable().describe('why it has no meaning that can be compared'),
});
