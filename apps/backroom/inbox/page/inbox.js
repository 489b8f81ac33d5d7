// The page of /inbox and of /inbox/{id}. What a mail says is only ever set as text, its HTML only inside a frame that runs no scripts.

const find = (id) => document.getElementById(id);
const show = (...ids) => {
  for (const id of ['notice', 'entry', 'list', 'mail']) find(id).hidden = !ids.includes(id);
};

const given = new URLSearchParams(location.hash.slice(1)).get('token');
if (given) {
  sessionStorage.setItem('operator-token', given);
  // Out of the address, so that it is in no bookmark and on no screenshot.
  history.replaceState(null, '', location.pathname + location.search);
}

/** Fetches with the token; asks for one where there is none that fits. */
async function get(path) {
  const token = sessionStorage.getItem('operator-token');
  const answer = token && (await fetch(path, { headers: { accept: '*/*', authorization: `Bearer ${token}` } }));
  if (answer && answer.ok) return answer;
  if (!answer || answer.status === 401 || answer.status === 403) {
    show('entry');
    find('token').focus();
  } else
    say(answer.status === 404 ? 'There is no such mail, or it has been removed to make room.' : `That did not work (${answer.status}).`);
  return undefined;
}

function say(sentence) {
  find('notice').textContent = sentence;
  find('notice').hidden = false;
}

find('entry').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('operator-token', find('token').value.trim());
  open();
});

const when = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

function row({ id, to, subject, at }) {
  const link = document.createElement('a');
  link.href = `/inbox/${id}`;
  const add = (tag, text) => link.appendChild(Object.assign(document.createElement(tag), { textContent: text }));
  add('strong', subject || '(no subject)');
  add('time', when.format(new Date(at))).dateTime = at;
  add('span', to.join(', '));
  const item = document.createElement('li');
  item.append(link);
  return item;
}

let next = null;
let paged = false;

async function list(cursor) {
  const query = new URLSearchParams();
  if (find('to').value.trim()) query.set('to', find('to').value.trim());
  if (cursor) query.set('cursor', cursor);
  const answer = await get(`/inbox?${query}`);
  if (!answer) return;
  const page = await answer.json();
  next = page.next;
  paged = Boolean(cursor);
  show('list');
  const rows = page.items.map(row);
  if (cursor) find('mails').append(...rows);
  else replaceRows(rows);
  find('older').hidden = next === null;
  if (find('mails').childElementCount === 0) say('No mail yet.');
}

/** New mails on top; left alone where nothing changed, so that whoever is in the list by keyboard stays where they are. */
function replaceRows(rows) {
  const ids = (items) => [...items].map((item) => item.firstElementChild.getAttribute('href')).join();
  if (ids(rows) !== ids(find('mails').children)) find('mails').replaceChildren(...rows);
}

async function mail(id) {
  const answer = await get(`/inbox/${id}`);
  if (!answer) return;
  const letter = await answer.json();
  show('mail');
  document.title = `${letter.subject} – Inbox – Backroom`;
  find('subject').textContent = letter.subject || '(no subject)';
  find('from').textContent = letter.from;
  find('receivers').textContent = letter.to.join(', ');
  find('at').textContent = when.format(new Date(letter.at));
  find('at').dateTime = letter.at;
  find('message-id').textContent = letter.messageId ?? '–';

  const views = {
    html: async () => frame(await (await get(`/inbox/${id}/html`))?.text()),
    text: () => plain(letter.text),
    raw: async () => plain(await (await get(`/inbox/${id}/raw`))?.text()),
  };
  const choose = async (view) => {
    for (const button of find('views').children) button.setAttribute('aria-pressed', String(button.dataset.view === view));
    await views[view]();
  };
  for (const button of find('views').children) {
    button.hidden = button.dataset.view === 'html' && !letter.html;
    button.addEventListener('click', () => choose(button.dataset.view));
  }
  await choose(letter.html ? 'html' : 'text');
}

function frame(html) {
  if (html === undefined) return;
  // Links lead out of the frame: in it they would meet the same locks as the mail.
  find('html').srcdoc = html.replace(/<head[^>]*>|$/i, '$&<base target="_blank">');
  find('html').hidden = false;
  find('text').hidden = true;
}

function plain(text) {
  if (text === undefined) return;
  find('text').textContent = text;
  find('text').hidden = false;
  find('html').hidden = true;
}

const id = location.pathname.match(/^\/inbox\/([^/]+)$/)?.[1];
const open = () => (id ? mail(id) : list());

let typing;
find('filter').addEventListener('submit', (event) => event.preventDefault());
find('to').addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => list(), 250);
});
find('older').addEventListener('click', () => list(next));
if (!id) setInterval(() => !document.hidden && !find('list').hidden && !paged && list(), 5_000);
open();
