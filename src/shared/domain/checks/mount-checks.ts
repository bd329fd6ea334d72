import { shellQuoted } from '../../kernel/shell-word';
import { bindsOf, type BindUse } from './bind-uses';
import { checkResult } from './check-result';
import type { Check, CheckInput, CheckResult, EngineHost, FixAction, SourceFact } from './facts';
import { isWithin, shownPath } from './host-path';

/** Who is given the right to read: its owner alone, or everybody. */
type Readers = 'owner' | 'everybody';

/** A file or folder that nobody but others may read helps nobody: its owner gets the right to read and write back in any case. */
const OWNER = { read: 0o600, enter: 0o100 } as const;
const OTHERS = { read: 0o044, enter: 0o011 } as const;

/** The permission bits after which `readers` can read: folders can be entered too. */
export function readableMode(mode: number, kind: SourceFact['kind'], readers: Readers): number {
  const enter = kind === 'directory';
  const owner = OWNER.read | (enter ? OWNER.enter : 0);
  return mode | owner | (readers === 'owner' ? 0 : OTHERS.read | (enter ? OTHERS.enter : 0));
}

/** The fix that gives the right to read, where this user may give it: in the project, on what is theirs. */
export function permissionFix(input: CheckInput, use: BindUse, fact: SourceFact, shown: string, readers: Readers): readonly { readonly title: string; readonly action: FixAction }[] {
  if (fact.access?.ownedByUser !== true || !isWithin(input.compose.projectDir, use.source)) return [];
  const mode = readableMode(fact.access.mode, fact.kind, readers);
  return [{ title: `Let ${shown} be read (mode ${mode.toString(8)})`, action: { kind: 'set-permissions', path: use.source, mode } }];
}

const SECRET_NAME = /(?:^|[._-])(?:key|keys|secret|secrets|token|tokens|credential|credentials|password|passwords|passwd|htpasswd|pgpass|netrc|npmrc|kubeconfig|env|private|ssh|gnupg)(?:$|[._-])|\.(?:pem|key|p12|pfx|jks|keystore|asc|gpg)$|^id_(?:rsa|dsa|ecdsa|ed25519)/i;

/** True for a path whose name, or that of a folder on it, says that it is not for everybody's eyes. */
export function looksSecret(path: string): boolean {
  return path.split(/[\\/]/).some((part) => SECRET_NAME.test(part));
}

function baseOf(input: CheckInput, use: BindUse, shown: string): Pick<Parameters<typeof checkResult>[0], 'service' | 'where' | 'object'> {
  return { service: use.service, where: input.compose.locate(['services', use.service, 'volumes', String(use.index)]), object: `${use.service}:${shown}:${use.mount.target}` };
}

/** The command that does it, where the fix cannot: the source is not this user's, or lies outside of the project. */
export function byHandWords(input: CheckInput, use: BindUse, fact: SourceFact, readers: Readers): string {
  if (permissionFix(input, use, fact, '', readers).length > 0 || input.facts.engineHost?.platform === 'win32') return '';
  const bits = fact.kind === 'directory' ? 'rx' : 'r';
  const quoted = shellQuoted(use.source);
  return ` Berth may not change it; by hand: sudo ${readers === 'owner' ? `chown "$(id -u)" ${quoted}` : `chmod o+${bits} ${quoted}`}`;
}

/** `1000` or `1000:1000`; a name is looked up in the image, so nothing can be told of it here. */
function numericUser(user: string | undefined): { readonly uid: number; readonly gid: number | undefined } | undefined {
  const match = /^(\d+)(?::(\d+))?$/.exec(user ?? '');
  return match === null ? undefined : { uid: Number(match[1]), gid: match[2] === undefined ? undefined : Number(match[2]) };
}

/** Whether the permission bits let a user read; groups beyond the named one are not known and count as others. */
function mayRead(access: NonNullable<SourceFact['access']>, kind: SourceFact['kind'], user: { readonly uid: number; readonly gid: number | undefined }): boolean {
  if (user.uid === 0) return true;
  const shift = access.uid === user.uid ? 6 : access.gid === (user.gid ?? 0) ? 3 : 0;
  const needed = kind === 'directory' ? 0o5 : 0o4;
  return ((access.mode >> shift) & needed) === needed;
}

