/** `npm run -s tray:icons`: draws the icons of the tray anew after an SVG in resources/icons/tray was changed, in the sizes each system wants. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { hasDisplay, startVirtualDisplay } from './lib/display.mjs';
import { ensureElectron } from './lib/electron-runtime.mjs';
import { ROOT } from './lib/paths.mjs';
import { createReport } from './lib/report.mjs';

const FOLDER = join(ROOT, 'resources', 'icons', 'tray');
/** Linux panels are 22 and 24 pixels high; macOS draws templates of 16 points; Windows takes one file with every size between 100 % and 300 %. */
const PNGS = [['.png', 22, false], ['@2x.png', 44, false], ['Template.png', 16, true], ['Template@2x.png', 32, true]];
const ICO_SIZES = [16, 20, 24, 32, 40, 48];

/** The program that draws: pictures as data URLs to its standard output. */
const DRAWING = `
const { app, BrowserWindow } = require('electron');
async function draw({ svg, size, template }) {
  const image = new Image();
  image.src = 'data:image/svg+xml,' + encodeURIComponent(svg.replace('<svg ', '<svg width="' + size + '" height="' + size + '" '));
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0, size, size);
  // A template is black with the transparency of the picture.
  context.globalCompositeOperation = 'source-in';
  if (template) context.fillRect(0, 0, size, size);
  return canvas.toDataURL('image/png');
}
app.whenReady().then(async () => {
  const window = new BrowserWindow({ show: false });
  await window.loadURL('data:text/html,<title>icons</title>');
  const drawn = [];
  for (const job of JSON.parse(process.env.JOBS)) drawn.push(await window.webContents.executeJavaScript('(' + draw + ')(' + JSON.stringify(job) + ')'));
  process.stdout.write(JSON.stringify(drawn), () => app.exit(0));
});
`;

/** An ICO file of PNG pictures. */
function icoOf(pictures) {
  const head = Buffer.alloc(6 + 16 * pictures.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pictures.length, 4);
  let offset = head.length;
  for (const [index, { size, bytes }] of pictures.entries()) {
    const at = 6 + 16 * index;
    head.writeUInt8(size, at);
    head.writeUInt8(size, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(bytes.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += bytes.length;
  }
  return Buffer.concat([head, ...pictures.map(({ bytes }) => bytes)]);
}

const work = await mkdtemp(join(tmpdir(), 'berth-icons-'));
const display = hasDisplay() ? null : await startVirtualDisplay();
try {
  const runtime = await ensureElectron(createReport(process.stderr));
  await writeFile(join(work, 'main.cjs'), DRAWING);
  await writeFile(join(work, 'package.json'), JSON.stringify({ name: 'tray-icons', main: 'main.cjs' }));
  const files = (await readdir(FOLDER)).filter((one) => one.endsWith('.svg'));
  const svgs = await Promise.all(files.map((file) => readFile(join(FOLDER, file), 'utf8')));
  const sizes = [...PNGS.map(([, size, template]) => ({ size, template })), ...ICO_SIZES.map((size) => ({ size, template: false }))];
  const jobs = svgs.flatMap((svg) => sizes.map((one) => ({ svg, ...one })));
  const { stdout } = await promisify(execFile)(runtime.executable, [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--force-device-scale-factor=1', work], { env: { ...process.env, ...display?.env, JOBS: JSON.stringify(jobs) }, maxBuffer: 16 * 1024 * 1024, timeout: 60_000 });
  const drawn = JSON.parse(stdout).map((url) => Buffer.from(url.split(',')[1], 'base64'));
  for (const [index, file] of files.entries()) {
    const name = join(FOLDER, basename(file, '.svg'));
    const own = drawn.slice(index * sizes.length, (index + 1) * sizes.length);
    await Promise.all(PNGS.map(([ending], at) => writeFile(`${name}${ending}`, own[at])));
    await writeFile(`${name}.ico`, icoOf(ICO_SIZES.map((size, at) => ({ size, bytes: own[PNGS.length + at] }))));
  }
} finally {
  display?.stop();
  await rm(work, { recursive: true, force: true });
}
