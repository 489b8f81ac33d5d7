import { curlOf } from './curl.js';
import { h, paragraphs, said } from './dom.js';
import { at, schemaOf } from './schema.js';

const verbs = ['get', 'post', 'put', 'patch', 'delete'];
const main = document.getElementById('main');
const nav = document.getElementById('nav');
const filter = document.getElementById('filter');

const idOf = ({ operationId }) => operationId;

function exampleOf(example) {
  if (example === undefined) return null;
  return h('pre', { tabindex: 0 }, typeof example === 'string' ? example : JSON.stringify(example, null, 2));
}

const contents = (api, content = {}) =>
  Object.entries(content).map(([type, { schema, example }]) => [
    h('p', null, h('code', null, type), ' ', schema && schemaOf(api, schema)),
    exampleOf(example),
  ]);

const answers = (api, { responses }) =>
  Object.entries(responses).map(([status, given]) => {
    const { description, headers = {}, content } = at(api, given);
    return h(
      'details',
      null,
      h('summary', null, h('code', null, status), ' ', said(description.split('\n\n')[0])),
      paragraphs(description.split('\n\n').slice(1).join('\n\n')),
      Object.entries(headers).length > 0 &&
        h(
          'dl',
          null,
          Object.entries(headers).map(([name, one]) => [
            h('dt', null, h('code', null, name)),
            h('dd', null, said(at(api, one).description)),
          ]),
        ),
      contents(api, content),
    );
  });

function routeOf(api, path, verb, operation) {
  const { summary, description, parameters, security, requestBody } = operation;
  const [server] = operation.servers ?? api.servers ?? [];
  const who = security.flatMap((one) => Object.keys(one));
  return h(
    'section',
    { class: 'route', id: idOf(operation), 'aria-labelledby': `${idOf(operation)}-title` },
    h('h3', { id: `${idOf(operation)}-title` }, h('span', { class: 'verb' }, verb.toUpperCase()), ' ', path),
    h('p', null, said(summary), '.'),
    paragraphs(description),
    who.length > 0 && h('p', { class: 'soft' }, opensWith(who)),
    h('h4', null, 'Parameters'),
    h(
      'dl',
      null,
      parameters.map((one) => [
        h('dt', null, h('code', null, one.name), h('span', { class: 'soft' }, ` ${one.in}${one.required ? '' : ', optional'}`)),
        h('dd', null, schemaOf(api, one.schema), ' ', one.description && said(one.description)),
      ]),
    ),
    requestBody && [h('h4', null, requestBody.required ? 'Body' : 'Body, optional'), contents(api, requestBody.content)],
    h('h4', null, 'Answers'),
    answers(api, operation),
    h('h4', null, 'By hand'),
    h('pre', { tabindex: 0 }, curlOf(server?.url ?? '', path, verb, operation)),
  );
}

function opensWith(who) {
  if (who.includes('token')) return 'Opens with its own token, or the operator’s.';
  return who.includes('accountKey') ? 'Open to everybody. By the key of an account, its own limit counts.' : 'The operator’s.';
}

function draw(api) {
  main.append(h('h2', null, api.info.title), ...paragraphs(api.info.description));
  const routes = Object.entries(api.paths).flatMap(([path, item]) =>
    verbs.flatMap((verb) => (item[verb] ? [{ path, verb, operation: item[verb] }] : [])),
  );
  for (const { name } of api.tags) {
    const own = routes.filter(({ operation }) => operation.tags.includes(name));
    if (own.length === 0) continue;
    const title = name[0].toUpperCase() + name.slice(1);
    nav.append(
      h('h2', null, title),
      h(
        'ul',
        null,
        own.map(({ path, verb, operation }) =>
          h('li', null, h('a', { href: `#${idOf(operation)}` }, h('span', { class: 'verb' }, verb.toUpperCase()), ` ${path}`)),
        ),
      ),
    );
    main.append(h('h2', null, title), ...own.map(({ path, verb, operation }) => routeOf(api, path, verb, operation)));
  }
}

/** What does not have these letters in it is put away, in the list and on the page. */
function sift() {
  const wanted = filter.value.trim().toLowerCase();
  for (const link of nav.querySelectorAll('a')) {
    const away = !link.textContent.toLowerCase().includes(wanted);
    link.parentElement.hidden = away;
    document.getElementById(link.hash.slice(1)).hidden = away;
  }
}

filter.addEventListener('input', sift);

try {
  const answer = await fetch('/openapi.json');
  if (!answer.ok) throw new Error(String(answer.status));
  draw(await answer.json());
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch {
  document.getElementById('failed').hidden = false;
}
