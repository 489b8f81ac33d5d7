// Elements without a framework. Whatever comes from outside is only ever set as text.

/** `h('a', { href: '#/' }, 'Overview')`; `onclick` and its like are listeners, what is null or false is left out. */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same of SVG. */
export function s(tag, props, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/**
 * Makes a list's children those of `items`. A child whose item says the same stays the very element, where it is: whoever reads or tabs
 * through a list that changes is not thrown out of it.
 */
export function patch(parent, items, keyOf, make) {
  const there = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const says = JSON.stringify(item);
    let child = there.get(key);
    there.delete(key);
    if (child?.says !== says) {
      const made = make(item, child !== undefined);
      made.dataset.key = key;
      made.says = says;
      if (child) {
        const focused = child.contains(document.activeElement);
        if (at === child) at = made;
        child.replaceWith(made);
        if (focused) made.querySelector('a, button')?.focus();
      }
      child = made;
    }
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
  }
  for (const gone of there.values()) gone.remove();
}

/** Calls it now and then each so many ms until the page is left; not while nobody looks at the window. */
export function poll(work, ms, signal) {
  const turn = async () => {
    if (signal.aborted) return;
    if (!document.hidden) await work().catch(quiet);
    if (!signal.aborted) setTimeout(turn, ms);
  };
  void turn();
}

/** What was refused now may be answered the next time; what is wrong with the page itself is told. */
export function quiet(error) {
  if (error.name !== 'Refused' && error.name !== 'AbortError') reportError(error);
}

/** Calls it at most once each so many ms, and once more after the last time it was asked to. */
export function throttled(work, ms) {
  let timer;
  let again = false;
  return function ask() {
    if (timer) return void (again = true);
    void work();
    timer = setTimeout(() => {
      timer = undefined;
      if (!again) return;
      again = false;
      ask();
    }, ms);
  };
}

let fading;
/** A sentence in the corner, read aloud too. */
export function toast(sentence) {
  const place = document.getElementById('toast');
  place.textContent = sentence;
  clearTimeout(fading);
  fading = setTimeout(() => (place.textContent = ''), 6_000);
}

/** What a button does, disabled meanwhile; what goes wrong is said. */
export const action = (work) => async (event) => {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    toast(error.message);
  } finally {
    button.disabled = false;
  }
};
