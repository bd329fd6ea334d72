import type { Finding } from '@shared/domain/findings/finding';
import type { TemplateProblem } from '@shared/domain/gitops/templates/template-problem';
import type { Project } from '@shared/domain/projects/project';
import type { Disposable } from '@shared/kernel/disposable';
import type { JsonObject } from '@shared/kernel/json';
import type { Store } from '@main/platform/types';
import type { TemplateFolder } from '@main/platform/templates/read-templates';
import type { TemplateRenderer } from '@main/platform/templates/renderer';
import type { WrittenFilesDoors } from './written-files';

/** What templates need from outside. */
export interface TemplateDependencies extends WrittenFilesDoors {
  readonly store: Pick<Store, 'getRecord' | 'patchRecord' | 'listRecords'>;
  readonly renderer: TemplateRenderer;
  readonly readTemplates: (folder: string) => Promise<TemplateFolder>;
  readonly realPath: (path: string) => Promise<string | null>;
  /** The project a folder is, or lies in; null for none. */
  readonly projectOf: (dir: string) => Promise<Project | null>;
  readonly project: (reference: string) => Promise<Project>;
  /** Context from the state of the project, or of a folder that is none. */
  readonly live: (project: Project | null, dir: string) => Promise<JsonObject>;
  /** Why a text is no YAML; null when it is. */
  readonly yamlProblem: (path: string, text: string) => Promise<Omit<TemplateProblem, 'file'> | null>;
  /** What Kubernetes refuses of a text, in any version; none where it is no manifest. */
  readonly manifestErrors: (path: string, text: string) => Promise<readonly Finding[]>;
  /** What the values file of a template folder says. */
  readonly readValues: (path: string, text: string) => Promise<JsonObject>;
  readonly lock: (dir: string) => Promise<Disposable>;
  /** Who saves templates here. */
  readonly author: () => Promise<string>;
  readonly now: () => string;
}

/** Which templates, and where what is made of them goes. Paths relative to `dir`. */
export interface TemplatePlace {
  /** Absolute, links resolved. */
  readonly dir: string;
  readonly project: Project | null;
  readonly templates: string;
  readonly out: string;
}
