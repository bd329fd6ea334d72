/**
 * The page's policy allows no inline styles, and xterm writes some: style elements for its theme and sizes, style attributes for colours. This document gives
 * it elements that do the same through the CSS object model, which the policy allows. Nothing of the policy is loosened for it.
 */
export function strictDocument(): Document {
  return new Proxy(document, {
    get(target, key) {
      if (key === 'createElement') return createElement;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as (...given: readonly unknown[]) => unknown).bind(target) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}

function createElement(name: string): HTMLElement {
  if (name.toLowerCase() === 'style') return sheetElement();
  const element = document.createElement(name);
  if (name.toLowerCase() !== 'span') return element;
  const setAttribute = element.setAttribute.bind(element);
  element.setAttribute = (attribute, value) => {
    if (attribute === 'style') element.style.cssText = value;
    else setAttribute(attribute, value);
  };
  return element;
}

/** Stands where the style element would; its text is a sheet of the page until it is removed. */
function sheetElement(): HTMLElement {
  const element = document.createElement('span');
  const sheet = new CSSStyleSheet();
  let text = '';
  element.hidden = true;
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  Object.defineProperty(element, 'textContent', {
    get: () => text,
    set(given: string) {
      text = given;
      sheet.replaceSync(given);
    },
  });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}
