import { byteText } from './byte-text';
import { compileDefaultExcludes, type DefaultExcludes } from './default-excludes';
import { dockerLevelInto, dockerRuleFor, mayTakeBack, parseDockerignore, type DockerLevel } from './dockerignore';
import type { FilterOptions, FilterVerdict, FolderFilter, IgnoreFiles, IgnoreNote } from './folder-filter';
import { gitLevelInto, gitRuleFor, parseGitignore, type GitLevel } from './gitignore';

/** Where a default exclude comes from. */
export const DEFAULT_SOURCE = 'default';

const INCLUDED_FILE: FilterVerdict = { included: true, descend: false, rule: null, source: null };
const INCLUDED_FOLDER: FilterVerdict = { included: true, descend: true, rule: null, source: null };

/** The rules that hold in the workspaces folder itself; a path is out if the defaults, a .gitignore or a .dockerignore exclude it. */
export function rootFilter(ignoreFiles: IgnoreFiles, options: FilterOptions = {}): FolderFilter {
  return openFolder('', { defaults: compileDefaultExcludes(options.allowedDefaults), git: [], docker: [] }, ignoreFiles);
}

interface Rules {
  readonly defaults: DefaultExcludes;
  /** Of the deepest folder first: its word counts more. */
  readonly git: readonly GitLevel[];
  readonly docker: readonly DockerLevel[];
}

const beneath = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

function openFolder(path: string, above: Rules, ignoreFiles: IgnoreFiles): FolderFilter {
  const git = ignoreFiles.gitignore === null ? null : parseGitignore(beneath(path, '.gitignore'), ignoreFiles.gitignore);
  const docker = ignoreFiles.dockerignore === null ? null : parseDockerignore(beneath(path, '.dockerignore'), ignoreFiles.dockerignore);
  const notes: readonly IgnoreNote[] = [...(git?.notes ?? []), ...(docker?.notes ?? [])];
  // What a person wanted to keep out is in a file that is not read: nothing of the folder is sent.
  const refused = git?.refused === true ? '.gitignore' : docker?.refused === true ? '.dockerignore' : null;
  if (refused !== null) return closedFolder(path, { included: false, descend: false, rule: 'too large to be read', source: beneath(path, refused) }, notes);
  const gitLevel = git?.level ?? null;
  const dockerLevel = docker?.level ?? null;
  const rules: Rules = {
    defaults: above.defaults,
    git: gitLevel === null ? above.git : [gitLevel, ...above.git],
    docker: dockerLevel === null ? above.docker : [...above.docker, dockerLevel],
  };
  return {
    path,
    notes,
    child: (name, isDirectory) => judge(rules, name, isDirectory),
    into: (name, files) => {
      const verdict = judge(rules, name, true);
      if (!verdict.descend) return closedFolder(beneath(path, name), verdict, []);
      return openFolder(beneath(path, name), deeper(rules, name), files);
    },
  };
}

/** A folder of which nothing is sent: what is in it is out by the same rule. */
function closedFolder(path: string, verdict: FilterVerdict, notes: readonly IgnoreNote[]): FolderFilter {
  return { path, notes, child: () => verdict, into: (name) => closedFolder(beneath(path, name), verdict, []) };
}

function deeper(rules: Rules, name: string): Rules {
  const bytes = byteText(name);
  return {
    defaults: rules.defaults,
    git: rules.git.map((level) => gitLevelInto(level, bytes)),
    docker: rules.docker.map((level) => dockerLevelInto(level, name)).filter((level) => level.open.length > 0),
  };
}

function judge(rules: Rules, name: string, isDirectory: boolean): FilterVerdict {
  const byDefault = rules.defaults(name, isDirectory);
  if (byDefault !== null) return { included: false, descend: false, rule: byDefault, source: DEFAULT_SOURCE };
  const byGit = rules.git.length === 0 ? null : judgeByGit(rules.git, name, isDirectory);
  if (byGit?.included === false) return byGit;
  const byDocker = rules.docker.length === 0 ? null : judgeByDocker(rules.docker, name, isDirectory);
  return byDocker ?? byGit ?? (isDirectory ? INCLUDED_FOLDER : INCLUDED_FILE);
}

function judgeByGit(levels: readonly GitLevel[], name: string, isDirectory: boolean): FilterVerdict | null {
  const bytes = byteText(name);
  for (const level of levels) {
    const rule = gitRuleFor(level, bytes, isDirectory);
    if (rule !== undefined) return { included: rule.negated, descend: rule.negated && isDirectory, rule: rule.text, source: `${level.file}:${String(rule.line)}` };
  }
  return null;
}

function judgeByDocker(levels: readonly DockerLevel[], name: string, isDirectory: boolean): FilterVerdict | null {
  let last: FilterVerdict | null = null;
  let excluded: FilterVerdict | null = null;
  let descend = isDirectory;
  for (const level of levels) {
    const found = dockerRuleFor(level, name);
    if (found.rule === null) continue;
    const said = { rule: found.rule.text, source: `${level.file}:${String(found.rule.line)}` };
    if (!found.excluded) last = { included: true, descend: isDirectory, ...said };
    else {
      excluded ??= { included: false, descend: false, ...said };
      descend &&= mayTakeBack(dockerLevelInto(level, name));
    }
  }
  return excluded === null ? last : { ...excluded, descend };
}
