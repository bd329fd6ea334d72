/** The part of minijinja-js that binds an instance made elsewhere: its own loader would give the engine all the memory it asks for. */
declare module 'minijinja-js/dist/bundler/minijinja_js_bg.js' {
  export { Environment } from 'minijinja-js';
  export function __wbg_set_wasm(exports: object): void;
}
