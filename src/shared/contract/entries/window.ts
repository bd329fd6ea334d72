import * as z from 'zod';
import { entry } from '../define';
import { nothing } from '../schemas/common';
import { entryDescription } from '../schemas/window';

/** What only a window asks. */
export const windowEntries = {
  'contract.describe': entry({ kind: 'query', summary: 'Every command with its inputs, for a page that has no schemas.', input: nothing, output: z.array(entryDescription), hidden: true }),
} as const;
