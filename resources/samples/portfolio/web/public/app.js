const byId = (id) => document.getElementById(id);
const PAGE_SIZE = 100;
const REFRESH_MS = 3000;
const WAIT_SECONDS = 30;
const LOG_LINES = 2000;

function sizeText(bytes) {
  if (bytes === null) return 'unknown';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

function row(cells) {
  const line = document.createElement('tr');
  for (const cell of cells) {
    const column = document.createElement('td');
    column.append(cell);
    line.append(column);
  }
  line.firstChild.className = 'name';
  return line;
}

async function call(path, options) {
  const reply = await fetch(`/api${path}`, options);
  if (reply.status === 204) return null;
  const body = await reply.json();
  if (!reply.ok) throw Object.assign(new Error(body.error.message), { line: body.error.line });
  return body;
}

function say(text) {
  byId('message').textContent = text;
}

function fileRow(file) {
  const path = `/files/${encodeURIComponent(file.name)}?folder=${file.folder}`;
  const link = document.createElement('a');
  link.href = `/api${path}`;
  link.textContent = file.name;
  const actions = document.createElement('span');
  if (file.folder === 'uploads') actions.append(actionButton('Process', file.name, () => processFile(file.name)));
  actions.append(actionButton('Delete', file.name, async () => {
    await call(path, { method: 'DELETE' });
    say(`${file.name} is deleted.`);
    await showFiles();
  }));
  return row([link, file.folder, foundText(file), sizeText(file.size), new Date(file.modifiedAt).toLocaleString(), actions]);
}

function actionButton(text, name, work) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = text;
  button.setAttribute('aria-label', `${text} ${name}`);
  button.addEventListener('click', () => void attempt(work));
  return button;
}

function foundText({ folder, found }) {
  if (folder !== 'uploads') return '';
  if (found === undefined) return 'not looked at yet';
  if (found.rejected !== null) return `rejected: ${found.rejected}`;
  return [...found.tags, ...(found.route === null ? [] : [`to ${found.route}`])].join(', ');
}

async function processFile(name) {
  say(`${name} waits for its turn.`);
  const { id } = await call(`/process/${encodeURIComponent(name)}`, { method: 'POST' });
  const job = await call(`/jobs/${id}?wait=${WAIT_SECONDS}`);
  say(job.state === 'done' ? `${name} is processed.` : job.state === 'failed' ? job.error : `${name} is still being processed.`);
  byId('result-section').hidden = job.result === null;
  byId('result-title').textContent = `Result of ${name}`;
  byId('result').textContent = JSON.stringify(job.result, null, 2);
  await showFiles();
}

async function showRules() {
  const { version, source } = await call('/rules');
  byId('rules-source').value = source;
  byId('rules-version').textContent = version === 0 ? 'These came with the worker.' : `Version ${version} holds.`;
  const { current, versions } = await call('/rules/versions');
  byId('versions').replaceChildren(
    ...versions.reverse().map((one) =>
      row([
        String(one.version),
        new Date(one.savedAt).toLocaleString(),
        sizeText(one.sizeBytes),
        one.version === current
          ? 'holds'
          : actionButton('Restore', `version ${one.version}`, async () => {
              const restored = await call(`/rules/versions/${one.version}/restore`, { method: 'POST' });
              await showRules();
              say(`Version ${one.version} is restored as version ${restored.version}.`);
            }),
      ]),
    ),
  );
}

byId('rules-save').addEventListener('click', () => void attempt(async () => {
  const field = byId('rules-source');
  try {
    const saved = await call('/rules', { method: 'PUT', body: field.value });
    await showRules();
    say(`Version ${saved.version} holds.`);
  } catch (error) {
    if (error.line !== undefined) {
      const lines = field.value.split('\n');
      const from = lines.slice(0, error.line - 1).join('\n').length + (error.line > 1 ? 1 : 0);
      field.focus();
      field.setSelectionRange(from, from + (lines[error.line - 1]?.length ?? 0));
    }
    throw error;
  }
}));

let logs = null;

/** The stream begins with the newest lines and goes on with each further one; it is open only while its page is. */
function followLogs(isShown) {
  if (isShown === (logs !== null)) return;
  if (!isShown) {
    logs.close();
    logs = null;
    return;
  }
  const all = [];
  logs = new EventSource('/api/logs/stream?tail=500');
  // Opened anew after the service was away, it begins with the newest lines again.
  logs.addEventListener('open', () => all.splice(0));
  logs.addEventListener('lines', (event) => {
    all.push(...JSON.parse(event.data).map(({ at, service, text }) => `${at} ${service} | ${text}`));
    all.splice(0, Math.max(0, all.length - LOG_LINES));
    showLogs(all);
  });
  byId('logs-filter').oninput = () => showLogs(all);
}

function showLogs(all) {
  const needle = byId('logs-filter').value.toLowerCase();
  const box = byId('logs');
  box.textContent = all.filter((line) => line.toLowerCase().includes(needle)).join('\n');
  if (byId('logs-follow').checked) box.scrollTop = box.scrollHeight;
}

const PAGES = ['files-page', 'rules-page', 'logs-page'];

function showPage() {
  const shown = PAGES.find((page) => `#${page}` === location.hash) ?? 'files-page';
  for (const page of PAGES) byId(page).hidden = page !== shown;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${shown}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  followLogs(shown === 'logs-page');
  if (shown === 'rules-page') void attempt(showRules);
}

addEventListener('hashchange', showPage);

async function showFiles() {
  const page = await call(`/files?limit=${PAGE_SIZE}&contains=${encodeURIComponent(byId('filter').value)}`);
  byId('files').replaceChildren(...page.files.map(fileRow));
  byId('count').textContent = page.total > page.files.length ? `The first ${page.files.length} of ${page.total} files.` : `${page.total} files.`;
}

async function showStorage() {
  const { storage } = await call('/storage/status');
  byId('storage').replaceChildren(
    ...storage.map((place) =>
      row([
        place.path,
        place.state === 'ok' ? (place.writable ? 'ok' : 'ok, read only') : `down: ${place.reason}`,
        sizeText(place.freeBytes),
        sizeText(place.usedBytes),
        place.latencyMs === null ? 'unknown' : `${place.latencyMs} ms`,
      ]),
    ),
  );
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    say(error.message);
  }
}

byId('upload').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  void attempt(async () => {
    const upload = await call('/upload', { method: 'POST', body: new FormData(form) });
    say(`${upload.name} is uploaded (${sizeText(upload.size)}).`);
    form.reset();
    await showFiles();
  });
});
byId('filter').addEventListener('input', () => void attempt(showFiles));

const { mode } = await (await fetch('/mode')).json();
byId('mode').textContent = mode;
if (mode === 'development') new EventSource('/live').addEventListener('changed', () => location.reload());

showPage();
const refresh = () => attempt(async () => Promise.all([showFiles(), showStorage()]));
await refresh();
setInterval(() => void refresh(), REFRESH_MS);
