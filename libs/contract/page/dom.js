// Elements without a framework. Whatever the document says is only ever set as text.

/** `h('a', { href: '#x' }, 'X')`; what is null or undefined is left out. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) if (value != null) element.setAttribute(name, value);
  element.append(...children.flat(3).filter((child) => child != null && child !== false));
  return element;
}

/** Text with `code` in it, and **nothing** else of Markdown. */
export const said = (text = '') => text.split('`').map((part, n) => (n % 2 ? h('code', null, part) : part));

/** Paragraphs and lists, as the descriptions have them. */
export const paragraphs = (text = '') =>
  text.split('\n\n').map((part) =>
    part.startsWith('- ')
      ? h(
          'ul',
          null,
          part
            .split(/^- /m)
            .slice(1)
            .map((item) => h('li', null, said(item))),
        )
      : h('p', null, said(part)),
  );
