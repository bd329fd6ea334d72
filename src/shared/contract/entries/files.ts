import * as z from 'zod';
import { entry } from '../define';
import { inProject, projectRef } from '../schemas/common';
import { fileBase, fileCheck, fileHistory, filesChanged, fileTemplate, fileText, manifestFiles, projectFile } from '../schemas/files';

const file = z.string().min(1).max(4_096);

/** The files a project is made from, and edits of their text. */
export const filesEntries = {
  'files.list': entry({ kind: 'query', summary: 'The files a project is made from: compose files of every mode, env files, Dockerfiles, and who uses each.', input: inProject, output: z.array(projectFile) }),
  'files.manifests': entry({
    kind: 'query',
    summary: 'Every YAML and JSON file in the folder of a project, or in its archive, whoever uses it.',
    input: inProject.extend({ archived: z.boolean().default(false).describe('those below .archive/') }),
    output: manifestFiles,
  }),
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
  'files.create': entry({
    kind: 'operation',
    summary: 'Make a new YAML or JSON file in the folder of a project, from a template or with a text.',
    input: z.object({ project: projectRef, file, template: fileTemplate.default('empty'), text: z.string().max(5_000_000).optional().describe('a file that has the text, or - for standard input') }),
    output: filesChanged,
    positional: ['file'],
    contents: ['text'],
    asks: true,
    plans: true,
  }),
  'files.rename': entry({ kind: 'operation', summary: 'Give a file another name or place in the project. Its bytes, mode and time stay.', input: z.object({ project: projectRef, file, to: file }), output: filesChanged, positional: ['file', 'to'], asks: true, plans: true }),
  'files.duplicate': entry({ kind: 'operation', summary: 'Copy a file of the project under another name.', input: z.object({ project: projectRef, file, to: file }), output: filesChanged, positional: ['file', 'to'], asks: true, plans: true }),
  'files.archive': entry({
    kind: 'operation',
    summary: 'Move a file to .archive/, with a note of where it was, its mode and time.',
    input: z.object({ project: projectRef, file, reason: z.string().max(1_000).optional().describe('why, for the note') }),
    output: filesChanged,
    positional: ['file'],
    asks: true,
    plans: true,
  }),
  'files.restore': entry({
    kind: 'operation',
    summary: 'Bring a file back from .archive/ to where it was, or to another place.',
    input: z.object({ project: projectRef, file: file.describe('where it was, or its place below .archive/'), to: file.optional().describe('where it goes instead') }),
    output: filesChanged,
    positional: ['file'],
    asks: true,
    plans: true,
  }),
  'files.delete': entry({ kind: 'operation', summary: 'Delete a file of the project. It is kept in the backup, and `berth operations undo` brings it back.', input: z.object({ project: projectRef, file }), output: filesChanged, positional: ['file'], asks: true, plans: true }),
  'files.history': entry({
    kind: 'query',
    summary: 'Who changed a file of the project, when and how: by Berth, and as git has it.',
    input: z.object({ project: projectRef, file, limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
    output: fileHistory,
    positional: ['file'],
  }),
} as const;
