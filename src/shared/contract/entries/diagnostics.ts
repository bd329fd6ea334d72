import * as z from 'zod';
import { entry } from '../define';
import { nothing } from '../schemas/common';
import { bundleList, startupReport, updateReport } from '../schemas/diagnostics';

/** What is told of Berth itself. */
export const diagnosticsEntries = {
  'diagnostics.preview': entry({ kind: 'query', summary: 'What a diagnostics bundle holds: each file, how large it is, and what is left out.', input: nothing, output: bundleList }),
  'diagnostics.bundle': entry({
    kind: 'operation',
    summary: 'Write what a report about Berth needs into one tar.gz, without secrets.',
    input: z.object({ file: z.string().min(1).max(4_096) }),
    output: z.object({ operationId: z.string(), file: z.string(), files: z.number().int(), sizeBytes: z.number(), sha256: z.string() }),
    positional: ['file'],
    paths: ['file'],
  }),
  'diagnostics.startup': entry({ kind: 'query', summary: 'How long each part of the last start took.', input: nothing, output: startupReport }),
  'updates.check': entry({ kind: 'query', summary: 'Ask the update source whether there is a newer version, where one is set and asking is switched on.', input: nothing, output: updateReport }),
} as const;
