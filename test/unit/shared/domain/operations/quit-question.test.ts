import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FINAL_STATES, type OperationState } from '@shared/domain/operations/operation';
import { quitQuestion } from '@shared/domain/operations/quit-question';
import { english } from '@main/app/words/en';

const STATES: readonly OperationState[] = [...FINAL_STATES, 'queued', 'running', 'rolling-back', 'interrupted'];
const title = fc.string({ minLength: 1, maxLength: 20 });

describe('the question before quitting', () => {
  it('says what becomes of what runs', () => {
    expect(quitQuestion([{ title: 'Switch shop to dev', state: 'running', cancellable: true }], 0, english.quit)).toEqual({
      message: 'Quit while “Switch shop to dev” runs?',
      detail: '“Switch shop to dev” is cancelled, and what it changed is undone.\nContainers that run go on running.',
      stay: 'Wait',
    });
    const two = quitQuestion([{ title: 'Switch shop to dev', state: 'running', cancellable: false }, { title: 'Stop blog', state: 'rolling-back', cancellable: false }], 0, english.quit);
    expect(two?.message).toBe('Quit while 2 operations run?');
    expect(two?.detail.split('\n').slice(0, 2)).toEqual(['“Switch shop to dev” is past the point of undoing; it is brought to its end first.', '“Stop blog” is being undone; that is brought to its end first.']);
  });

  it('says what is not saved, alone and beside what runs', () => {
    expect(quitQuestion([], 1, english.quit)).toEqual({ message: 'Quit with 1 file not saved?', detail: 'What you changed in 1 file is not saved yet and is lost.\nContainers that run go on running.', stay: 'Keep editing' });
    const both = quitQuestion([{ title: 'Stop blog', state: 'running', cancellable: true }], 2, english.quit);
    expect(both?.message).toBe('Quit while “Stop blog” runs?');
    expect(both?.detail.split('\n')).toEqual(['“Stop blog” is cancelled, and what it changed is undone.', 'What you changed in 2 files is not saved yet and is lost.', 'Containers that run go on running.']);
  });

  it('is asked exactly when something is at work or not saved, and names all of it', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ title, state: fc.constantFrom(...STATES), cancellable: fc.boolean() })), fc.nat(3), (operations, unsaved) => {
        const atWork = operations.filter(({ state }) => state === 'running' || state === 'rolling-back');
        const question = quitQuestion(operations, unsaved, english.quit);
        expect(question === null).toBe(atWork.length === 0 && unsaved === 0);
        for (const one of atWork) expect(question?.detail).toContain(`“${one.title}”`);
      }),
    );
  });
});
