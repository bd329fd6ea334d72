import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { TrayIcon } from '@main/app/tray-model';

const FOLDER = resolve(import.meta.dirname, '../../../../resources/icons/tray');
const ICONS: readonly TrayIcon[] = ['running', 'stopped', 'degraded', 'failed', 'busy', 'offline'];
const ICO_SIZES = [16, 20, 24, 32, 40, 48];
/** Two shapes differ in at least this share of all pixels. */
const LEAST_DIFFERENCE = 0.04;

interface Picture {
  readonly width: number;
  readonly height: number;
  /** One byte a pixel. */
  readonly alpha: Uint8Array;
  /** Whether any pixel has a colour of its own. */
  readonly coloured: boolean;
}

/** Reads a PNG of eight bits a channel, with colour and transparency. */
function picture(png: Buffer): Picture {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  expect([png[24], png[25]]).toEqual([8, 6]);
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  const raw = inflateSync(Buffer.concat(data));
  const stride = width * 4;
  const pixels = new Uint8Array(stride * height);
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (stride + 1)] ?? 0;
    for (let column = 0; column < stride; column += 1) {
      const at = row * stride + column;
      const left = column >= 4 ? (pixels[at - 4] ?? 0) : 0;
      const above = row > 0 ? (pixels[at - stride] ?? 0) : 0;
      const corner = row > 0 && column >= 4 ? (pixels[at - stride - 4] ?? 0) : 0;
      pixels[at] = (raw[row * (stride + 1) + 1 + column] ?? 0) + [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter]!;
    }
  }
  const alpha = pixels.filter((_value, index) => index % 4 === 3);
  return { width, height, alpha, coloured: pixels.some((value, index) => index % 4 !== 3 && value > 0 && (alpha[index >> 2] ?? 0) > 0) };
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

const pngOf = async (name: string): Promise<Picture> => picture(await readFile(join(FOLDER, name)));

/** How many pixels are there in one and not in the other, as a share of all. */
function difference(one: Picture, other: Picture): number {
  const solid = (of: Picture, at: number): boolean => (of.alpha[at] ?? 0) > 127;
  return one.alpha.filter((_value, at) => solid(one, at) !== solid(other, at)).length / one.alpha.length;
}

describe('the icons of the tray', () => {
  it.each(ICONS)('has %s in the sizes that every system wants', async (icon) => {
    const [small, large, template, largeTemplate, ico] = await Promise.all([pngOf(`${icon}.png`), pngOf(`${icon}@2x.png`), pngOf(`${icon}Template.png`), pngOf(`${icon}Template@2x.png`), readFile(join(FOLDER, `${icon}.ico`))]);
    expect([small, large, template, largeTemplate].map(({ width, height }) => [width, height])).toEqual([[22, 22], [44, 44], [16, 16], [32, 32]]);
    // macOS colours a template itself: it may be black and transparent only.
    expect([template.coloured, largeTemplate.coloured]).toEqual([false, false]);
    const sizes = Array.from({ length: ico.readUInt16LE(4) }, (_, index) => {
      const entry = 6 + 16 * index;
      const own = picture(ico.subarray(ico.readUInt32LE(entry + 12), ico.readUInt32LE(entry + 12) + ico.readUInt32LE(entry + 8)));
      expect([own.width, own.height]).toEqual([ico[entry], ico[entry + 1]]);
      return own.width;
    });
    expect(sizes).toEqual(ICO_SIZES);
  });

  it('tells the states apart by shape alone', async () => {
    const shapes = await Promise.all(ICONS.map(async (icon) => ({ icon, template: await pngOf(`${icon}Template.png`) })));
    for (const [index, one] of shapes.entries()) {
      for (const other of shapes.slice(index + 1)) expect(difference(one.template, other.template), `${one.icon} and ${other.icon}`).toBeGreaterThan(LEAST_DIFFERENCE);
    }
  });
});
