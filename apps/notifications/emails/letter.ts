import Handlebars from 'handlebars';
import type { Inline, Mail } from './mail.js';

/** What the templates of a mail may name: all of it made one line, and the pictures that stand in it. */
interface Seen {
  readonly name: string;
  readonly pictures: readonly Inline[];
}

/** The three templates of a kind of mail: subject and text as they are written, HTML as MJML made it (tools/emails). */
export interface Templates {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const partials = {
  lines: `
{{#each lines}}
- {{name}}
  {{quantity}} × {{unitPrice}} = {{sum}}
{{/each}}

Total: {{total}}
`,
  shipTo: `
{{#if shipTo}}

It goes to:
{{#each shipTo}}
  {{this}}
{{/each}}
{{/if}}
`,
  bottom: `

See your order: {{statusUrl}}

--
Order {{orderId}}
You get this mail because of an order placed with this address. It was sent by a machine; nobody reads answers to it.
`,
};

/**
 * Templates are compiled once, when the first mail of the kind is written. `strict` makes a misspelt name an error of the first test
 * instead of a gap in a mail. HTML escapes what it fills in; text has nothing to escape, and lines that were made one line by `view`.
 */
export function letter<F extends { readonly customer: { readonly email: string } }>(
  view: (facts: F) => Seen,
  templates: Templates,
): (facts: F) => Mail {
  const plain = { noEscape: true, strict: true };
  const parts = Object.fromEntries(Object.entries(partials).map(([name, part]) => [name, Handlebars.compile(part.slice(1), plain)]));
  const subject = Handlebars.compile(templates.subject, plain);
  const text = Handlebars.compile(templates.text.trimStart(), plain);
  const html = Handlebars.compile(templates.html, { strict: true });

  return (facts) => {
    const { pictures, ...seen } = view(facts);
    const line = subject(seen);
    return {
      to: { name: seen.name, address: facts.customer.email },
      subject: line,
      text: text(seen, { partials: parts }),
      html: html({ ...seen, subject: line }),
      attachments: pictures,
    };
  };
}
