import type { RobustnessPointId } from '@shared/domain/robustness/points';
import { changeDependencies, movePorts, relocate, restructure } from './place-points';
import { addFive, addService, deleteService, replaceService } from './service-points';
import type { Stage } from './stage';
import { killAndRecover, refuseIssues } from './trouble-points';

/** What is done for each point: resolves with a sentence when it holds, rejects when it does not. */
export const POINT_ACTS: { readonly [id in RobustnessPointId]: (stage: Stage) => Promise<string> } = {
  delete: deleteService,
  add: addService,
  restructure,
  relocate,
  dependencies: changeDependencies,
  replace: replaceService,
  five: addFive,
  ports: movePorts,
  issues: refuseIssues,
  recover: killAndRecover,
};
