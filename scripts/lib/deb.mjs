import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, tail, which } from './run.mjs';

/** What Electron needs of a Debian or Ubuntu desktop (its own documentation). Newer releases have two of them under another name. */
const DEPENDS = ['libgtk-3-0 | libgtk-3-0t64', 'libnss3', 'libasound2 | libasound2t64', 'libgbm1', 'libxss1', 'libatk-bridge2.0-0 | libatk-bridge2.0-0t64', 'libcups2 | libcups2t64', 'libdrm2', 'libxkbcommon0', 'libxcomposite1', 'libxdamage1', 'libxrandr2'];
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };

const desktopFile = (description) => `[Desktop Entry]
Name=Berth
Comment=${description}
Exec=/opt/Berth/berth-desktop %U
Icon=berth
Terminal=false
Type=Application
Categories=Development;
MimeType=x-scheme-handler/berth;
StartupWMClass=berth
`;

/** Chromium's sandbox needs its helper where users cannot make namespaces of their own. Without the cache of the desktop, links come later: no reason to fail an installation. */
const POSTINST = `#!/bin/sh
set -e
if [ "$1" = configure ]; then
  chmod 4755 /opt/Berth/chrome-sandbox
  if command -v update-desktop-database > /dev/null; then update-desktop-database -q || true; fi
fi
`;

/** Puts a packaged folder into a .deb with dpkg-deb. Returns null where it is made, else why it is not. */
export async function makeDeb({ folder, icon, target, version, description, work }) {
  const dpkg = await which('dpkg-deb');
  const architecture = ARCHITECTURES[process.arch];
  if (dpkg === null || architecture === undefined) return 'dpkg-deb is not there';
  const root = join(work, 'deb');
  for (const path of ['DEBIAN', 'opt', 'usr/bin', 'usr/share/applications', 'usr/share/icons/hicolor/512x512/apps']) mkdirSync(join(root, path), { recursive: true, mode: 0o755 });
  cpSync(folder, join(root, 'opt', 'Berth'), { recursive: true, verbatimSymlinks: true });
  symlinkSync('/opt/Berth/resources/bin/berth', join(root, 'usr/bin/berth'));
  writeFileSync(join(root, 'usr/share/applications/berth.desktop'), desktopFile(description));
  cpSync(icon, join(root, 'usr/share/icons/hicolor/512x512/apps/berth.png'));
  writeFileSync(join(root, 'DEBIAN/postinst'), POSTINST);
  chmodSync(join(root, 'DEBIAN/postinst'), 0o755);
  writeFileSync(join(root, 'DEBIAN/control'), `Package: berth\nVersion: ${version}\nArchitecture: ${architecture}\nMaintainer: Berth\nSection: devel\nPriority: optional\nDepends: ${DEPENDS.join(', ')}\nDescription: ${description}\n`);
  const result = await run(dpkg, ['--root-owner-group', '-Zgzip', '--build', root, target]);
  return result.code === 0 ? null : tail(result.output, 3);
}
