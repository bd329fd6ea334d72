/** A host path in one form: forward slashes, `.` and `..` resolved, drive letter in small letters, no slash at the end. */
export function normalHostPath(path: string): string {
  const forward = path.replaceAll('\\', '/').replace(/^([A-Za-z]):/, (_all, drive: string) => `${drive.toLowerCase()}:`);
  const root = /^(?:[a-z]:)?\//.exec(forward)?.[0] ?? '';
  const kept: string[] = [];
  for (const segment of forward.slice(root.length).split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  return root + kept.join('/');
}

/** True when `path` is `dir` or lies beneath it, by whole segments. */
export function isInside(path: string, dir: string): boolean {
  const inner = normalHostPath(path);
  const outer = normalHostPath(dir);
  return inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
}

const SOCKET_NAMES = new Set(['docker.sock', 'podman.sock', 'containerd.sock', 'docker.raw.sock', 'crio.sock', 'docker_engine', 'docker_engine_linux', 'dockerdesktoplinuxengine']);
/** Folders through which the socket of an engine is reached as well. */
const SOCKET_FOLDERS = new Set(['/', '/var', '/var/run', '/run', '/run/containerd', '/run/podman', '/var/run/containerd', '/var/run/podman', '/private', '/private/var', '/private/var/run']);

/** True when a container that sees this path can reach a container engine's socket. */
export function isSocketPlace(path: string): boolean {
  const normal = normalHostPath(path);
  return SOCKET_FOLDERS.has(normal) || SOCKET_NAMES.has((normal.split('/').at(-1) ?? '').toLowerCase());
}
