import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkCounts, groupedChecks, reportText } from '../../../src/renderer/src/features/doctor/doctor-report';
import { pagesWith } from '../../../src/renderer/src/features/help/help-search';
import { readGuide } from '../../../src/renderer/src/lib/guide';
import type { DoctorReport } from '../../../src/renderer/src/lib/model';
import { helpWords } from '../../../src/renderer/src/locales/en/help';
import { PAGES } from '../../../src/renderer/src/lib/store';

const report: DoctorReport = {
  checks: [
    { name: 'disk', group: 'disk', level: 'ok', ok: true, detail: 'Room.' },
    { name: 'file-watch', group: 'disk', level: 'fail', ok: false, detail: 'Few.', fix: 'sysctl' },
    { name: 'engine', group: 'engine', level: 'warn', ok: true, detail: 'Old.' },
  ],
};

describe('the doctor’s report', () => {
  it('is in groups, what is missing first', () => {
    expect(groupedChecks(report).map(({ group, checks }) => [group, ...checks.map((check) => check.name)])).toEqual([['engine', 'engine'], ['disk', 'file-watch', 'disk']]);
    expect(checkCounts(report)).toEqual({ ok: 1, warn: 1, fail: 1 });
    expect(reportText(report)).toBe('engine:\n  note engine: Old.\ndisk:\n  no   file-watch: Few.\n       fix: sysctl\n  ok   disk: Room.');
  });
});

describe('the help', () => {
  it('has a page for each page, and every code of the guide belongs to one', () => {
    expect(Object.keys(helpWords.pages).sort()).toEqual([...PAGES].sort());
    const beginnings = PAGES.flatMap((page) => helpWords.pages[page].codes);
    const codes = readGuide(readFileSync('docs/troubleshooting.md', 'utf8')).sections.map((section) => section.code);
    expect(codes.length).toBeGreaterThan(80);
    expect(codes.filter((code) => !beginnings.some((beginning) => code.startsWith(beginning)))).toEqual([]);
    expect(beginnings.filter((beginning) => !codes.some((code) => code.startsWith(beginning)))).toEqual([]);
  });

  it('is found by words in any order', () => {
    const page = helpWords.pages.snapshots;
    expect(['', 'RESTORE part', 'snapshots', 'verified'].map((filter) => pagesWith(page, 'Snapshots', filter))).toEqual([true, true, true, true]);
    expect(pagesWith(page, 'Snapshots', 'restore teapot')).toBe(false);
  });
});
