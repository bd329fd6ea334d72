import { bindsOf, type BindUse } from './bind-uses';
import { checkResult } from './check-result';
import type { Check, CheckInput, FixAction } from './facts';
import { extensionOf, isWithin, lastSegment, shownPath } from './host-path';
import { kindToCreate } from './target-shape';

const CONFIG_EXTENSIONS = new Set('conf cfg cnf ini json yml yaml toml xml properties env sql pem crt cer key htpasswd tmpl template rules acl'.split(' '));
const CONFIG_FOLDERS = new Set('conf config configs conf.d certs cert ssl tls initdb init initdb.d docker-entrypoint-initdb.d'.split(' '));
const SYSTEM_PATHS = ['/etc/localtime', '/etc/timezone', '/etc/ssl', '/usr/share/zoneinfo', '/var/run', '/run', '/proc', '/sys', '/dev', '/lib/modules', '/var/lib/docker', '/var/log'];

type ProdVerdict = 'config' | 'config-writable' | 'system' | 'refused';

/** True for the names a mode without host mounts goes by. */
export function isProdMode(name: string): boolean {
  return /^(prod|production|clean)$/i.test(name);
}

/**
 * What a prod mode makes of a bind: a read-only configuration file or folder is on the allow-list, so are paths of
 * the system itself (docker.sock, localtime); everything else ties the mode to the host's sources.
 */
export function prodVerdict(use: BindUse, sourceKind: string, projectDir: string): ProdVerdict {
  if (!isWithin(projectDir, use.source) && (sourceKind === 'socket' || sourceKind === 'device' || SYSTEM_PATHS.some((path) => isWithin(path, use.source)))) return 'system';
  if (!isConfiguration(use, sourceKind)) return 'refused';
  return use.mount.read_only === true ? 'config' : 'config-writable';
}

/** True when a mode allows the bind as it is written, whose source is missing, and would refuse it with the source `to`: then writing `to` makes one error of another. */
export function prodWouldRefuse(mode: string, projectDir: string, use: BindUse, to: string): boolean {
  if (!isProdMode(mode)) return false;
  const isAllowed = (verdict: ProdVerdict): boolean => verdict === 'config' || verdict === 'system';
  return isAllowed(prodVerdict(use, 'other', projectDir)) && !isAllowed(prodVerdict({ ...use, source: to }, kindToCreate(use.source, use.mount.target), projectDir));
}

function isConfiguration(use: BindUse, sourceKind: string): boolean {
  const { target } = use.mount;
  const underEtc = isWithin('/etc', target) && target !== '/etc';
  const isInit = isWithin('/docker-entrypoint-initdb.d', target);
  if (sourceKind === 'directory') return underEtc || isInit || (CONFIG_FOLDERS.has(lastSegment(use.source)) && CONFIG_FOLDERS.has(lastSegment(target)));
  return underEtc || isInit || (CONFIG_EXTENSIONS.has(extensionOf(use.source)) && CONFIG_EXTENSIONS.has(extensionOf(target)));
}

/** In a prod mode: host code is an error, read-only configuration and system paths are warnings. */
export const checkProdBinds: Check = (input) => {
  if (!input.facts.prod) return [];
  return bindsOf(input.compose.model.services).flatMap((use) => [verdictResult(input, use)]);
};

function verdictResult(input: CheckInput, use: BindUse): ReturnType<typeof checkResult> {
  const { projectDir } = input.compose;
  const shown = shownPath(projectDir, use.source);
  const base = {
    service: use.service,
    where: input.compose.locate(['services', use.service, 'volumes', String(use.index)]),
    object: `${use.service}:${shown}:${use.mount.target}`,
  };
  const readOnly: { title: string; action: FixAction } = { title: `Mount ${shown} read-only`, action: { kind: 'set-read-only', service: use.service, index: use.index } };
  switch (prodVerdict(use, input.facts.sources.get(use.source)?.kind ?? 'other', projectDir)) {
    case 'config':
      return checkResult({
        ...base,
        code: 'BIND_CONFIG_IN_PROD',
        severity: 'warning',
        message: `${use.service} reads its configuration ${shown} from the host in a prod mode.`,
        why: 'It is read-only, so it is allowed, but the service stops working where this file is not. Copy it into the image to be independent of the host.',
      });
    case 'system':
      return checkResult({
        ...base,
        code: 'BIND_SYSTEM_IN_PROD',
        severity: 'warning',
        message: `${use.service} mounts ${shown} of the host system in a prod mode.`,
        why: 'It is no code of this project, so it is allowed, but the service depends on this host.',
      });
    case 'config-writable':
      return checkResult(
        {
          ...base,
          code: 'BIND_IN_PROD',
          severity: 'error',
          message: `${use.service} mounts ${shown} from the host, writable, in a prod mode.`,
          why: 'In prod nothing of the host may be mounted but read-only configuration. Mount it read-only, or copy it into the image.',
        },
        [readOnly],
      );
    case 'refused':
      return checkResult({
        ...base,
        code: 'BIND_IN_PROD',
        severity: 'error',
        message: `${use.service} mounts ${shown} from the host in a prod mode.`,
        why: 'In prod everything is baked into the image and data lies in named volumes, so that the service runs without this folder. Copy it into the image with the Dockerfile, or use a named volume for data.',
      }, [{ title: `Take the mount of ${shown} out`, action: { kind: 'remove-mount', service: use.service, index: use.index } }]);
  }
}
