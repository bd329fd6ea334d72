import { devNull } from 'node:os';
import type { GitSetting } from '@shared/domain/gitops/git-config';
import { wholePaths } from './find-git';

/** What git and the programs that the user set up for it (ssh, gpg, credential helpers) need of the user's environment. */
const PASSED_ON = ['HOME', 'USER', 'LOGNAME', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'SystemRoot', 'TMPDIR', 'TEMP', 'TMP', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR', 'GNUPGHOME'];
/** Only where a server is spoken to. */
const FOR_SERVERS = ['SSH_AUTH_SOCK', 'DBUS_SESSION_BUS_ADDRESS', 'DISPLAY', 'WAYLAND_DISPLAY', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/** One call's surroundings. */
export interface GitSurroundings {
  readonly user: NodeJS.ProcessEnv;
  /** What is believed of the user's own configuration. */
  readonly settings: readonly GitSetting[];
  /** Protocols that may be spoken; none for everything that needs no server. */
  readonly protocols: readonly string[];
  readonly readsOnly: boolean;
  readonly more: { readonly [name: string]: string };
}

/** Before every command. The repository's own configuration is not read at all (repository-view.ts), so this is the second wall, not the first. */
export const FIXED_SETTINGS: readonly string[] = [
  `core.hooksPath=${devNull}`,
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.askPass=',
  'core.pager=cat',
  'core.editor=false',
  'core.attributesFile=',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'core.quotePath=false',
  'core.preloadIndex=false',
  'sequence.editor=false',
  'diff.ignoreSubmodules=all',
  'status.submoduleSummary=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'push.recurseSubmodules=no',
  'push.followTags=false',
  'log.showSignature=false',
  'merge.verifySignatures=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'receive.autogc=false',
  'color.ui=false',
  'i18n.logOutputEncoding=UTF-8',
].flatMap((setting) => ['-c', setting]);

/** Nothing but what is named here reaches git. */
export function gitEnvironment({ user, settings, protocols, readsOnly, more }: GitSurroundings): { [name: string]: string } {
  const env: { [name: string]: string } = { PATH: wholePaths(user['PATH'] ?? user['Path'] ?? '') };
  for (const name of [...PASSED_ON, ...(protocols.length > 0 ? FOR_SERVERS : [])]) {
    const value = user[name];
    if (value !== undefined) env[name] = value;
  }
  Object.assign(env, {
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    // Set and empty: nobody is asked, whatever a configuration names.
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_EDITOR: ':',
    GIT_SEQUENCE_EDITOR: ':',
    GIT_PAGER: 'cat',
    GIT_ALLOW_PROTOCOL: protocols.join(':'),
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GCM_INTERACTIVE: 'never',
    ...(readsOnly ? { GIT_OPTIONAL_LOCKS: '0' } : {}),
  });
  // By environment and not as arguments: a list of processes shows arguments, and these may hold a token.
  env['GIT_CONFIG_COUNT'] = String(settings.length);
  settings.forEach(({ key, value }, index) => {
    env[`GIT_CONFIG_KEY_${String(index)}`] = key;
    env[`GIT_CONFIG_VALUE_${String(index)}`] = value;
  });
  return { ...env, ...more };
}