/** Sources that the user a service runs as may not read, where the file names that user by number. */
export const checkReadableByService: Check = (input) =>
  bindsOf(input.compose.model.services).flatMap((use): readonly CheckResult[] => {
    const fact = input.facts.sources.get(use.source);
    const definition = input.compose.model.services[use.service];
    const user = numericUser(definition?.user);
    if (fact?.state !== 'present' || fact.access === undefined || user === undefined || (fact.kind !== 'file' && fact.kind !== 'directory')) return [];
    if (mayRead(fact.access, fact.kind, user) || (definition?.group_add ?? []).includes(String(fact.access.gid))) return [];
    const shown = shownPath(input.compose.projectDir, use.source);
    return [
      checkResult(
        {
          ...baseOf(input, use, shown),
          code: 'BIND_SOURCE_PERMISSIONS',
          severity: 'warning',
          confidence: 'possible',
          message: `${use.service} runs as user ${definition?.user ?? ''}, which may not read ${shown}.`,
          why: `It belongs to user ${fact.access.uid} and group ${fact.access.gid} with mode ${(fact.access.mode & 0o777).toString(8)}. Give others the right to read it, or run the service as its owner.${byHandWords(input, use, fact, 'everybody')}`,
        },
        permissionFix(input, use, fact, shown, 'everybody'),
      ),
    ];
  });

/** Running containers that hold a file or folder which was replaced since: an editor wrote a new file in its place. */
export const checkStaleMounts: Check = (input) =>
  (input.facts.staleMounts ?? []).map(({ service, kind, source, target }) => {
    const use = bindsOf(input.compose.model.services).find((one) => one.service === service && one.source === source && one.mount.target === target);
    const shown = shownPath(input.compose.projectDir, source);
    return checkResult(
      {
        service,
        where: input.compose.locate(use === undefined ? ['services', service, 'volumes'] : ['services', service, 'volumes', String(use.index)]),
        object: `${service}:${shown}:${target}`,
        code: 'BIND_SOURCE_STALE',
        severity: 'warning',
        message: `${service} still sees the old ${shown}: it was replaced while the container ran.`,
        why:
          kind === 'file'
            ? 'A mount of one file holds that file, not its name; many editors save by writing a new file and renaming it. Make the container anew to give it the new file. Mounting the folder around it avoids this.'
            : 'A mount holds the folder itself, not its name: what was moved away or removed is still mounted, and what stands there now is not seen. A checkout or a build that makes the folder anew does this. Make the container anew to give it the new folder.',
      },
      [{ title: `Make the container of ${service} anew`, action: { kind: 'recreate-service', service } }],
    );
  });

/** Folders that an engine in a virtual machine has from the machine around it, unless it was told otherwise; undefined when it sees the same disk. */
export function sharedFolders({ platform, name, homeDir }: EngineHost): readonly string[] | undefined {
  if (platform === 'darwin') {
    if (/^colima|^lima/i.test(name)) return [homeDir, '/tmp/colima'];
    if (/docker-desktop/i.test(name)) return ['/Users', '/Volumes', '/private', '/tmp', '/var/folders'];
    return undefined;
  }
  if (platform === 'linux' && /docker-desktop/i.test(name)) return [homeDir];
  return undefined;
}

/** True for what such an engine cannot see. On Windows every drive is shared, network paths are not. */
function isHidden(path: string, host: EngineHost): boolean {
  if (host.platform === 'win32') return /^(\\\\|\/\/)(?!wsl)/i.test(path) && /docker-desktop/i.test(host.name);
  return sharedFolders(host)?.every((folder) => !isWithin(folder, path)) === true;
}

/** Sources that lie outside the folders the engine's virtual machine is given: the container would find an empty folder. */
export const checkSharedWithEngine: Check = (input) => {
  const { engineHost } = input.facts;
  if (engineHost === undefined) return [];
  return bindsOf(input.compose.model.services).flatMap((use): readonly CheckResult[] => {
    const kind = input.facts.sources.get(use.source)?.kind;
    if (!isHidden(use.source, engineHost) || kind === 'socket' || kind === 'device') return [];
    const shown = shownPath(input.compose.projectDir, use.source);
    return [
      checkResult({
        ...baseOf(input, use, shown),
        code: 'BIND_SOURCE_NOT_SHARED',
        severity: 'warning',
        confidence: 'possible',
        message: `${use.service} mounts ${shown}, which is not shared with the machine the engine runs in.`,
        why: `The engine ${engineHost.name} runs in a virtual machine and sees ${sharedFolders(engineHost)?.join(', ') ?? 'local drives'} unless its settings say more; elsewhere a container finds an empty folder. Share the folder in its settings, or move it.`,
      }),
    ];
  });
};
