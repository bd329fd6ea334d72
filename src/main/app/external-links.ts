const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Pages outside this machine that Berth itself links to. Nothing a project says can add to it. */
const KNOWN_PAGES = new Set(['https://docs.docker.com/engine/install/', 'https://docs.docker.com/desktop/']);

/**
 * The address to hand to the browser, or null when it must not be opened. Allowed are published ports of this
 * machine over http and https, and the few pages Berth links to itself.
 */
export function safeExternalUrl(text: string): string | null {
  if (text.length > 2048) return null;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  if (url.username !== '' || url.password !== '') return null;
  if (KNOWN_PAGES.has(url.href)) return url.href;
  const web = url.protocol === 'http:' || url.protocol === 'https:';
  return web && LOCAL_HOSTS.has(url.hostname) ? url.href : null;
}
