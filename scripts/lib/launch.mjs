import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './paths.mjs';

/** Electron's arguments for a staged app: no GPU on a virtual display, no sandbox only where it cannot work. */
export function electronArguments(staged, { virtual = true } = {}) {
  return [...(staged.sandbox ? [] : ['--no-sandbox']), ...(virtual ? ['--disable-gpu', '--force-device-scale-factor=1'] : []), staged.appDir];
}

/** Starts the staged app under Playwright, which is attached before the app gets `ready`. `env` is the whole environment (see makeHome). Returns Playwright's ElectronApplication. */
export async function launchElectron(staged, { env, args = [], timeoutMs = 30_000, cwd }) {
  const { _electron } = await import(pathToFileURL(join(ROOT, 'node_modules', 'playwright', 'index.mjs')).href);
  return _electron.launch({
    executablePath: staged.executable,
    args: ['-r', join(staged.user ? join(staged.folder, 'app') : ROOT, 'scripts', 'lib', 'hold-ready.cjs'), ...electronArguments(staged), ...args],
    chromiumSandbox: staged.sandbox,
    env,
    cwd: cwd ?? env.HOME,
    timeout: timeoutMs,
  });
}
