import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

// Browser modules: TypeScript does not know them, and they need no types to be tried.
const load = (name: string): Promise<any> => import(/* @vite-ignore */ path.join(import.meta.dirname, name));
const { duration, details, time, toneOfEvent, words } = await load('format.js');
const { reader, follow } = await load('sse.js');

describe('what the page reads of a stream', () => {
  const heardOf = (...pieces: string[]): unknown[] => {
    const heard: unknown[] = [];
    const push = reader((event: unknown) => heard.push(event));
    for (const piece of pieces) push(piece);
    return heard;
  };

  it('is the same however it is cut into pieces', () => {
    const text = ': hello\n\nid: 1\ndata: {"a":1}\n\ndata: x\ndata: y\r\n\r\nid: 3\ndata:z\n\n';
    const whole = heardOf(text);
    expect(whole).toEqual([
      { id: '1', data: '{"a":1}' },
      { id: '1', data: 'x\ny' },
      { id: '3', data: 'z' },
    ]);
    expect(heardOf(...text)).toEqual(whole);
  });

  it('is taken up behind the last event after a break, until nothing more will come', async () => {
    const answers = ['id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n', 'id: 3\ndata: 3\n\n'];
    const asked: (string | undefined)[] = [];
    const open = async (headers: Record<string, string>) => {
      asked.push(headers['last-event-id']);
      const body = answers.shift();
      return body === undefined ? new Response(null, { status: 204 }) : new Response(body);
    };
    const got: unknown[] = [];
    await new Promise<void>((end) => void follow(open, { event: (data: unknown) => got.push(data), end }, new AbortController().signal));
    expect([got, asked]).toEqual([
      [1, 2, 3],
      [undefined, '2', '3'],
    ]);
  });
});

describe('how things are said', () => {
  it('of times', () => {
    expect([340, 4_200, 42_000, 180_000, 7_500_000, 7_200_000, 259_200_000].map(duration)).toEqual([
      '340 ms',
      '4.2 s',
      '42 s',
      '3 min',
      '2 h 5 min',
      '2 h',
      '3 d',
    ]);
    expect(time(null)).toBe('–');
  });

  it('of events and of health', () => {
    expect(['Printed', 'CaptureFailed', 'StepFailed', 'PaymentVoided', 'NotificationSent', 'NotificationFailed'].map(toneOfEvent)).toEqual([
      'good',
      'bad',
      'warn',
      'warn',
      'busy',
      'bad',
    ]);
    expect(words('PaymentAuthorised')).toBe('Payment authorised');
    expect(details({ status: 'up', count: 3, oldestSeconds: 0.2 })).toBe('count 3, oldest 200 ms');
    expect(details({ status: 'up', groups: { status: { messages: 0 }, payments: { messages: 1200 } } })).toBe('payments 1,200');
    expect(details({ status: 'down', message: 'Nobody publishes.' })).toBe('Nobody publishes.');
  });
});

describe('the page’s files', () => {
  const files = readdirSync(import.meta.dirname);
  const of = (end: string) =>
    files.filter((file) => file.endsWith(end)).map((file) => [file, readFileSync(path.join(import.meta.dirname, file), 'utf8')] as const);

  it('import nothing that is not there, and ask nobody else', () => {
    for (const [file, text] of of('.js')) {
      for (const [, name] of text.matchAll(/from '(.*?)'/g)) expect(files, `${file} imports ${name}`).toContain(path.basename(name!));
    }
    for (const [file, text] of [...of('.js'), ...of('.css'), ...of('.html')]) {
      expect(text.replaceAll('http://www.w3.org/2000/svg', ''), file).not.toMatch(/https?:\/\/|innerHTML|eval\(| style=/);
    }
  });
});
