/** One line of the page that shows all workspaces. */
export interface MonitorRow {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
  readonly port: number | null;
  readonly command: string;
  readonly containerName: string | null;
  /** When its bucket got the last change; null for one that was never sent. */
  readonly lastSyncedAt: string | null;
  /** When the source that runs was copied. */
  readonly copiedAt: string | null;
}

const MARKS: { readonly [mark: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for HTML: names and lines are of strangers. */
export function htmlText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (mark) => MARKS[mark] ?? '');
}

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .75rem .4rem 0;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent);vertical-align:top}small{opacity:.75}a{color:inherit}`;

/** A page that needs nothing but itself. `nonce`: of its style, as the header says it. */
export function page(title: string, body: string, options: { readonly nonce: string; readonly refreshSeconds?: number }): string {
  const refresh = options.refreshSeconds === undefined ? '' : `<meta http-equiv="refresh" content="${String(options.refreshSeconds)}">`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${refresh}<title>${htmlText(title)}</title><style nonce="${htmlText(options.nonce)}">${STYLE}</style></head><body><h1>${htmlText(title)}</h1>${body}</body></html>\n`;
}

function time(at: string | null): string {
  return at === null ? '–' : `<time datetime="${htmlText(at)}">${htmlText(at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'))}</time>`;
}

/** The table of all workspaces. Nothing can be changed from it. */
export function monitorBody(rows: readonly MonitorRow[]): string {
  if (rows.length === 0) return '<p>No workspace has a container yet.</p>';
  const lines = rows.map(({ name, state, detail, port, command, lastSyncedAt, copiedAt, containerName }) => {
    const address = encodeURIComponent(name);
    const says = (detail.startsWith(command) ? [detail] : [command, detail]).filter((text) => text !== '').join(' – ');
    return `<tr><td><a href="/${address}/">${htmlText(name)}</a><br><small>${htmlText(containerName ?? '')}</small></td><td>${htmlText(state)}<br><small>${htmlText(says)}</small></td><td>${port === null ? '–' : String(port)}</td><td>${time(lastSyncedAt)}</td><td>${time(copiedAt)}</td><td>${containerName === null ? '–' : `<a href="/monitor/logs/${address}">Log</a>`}</td></tr>`;
  });
  return `<table><thead><tr><th>Workspace</th><th>State</th><th>Port</th><th>Last sync</th><th>Copied</th><th>Log</th></tr></thead><tbody>${lines.join('')}</tbody></table>`;
}

/** What is said for a name that is none, with those that are. */
export function unknownBody(names: readonly string[]): string {
  const list = names.map((name) => `<li><a href="/${encodeURIComponent(name)}/">${htmlText(name)}</a></li>`).join('');
  return `${names.length === 0 ? '<p>No workspace has a container yet.</p>' : `<p>There are:</p><ul>${list}</ul>`}<p><a href="/monitor">All workspaces and their state</a></p>`;
}

/** What is said while a workspace does not answer. */
export function notReadyBody(name: string, state: string, detail: string): string {
  return `<p>${htmlText(name)} does not answer now: ${htmlText(state)}${detail === '' ? '' : ` – ${htmlText(detail)}`}</p><p>This page looks again by itself. <a href="/monitor/logs/${encodeURIComponent(name)}">Log</a></p>`;
}
