import { beforeEach, describe, expect, it } from 'vitest';
import { chooseDrawerTab, closeDrawer, highestDrawer, keptDrawer, openDrawer, setDrawerHeight, showOperationSteps, toggleDrawer, useDrawer } from '../../../src/renderer/src/lib/drawer';

const CLOSED = { open: false, tab: 'activity', height: 280, operation: null } as const;

describe('what is kept of the drawer', () => {
  it.each([
    [null, CLOSED],
    ['no json', CLOSED],
    ['[]', CLOSED],
    ['null', CLOSED],
    ['{"open":true,"tab":"logs","height":400,"operation":"op_1"}', { open: true, tab: 'logs', height: 400, operation: 'op_1' }],
    ['{"open":"yes","tab":"gone","height":1,"operation":7}', { ...CLOSED, height: 160 }],
    ['{"height":null}', CLOSED],
  ])('of %j is %j', (text, kept) => {
    expect(keptDrawer(text)).toEqual(kept);
  });

  it('leaves room for the page, and never less than a few rows for itself', () => {
    expect([highestDrawer(900), highestDrawer(600), highestDrawer(300)]).toEqual([612, 312, 160]);
  });
});

describe('the drawer', () => {
  beforeEach(() => useDrawer.setState({ ...CLOSED, services: { logs: null, terminal: null }, asked: 0 }));

  it('opens on what is asked for, and the same can be asked for again', () => {
    openDrawer({ tab: 'logs', service: 'api' });
    expect(useDrawer.getState()).toMatchObject({ open: true, tab: 'logs', services: { logs: 'api', terminal: null }, asked: 1 });
    openDrawer({ tab: 'terminal', service: 'web' });
    openDrawer({ tab: 'logs' });
    expect(useDrawer.getState()).toMatchObject({ tab: 'logs', services: { logs: 'api', terminal: 'web' }, asked: 3 });
    openDrawer({ tab: 'activity', operation: 'op_1' });
    openDrawer({ tab: 'activity' });
    expect(useDrawer.getState()).toMatchObject({ tab: 'activity', operation: 'op_1', asked: 5 });
  });

  it('comes back as it was left', () => {
    openDrawer({ tab: 'terminal' });
    setDrawerHeight(333);
    closeDrawer();
    toggleDrawer();
    expect(useDrawer.getState()).toMatchObject({ open: true, tab: 'terminal', height: 333 });
    chooseDrawerTab('activity');
    showOperationSteps('op_2');
    toggleDrawer();
    expect(useDrawer.getState()).toMatchObject({ open: false, tab: 'activity', operation: 'op_2' });
  });
});
