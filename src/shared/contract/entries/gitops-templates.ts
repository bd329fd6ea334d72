import * as z from 'zod';
import { entry } from '../define';
import { projectRef } from '../schemas/common';
import { pipelineStatus } from '../schemas/gitops-pipeline';
import { renderReport, templateContext, templateEntry, templateFile, templateList, templatePlace, templatePreview, templateSaved } from '../schemas/gitops-templates';

const text = z.string().max(200_000);
const version = z.coerce.number().int().min(1);

/** Templates in Jinja2’s language, and files made from the live state of a project. */
export const gitopsTemplatesEntries = {
  'gitops.render': entry({
    kind: 'operation',
    summary: 'Render the templates of a folder and write what they make where it differs.',
    input: templatePlace.extend({ context: templateContext.optional().describe('values as JSON, over the live state and those of the folder') }),
    output: renderReport,
    positional: ['dir'],
    paths: ['dir'],
    asks: true,
    plans: true,
  }),
  'gitops.templates': entry({ kind: 'query', summary: 'The templates of a folder, what they are made into, and their versions.', input: templatePlace, output: templateList, positional: ['dir'], paths: ['dir'] }),
  'gitops.preview': entry({
    kind: 'query',
    summary: 'What a template makes of a context, or why it cannot be rendered. Writes nothing.',
    input: templatePlace.extend({ template: templateFile, text: text.optional().describe('a file with another text of the template, or - for standard input'), context: templateContext.optional() }),
    output: templatePreview,
    exits: [{ as: 'blocked', when: 'it cannot be rendered', is: ({ problems }) => problems.length > 0 }],
    positional: ['template'],
    paths: ['dir'],
    contents: ['text'],
  }),
  'gitops.save-template': entry({
    kind: 'operation',
    summary: 'Write another text into a template, as a version of its own.',
    input: templatePlace.extend({
      template: templateFile,
      text: text.describe('a file that has the new text, or - for standard input'),
      base: z.string().max(64).optional().describe('SHA-256 of what the file was when it was read; refused when it was changed since'),
      note: z.string().max(500).default(''),
      author: z.string().min(1).max(200).optional(),
    }),
    output: templateSaved,
    positional: ['template', 'text'],
    paths: ['dir'],
    contents: ['text'],
    asks: true,
    plans: true,
  }),
  'gitops.template-versions': entry({ kind: 'query', summary: 'The history of a template, oldest first.', input: templatePlace.extend({ template: templateFile }), output: z.array(templateEntry), positional: ['template'], paths: ['dir'] }),
  'gitops.template-version': entry({ kind: 'query', summary: 'The text of a version of a template.', input: templatePlace.extend({ template: templateFile, version }), output: z.object({ text: z.string() }), positional: ['template', 'version'], paths: ['dir'] }),
  'gitops.rollback-template': entry({
    kind: 'operation',
    summary: 'Bring back a version of a template, byte for byte; its history goes on.',
    input: templatePlace.extend({ template: templateFile, version, note: z.string().max(500).default(''), author: z.string().min(1).max(200).optional() }),
    output: templateSaved,
    positional: ['template', 'version'],
    paths: ['dir'],
    asks: true,
    plans: true,
  }),
  'gitops.pipeline': entry({ kind: 'query', summary: 'What a changed file goes through, and how far the newest changes are.', input: z.object({ project: projectRef.optional() }), output: pipelineStatus }),
  'gitops.dynamic': entry({
    kind: 'command',
    summary: 'Render the templates of a project again whenever its services, files or storage change, and write what is otherwise.',
    input: z.object({ project: projectRef, enabled: z.boolean().default(true) }),
    output: z.object({ project: z.string(), enabled: z.boolean() }),
  }),
} as const;
