import { AppError } from '@shared/kernel/app-error';
import * as z from 'zod';

const theme = z.enum(['system', 'light', 'dark']);
const projectId = z.string().regex(/^p_[0-9a-z]{13}$/);
/** How many conflicts the page shows. */
const counted = z.strictObject({ projectId, conflicts: z.number().int().min(0) });
/** How many files the page has changed and not saved. */
const unsaved = z.strictObject({ files: z.number().int().min(0).max(100_000) });
/** A place in a file of a project. Which files those are is judged by what the project is made from. */
const place = z.strictObject({ projectId, file: z.string().min(1).max(4096), line: z.number().int().min(1).max(10_000_000) });

/** Whose logs are shown in a window of their own; of all services when none is named. */
const logsOf = z.strictObject({ projectId, services: z.array(z.string().min(1).max(255)).max(200) });

/** A folder of this machine that a service has in its containers. */
const mountOf = z.strictObject({ projectId, service: z.string().min(1).max(255), source: z.string().min(1).max(4096) });

/** What the window may ask of the app besides the contract, each with its schema. */
export interface WindowVerbs {
  openSample(): Promise<unknown>;
  setTheme(theme: 'system' | 'light' | 'dark'): void;
  focusProject(id: string): void;
  countedConflicts(of: z.infer<typeof counted>): void;
  noteUnsaved(of: z.infer<typeof unsaved>): void;
  openInEditor(at: z.infer<typeof place>): Promise<void>;
  showMount(of: z.infer<typeof mountOf>): Promise<void>;
  foundEditors(): Promise<unknown>;
  openLogs(of: z.infer<typeof logsOf>): void;
  appInfo(): unknown;
}

/** Answers a window verb; anything unknown or ill-formed is refused. */
export async function answerWindowVerb(verbs: WindowVerbs, verb: string, value: unknown): Promise<unknown> {
  switch (verb) {
    case 'open-sample':
      return verbs.openSample();
    case 'set-theme':
      verbs.setTheme(parsed(theme, value));
      return null;
    case 'focus-project':
      verbs.focusProject(parsed(projectId, value));
      return null;
    case 'counted-conflicts':
      verbs.countedConflicts(parsed(counted, value));
      return null;
    case 'unsaved-files':
      verbs.noteUnsaved(parsed(unsaved, value));
      return null;
    case 'open-in-editor':
      await verbs.openInEditor(parsed(place, value));
      return null;
    case 'show-mount':
      await verbs.showMount(parsed(mountOf, value));
      return null;
    case 'found-editors':
      return verbs.foundEditors();
    case 'open-logs':
      verbs.openLogs(parsed(logsOf, value));
      return null;
    case 'app-info':
      return verbs.appInfo();
    default:
      throw new AppError('input-invalid', 'The window asked for something Berth does not have.');
  }
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new AppError('input-invalid', 'The window sent a value of the wrong kind.');
  return result.data;
}
