import { profileFile, securityProfiles } from '../modes/security-profiles';
import { movedTarget } from '../edits/relocate';
import { bindsOf, type BindUse } from './bind-uses';
import { checkResult } from './check-result';
import type { Check, CheckInput, CheckResult, FixAction, SourceFact } from './facts';
import { depthOf, isWithin, lastSegment, shownPath } from './host-path';
import { byHandWords, permissionFix } from './mount-checks';
import { expectedKind, kindToCreate, looksLikeFile } from './target-shape';

function imageVolumesOf(input: CheckInput, service: string): readonly string[] {
  const reference = input.compose.model.services[service]?.image;
  return reference === undefined ? [] : (input.facts.observed?.images[reference]?.volumes ?? []);
}

const create = (kind: 'file' | 'directory', path: string, shown: string): { title: string; action: FixAction } =>
  kind === 'file' ? { title: `Create the empty file ${shown}`, action: { kind: 'create-file', path } } : { title: `Create the folder ${shown}`, action: { kind: 'create-folder', path } };

const removeMount = (use: BindUse, shown: string): { title: string; action: FixAction } => ({ title: `Take the mount of ${shown} out of the file`, action: { kind: 'remove-mount', service: use.service, index: use.index } });

/** Missing, wrong kind, wrong case, left over by the engine, unreadable, leading out of the project. */
export const checkBindSources: Check = (input) => bindsOf(input.compose.model.services).flatMap((use) => checkSource(input, use));

function checkSource(input: CheckInput, use: BindUse): readonly CheckResult[] {
  const fact = input.facts.sources.get(use.source);
  if (fact === undefined) return [];
  const { projectDir } = input.compose;
  const shown = shownPath(projectDir, use.source);
  const base = {
    service: use.service,
    where: input.compose.locate(['services', use.service, 'volumes', String(use.index)]),
    object: `${use.service}:${shown}:${use.mount.target}`,
  };
  if (fact.state === 'unresponsive') {
    return [
      checkResult({
        ...base,
        code: 'BIND_SOURCE_UNRESPONSIVE',
        severity: 'error',
        message: `${shown} does not answer, so ${use.service} cannot mount it.`,
        why: 'The file system it lies on hangs (a network or FUSE mount); a container that mounts it would hang too. Mount it again or unmount it.',
      }),
    ];
  }
  if (fact.state === 'missing') return [missing(input, use, fact, base, shown)];
  if (fact.state === 'unreadable') {
    return [
      checkResult(
        {
          ...base,
          code: 'BIND_SOURCE_UNREADABLE',
          severity: 'warning',
          confidence: 'possible',
          message: `${shown} cannot be read by your user, and ${use.service} mounts it.`,
          why: `The service may fail to read it too, unless it runs as the owner of the file. Change its permissions or its owner.${byHandWords(input, use, fact, 'owner')}`,
        },
        permissionFix(input, use, fact, shown, 'owner'),
      ),
    ];
  }
  return [...wrongKind(input, use, fact, base, shown), ...leavesProject(input, use, fact, base, shown), ...caseOnly(use, fact, base, shown)];
}

type Base = Pick<Parameters<typeof checkResult>[0], 'service' | 'where' | 'object'>;

function missing(input: CheckInput, use: BindUse, fact: SourceFact, base: Base, shown: string): CheckResult {
  if (fact.otherCase !== undefined) {
    const actual = shownPath(input.compose.projectDir, fact.otherCase);
    return checkResult(
      {
        ...base,
        code: 'BIND_SOURCE_CASE',
        severity: 'error',
        message: `${use.service} mounts ${shown}, but on disk it is spelled ${actual}.`,
        why: 'Upper and lower case count on this file system, so the source does not exist as written.',
      },
      [{ title: `Write ${actual} in the file`, action: { kind: 'set-source', service: use.service, index: use.index, from: use.source, to: fact.otherCase } }],
    );
  }
  const { movedTo } = fact;
  const moved = movedTo === undefined ? '' : shownPath(input.compose.projectDir, movedTo.path);
  const target = movedTo === undefined ? use.mount.target : targetAfter(input.compose.projectDir, use, movedTo.path);
  const stays = target === use.mount.target ? '' : ` In the container it stays at ${use.mount.target}; it can follow to ${target}, and what reads it there must then be changed as well.`;
  // An engine would create a folder owned by root here, even where a file is meant.
  const kind = kindToCreate(use.source, use.mount.target, imageVolumesOf(input, use.service));
  return checkResult(
    {
      ...base,
      code: 'BIND_SOURCE_MISSING',
      severity: 'error',
      message: fact.isBrokenLink === true ? `${use.service} mounts ${shown}, a link that leads nowhere.` : `${use.service} mounts ${shown}, which does not exist.`,
      why: fact.isBrokenLink === true ? 'What it points to is gone, or it points to itself. Let it point to what is meant, or remove it.' : `The service expects a ${kind === 'file' ? 'file' : 'folder'} at ${use.mount.target}. Docker alone would create an empty folder owned by root in its place. ${movedTo === undefined ? 'Create it, or correct the path if it was moved or renamed.' : movedTo.by === 'content' ? `It was moved to ${moved}: what lies there is the same.${stays}` : `It may have been moved: the only one of its name is ${moved} now.${stays}`}`,
    },
    [
      ...(movedTo === undefined ? [] : [{ title: `Write ${moved} in the file`, action: { kind: 'set-source' as const, service: use.service, index: use.index, from: use.source, to: movedTo.path } }]),
      ...(movedTo === undefined || target === use.mount.target
        ? []
        : [{ title: `Write ${moved} in the file, and ${target} in the container`, action: { kind: 'move-mount' as const, service: use.service, index: use.index, from: use.source, to: movedTo.path, targetFrom: use.mount.target, targetTo: target } }]),
      ...(isWithin(input.compose.projectDir, use.source) && fact.isBrokenLink !== true ? [create(kind, use.source, shown)] : []),
      removeMount(use, shown),
    ],
  );
}

