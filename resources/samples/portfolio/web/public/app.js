const byId = (id) => document.getElementById(id);
const PAGE_SIZE = 100;
const REFRESH_MS = 3000;

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
  if (!reply.ok) throw new Error(body.error.message);
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
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Delete';
  button.setAttribute('aria-label', `Delete ${file.name}`);
  button.addEventListener('click', () => void attempt(async () => {
    await call(path, { method: 'DELETE' });
    say(`${file.name} is deleted.`);
    await showFiles();
  }));
  return row([link, file.folder, sizeText(file.size), new Date(file.modifiedAt).toLocaleString(), button]);
}

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

const refresh = () => attempt(async () => Promise.all([showFiles(), showStorage()]));
await refresh();
setInterval(() => void refresh(), REFRESH_MS);
