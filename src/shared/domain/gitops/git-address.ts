/** How a remote is reached: over the network by one of two protocols, or as a folder of this machine. */
export type RemoteAddress = { readonly kind: 'https' | 'ssh' } | { readonly kind: 'folder'; readonly path: string } | { readonly kind: 'refused'; readonly reason: string };

/** Reads the address of a remote as git does. Helpers (`ext::`), plain http and git:// are refused. */
export function readAddress(url: string): RemoteAddress {
  if (url === '' || /[\0\r\n]/.test(url)) return { kind: 'refused', reason: 'is no address' };
  if (url.startsWith('-')) return { kind: 'refused', reason: 'begins with a dash, as an option would' };
  if (/^[A-Za-z0-9+.-]+::/.test(url)) return { kind: 'refused', reason: 'names a program of its own, which Berth does not run' };
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'https':
      return hostProblem(url) ?? { kind: 'https' };
    case 'ssh':
    case 'git+ssh':
    case 'ssh+git':
      return hostProblem(url) ?? { kind: 'ssh' };
    case 'file':
      return { kind: 'folder', path: decodedPath(url.slice('file://'.length)) };
    case undefined:
      break;
    default:
      return { kind: 'refused', reason: `uses ${scheme}, and only https and ssh are safe enough` };
  }
  // A colon before the first slash is the host of ssh's short form; a single letter is a drive.
  const short = /^([^/\\]+?):(?!\/\/)/.exec(url);
  if (short !== null && !/^[A-Za-z]$/.test(short[1] ?? '')) return (short[1] ?? '').replace(/^[^@]*@/, '').startsWith('-') ? { kind: 'refused', reason: 'names a host that begins with a dash' } : { kind: 'ssh' };
  return { kind: 'folder', path: url };
}

function hostProblem(url: string): RemoteAddress | null {
  const host = (/^[^:]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? '').replace(/^.*@/, '');
  return host === '' || host.startsWith('-') ? { kind: 'refused', reason: 'names no host' } : null;
}

function decodedPath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address without a name and password in it, for people to read. */
export function shownAddress(url: string): string {
  return url.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/@]*@/, '$1');
}
