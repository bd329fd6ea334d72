export { robustnessOperation } from './operation';
