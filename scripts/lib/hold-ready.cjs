// Loaded before the app when it is started by a test: `ready` comes once Playwright is attached and says so. Without it the window's first
// navigation can be committed while Playwright attaches; Chromium then tells it of no navigation at all, and it waits for one for ever.
// `__playwright_run` is what Playwright calls on every Electron it has started.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- `-r` loads CommonJS only
const { app } = require('electron');

// When a window was first seen, for the benchmark: asked afterwards, a busy process would answer too late.
app.on('browser-window-created', (_event, window) => window.once('show', () => performance.mark('test:window-seen')));

const emit = app.emit.bind(app);
const reallyReady = app.whenReady();
let readyArguments = [];
let ready = false;
let go;
const going = new Promise((resolve) => (go = resolve));

app.emit = (event, ...rest) => {
  if (event !== 'ready') return emit(event, ...rest);
  readyArguments = rest;
  return app.listenerCount('ready') > 0;
};
app.isReady = () => ready;
app.whenReady = () => going;
globalThis.__playwright_run = async () => {
  await reallyReady;
  ready = true;
  go();
  emit('ready', ...readyArguments);
};
