import { expect, it } from 'vitest';
import { finding } from '@shared/domain/findings/finding';
import { saidOfOriginal } from '@shared/domain/projects/said-of-original';

const COPY = '/state/twins/op_1/home/me/shop';
const words = saidOfOriginal(COPY, '/home/me/shop');
const fault = finding({ code: 'BIND_SOURCE_MISSING', severity: 'error', object: 'x', where: { file: `${COPY}/compose.yaml`, line: 3 }, message: `api mounts ${COPY}/src, which does not exist.`, why: `Put ${COPY}/src back.`, fixes: [{ id: 'fix-1', title: 'Create it' }] });

it('says what a finding of the copy means for the project, without fixes that only the copy has', () => {
  expect(words.finding(fault)).toEqual({ ...fault, where: { file: '/home/me/shop/compose.yaml', line: 3 }, message: 'api mounts /home/me/shop/src, which does not exist.', why: 'Put /home/me/shop/src back.', fixes: [] });
});

it('names no path of the copy anywhere in an error', () => {
  const said = words.error({ code: 'blocked', message: `${COPY} is wrong.`, hint: `Look at ${COPY}.`, where: { file: `${COPY}/compose.yaml` }, service: 'api', details: { findings: [{ ...fault, where: { file: fault.where?.file ?? '' }, rule: null, service: null, confidence: null, fixes: [{ id: 'fix-1', title: 'Create it' }] }], count: 1, none: undefined } });
  expect(JSON.stringify(said)).not.toContain('/state/');
  expect(JSON.stringify(said)).not.toContain('fix-1');
  expect(said).toMatchObject({ code: 'blocked', message: '/home/me/shop is wrong.', hint: 'Look at /home/me/shop.', where: { file: '/home/me/shop/compose.yaml' }, service: 'api', details: { findings: [{ code: 'BIND_SOURCE_MISSING', fixes: [] }], count: 1 } });
});
