import * as z from 'zod';
import { entry } from '../define';
import { inProject, projectRef } from '../schemas/common';
import { fileBase, fileCheck, fileText, projectFile } from '../schemas/files';

const file = z.string().min(1).max(4_096);

/** The files a project is made from, and edits of their text. */
export const filesEntries = {
  'files.list': entry({ kind: 'query', summary: 'The files a project is made from: compose files of every mode, env files, Dockerfiles, and who uses each.', input: inProject, output: z.array(projectFile) }),
  'files.read': entry({
    kind: 'query',
    summary: 'The text of one of these files, and how it is written down.',
    input: z.object({ project: projectRef, file }),
    output: fileText,
    positional: ['file'],
  }),
  'files.check': entry({
    kind: 'query',
    summary: 'What the checks would say of another text of one of these files, and what containers would be made of differently. Changes nothing.',
    input: z.object({ project: projectRef, file, text: z.string().max(1_048_576) }),
    output: fileCheck,
    positional: ['file'],
    contents: ['text'],
    hidden: true,
  }),
  'files.save': entry({
    kind: 'operation',
    summary: 'Write another text into one of these files, with a backup. Line ends, mode and owner stay as they are.',
    input: z.object({
      project: projectRef,
      file,
      text: z.string().max(1_048_576).describe('a file that has the new text, or - for standard input'),
      base: fileBase.optional().describe('what the file was when it was read; refused when it was changed since'),
    }),
    output: z.object({ operationId: z.string(), file: z.string(), sha256: fileBase, changed: z.boolean() }),
    positional: ['file'],
    contents: ['text'],
    asks: true,
    plans: true,
  }),
} as const;