/** The path in the container, called as the tree of the project calls what moved. */
function targetAfter(projectDir: string, { source, mount }: BindUse, to: string): string {
  const named = (path: string): string => shownPath(projectDir, path).replace(/^\.\//, '');
  return isWithin(projectDir, source) && isWithin(projectDir, to) ? movedTarget(mount.target, { from: named(source), to: named(to) }) : mount.target;
}

function wrongKind(input: CheckInput, use: BindUse, fact: SourceFact, base: Base, shown: string): readonly CheckResult[] {
  const expected = expectedKind(use.mount.target, imageVolumesOf(input, use.service));
  if (fact.kind === 'directory' && expected === 'file') {
    const inProject = isWithin(input.compose.projectDir, use.source);
    if (fact.empty) {
      return [
        checkResult(
          {
            ...base,
            code: 'BIND_SOURCE_LEFTOVER',
            severity: 'error',
            confidence: fact.ownedByRoot ? 'certain' : 'possible',
            message: `${shown} is an empty folder, but ${use.service} needs a file at ${use.mount.target}.`,
            why: 'Docker creates such a folder when a container is started while the file is missing. Put the file back in its place.',
          },
          inProject ? [{ title: `Replace the empty folder ${shown} by an empty file`, action: { kind: 'replace-folder-by-file', path: use.source } }] : [],
        ),
      ];
    }
    // A folder that is really called `x.js` on both sides is somebody's choice.
    const sameName = looksLikeFile(use.source);
    return [
      checkResult(
        {
          ...base,
          code: 'BIND_SOURCE_TYPE',
          severity: sameName ? 'warning' : 'error',
          confidence: sameName ? 'possible' : 'certain',
          message: `${shown} is a folder, but ${use.service} mounts it on ${use.mount.target}, which looks like a file.`,
          why: 'A folder cannot be mounted onto a file: the container would not start, or would find a folder where it wants to read a file.',
        },
        [...(sameName ? [] : mountTheFileInside(input, use)), removeMount(use, shown)],
      ),
    ];
  }
  if (fact.kind === 'file' && expected === 'directory') {
    return [
      checkResult(
        {
          ...base,
          code: 'BIND_SOURCE_TYPE',
          severity: 'error',
          message: `${shown} is a file, but ${use.service} mounts it on the folder ${use.mount.target}.`,
          why: 'A file cannot be mounted onto a folder: the container would not start. Name a folder, or give the full path of the file inside the container.',
        },
        [...mountIntoTheFolder(input, use, shown), removeMount(use, shown)],
      ),
    ];
  }
  return [];
}

/** The folder holds the very file that the container expects: that is what was meant. */
function mountTheFileInside(input: CheckInput, use: BindUse): readonly { readonly title: string; readonly action: FixAction }[] {
  const path = `${use.source.replace(/\/+$/, '')}/${lastSegment(use.mount.target)}`;
  const inside = input.facts.sources.get(path);
  if (inside?.state !== 'present' || inside.kind !== 'file' || !isWithin(input.compose.projectDir, inside.realPath)) return [];
  return [{ title: `Mount ${shownPath(input.compose.projectDir, path)} instead`, action: { kind: 'set-source', service: use.service, index: use.index, from: use.source, to: path } }];
}

/** The file keeps its name inside of the folder, unless something else is mounted there. */
function mountIntoTheFolder(input: CheckInput, use: BindUse, shown: string): readonly { readonly title: string; readonly action: FixAction }[] {
  const { target } = use.mount;
  const to = `${target.replace(/\/+$/, '')}/${lastSegment(use.source)}`;
  const definition = input.compose.model.services[use.service];
  if ((definition?.volumes ?? []).some((mount) => mount.target.replace(/\/+$/, '') === to)) return [];
  return [{ title: `Mount ${shown} on ${to}`, action: { kind: 'set-target', service: use.service, index: use.index, from: target, to } }];
}

function leavesProject(input: CheckInput, use: BindUse, fact: SourceFact, base: Base, shown: string): readonly CheckResult[] {
  const home = input.facts.homeDirs.find((dir) => isWithin(dir, use.source)) ?? (isWithin(input.compose.projectDir, use.source) ? input.compose.projectDir : undefined);
  if (home === undefined || isWithin(home, fact.realPath) || input.facts.homeDirs.some((dir) => isWithin(dir, fact.realPath))) return [];
  return [
    checkResult(
      {
        ...base,
        code: 'BIND_SOURCE_LEAVES_PROJECT',
        severity: 'error',
        message: `${shown} is a link to ${fact.realPath}, outside the project, and ${use.service} mounts it.`,
        why: 'The service would see files outside the folder you trusted without the compose file saying so. Write the real path in the file if that is meant: Berth then names it in the trust question.',
      },
      [{ title: `Write ${fact.realPath} in the file`, action: { kind: 'set-source', service: use.service, index: use.index, from: use.source, to: fact.realPath } }],
    ),
  ];
}

function caseOnly(use: BindUse, fact: SourceFact, base: Base, shown: string): readonly CheckResult[] {
  if (fact.otherCase === undefined) return [];
  return [
    checkResult({
      ...base,
      code: 'BIND_SOURCE_CASE',
      severity: 'warning',
      message: `${use.service} mounts ${shown}, but on disk it is spelled ${fact.otherCase}.`,
      why: 'It works here because this disk ignores upper and lower case; on Linux the source would be missing.',
    }),
  ];
}

/** The folder itself or its parent; folders further up (`/`, `/home`) are no attempt to mount the project, the trust question names them. */
function isWholeOf(dir: string, source: string): boolean {
  return isWithin(source, dir) && depthOf(dir) - depthOf(source) <= 1;
}

/** A bind of the whole project folder, or of a folder around it: not selective. In prod such a bind is an error of its own. */
export const checkWholeProjectBinds: Check = (input) => {
  if (input.facts.prod) return [];
  const { projectDir } = input.compose;
  return bindsOf(input.compose.model.services).flatMap((use) => {
    const real = input.facts.sources.get(use.source)?.realPath ?? use.source;
    if (![projectDir, ...input.facts.homeDirs].some((dir) => isWholeOf(dir, use.source) || isWholeOf(dir, real))) return [];
    return [
      checkResult({
        code: 'BIND_WHOLE_PROJECT',
        severity: 'warning',
        service: use.service,
        where: input.compose.locate(['services', use.service, 'volumes', String(use.index)]),
        object: `${use.service}:${use.mount.target}`,
        message: `${use.service} mounts the whole project folder on ${use.mount.target}: the mount is not selective.`,
        why: 'Everything in the folder, .git and .env included, is visible and writable in the container, and what the image holds at that path is hidden. Mount only the files and folders that change while you work.',
      }),
    ];
  });
};

/** Secrets, configs and security profiles that come from a file which is not there. */
export const checkFileObjects: Check = (input) => [...missingObjects(input), ...missingProfiles(input)];

const missingProfiles: Check = (input) => {
  const { model, projectDir } = input.compose;
  return Object.entries(model.services).flatMap(([service, definition]) =>
    securityProfiles(definition).flatMap(({ index, path }) => {
      const fact = input.facts.sources.get(profileFile(projectDir, path));
      if (fact === undefined || (fact.state !== 'missing' && !(fact.state === 'present' && fact.kind === 'directory'))) return [];
      return [
        checkResult({
          code: 'FILE_OBJECT_MISSING',
          severity: 'error',
          service,
          where: input.compose.locate(['services', service, 'security_opt', String(index)]),
          object: `${service}.security_opt.${String(index)}`,
          message: `The seccomp profile of ${service} is read from ${path}, which ${fact.state === 'missing' ? 'does not exist' : 'is a folder'}.`,
          why: `${service} cannot start without it.`,
        }),
      ];
    }),
  );
};

const missingObjects: Check = (input) => {
  const { model, projectDir } = input.compose;
  const kinds = [
    { section: 'secrets', word: 'secret', objects: model.secrets },
    { section: 'configs', word: 'config', objects: model.configs },
  ] as const;
  return kinds.flatMap(({ section, word, objects }) =>
    Object.entries(objects).flatMap(([name, object]) => {
      const fact = object.file === undefined ? undefined : input.facts.sources.get(object.file);
      const users = Object.entries(model.services).filter(([, service]) => (service[section] ?? []).some((reference) => reference.source === name));
      if (object.file === undefined || fact === undefined || users.length === 0) return [];
      if (fact.state !== 'missing' && !(fact.state === 'present' && fact.kind === 'directory')) return [];
      const shown = shownPath(projectDir, object.file);
      return [
        checkResult(
          {
            code: 'FILE_OBJECT_MISSING',
            severity: 'error',
            service: users[0]?.[0],
            where: input.compose.locate([section, name]),
            object: `${section}.${name}`,
            message: `The ${word} ${name} is read from ${shown}, which ${fact.state === 'missing' ? 'does not exist' : 'is a folder'}.`,
            why: `${users.map(([service]) => service).join(', ')} cannot start without it.`,
          },
          fact.state === 'missing' && fact.isBrokenLink !== true && isWithin(projectDir, object.file) ? [create('file', object.file, shown)] : [],
        ),
      ];
    }),
  );
};
