import { problem, type Fault, type Slug } from '#libs/host';
import { z } from 'zod';

const pid = z.int().min(1).optional().describe('Which process of the role; if left out, the first.');

/** Bodies, as the stack itself judges them. */
export const killing = z.strictObject({ pid });
export const freezing = z.strictObject({ pid, seconds: z.int().min(1).max(60) });
export const resizing = z
  .strictObject({
    min: z.int().min(1).max(99),
    max: z.int().min(1).max(99),
    each: z.int().min(1).max(999_999).describe('One process for each so many that wait.'),
  })
  .refine(({ min, max }) => max >= min, { path: ['max'], error: 'This is below `min`.' });

export const shownPool = z
  .strictObject({ role: z.string(), processes: z.int().describe('How many there are now.'), ...resizing.shape })
  .meta({ id: 'Pool' });
export const shownProcess = z
  .strictObject({
    role: z.string(),
    pid: z.int().nullable().describe('null between two lives.'),
    state: z.enum(['running', 'frozen', 'ended']),
  })
  .meta({ id: 'Process' });

export type ShownPool = z.output<typeof shownPool>;
export type ShownProcess = z.output<typeof shownProcess>;

export interface ShownStack {
  /** Whether processes may be killed and frozen. */
  readonly lab: boolean;
  /** Whether Kafka may be wiped. */
  readonly kafka: boolean;
  readonly pools: readonly ShownPool[];
  readonly processes: readonly ShownProcess[];
}

/** What is said of the request, or of a process that is between two lives. */
const passedOn = [404, 422, 503];

/** Who has started this process and its like, asked by the URL that it has given us. */
export class Stack {
  private readonly base: string;
  private readonly authorization: string;

  constructor(
    url: string,
    private readonly withinMs = 5_000,
  ) {
    const { origin, username, password } = new URL(url);
    this.base = origin;
    this.authorization = `Basic ${btoa(`${username}:${password}`)}`;
  }

  show = (): Promise<ShownStack> => this.answer('/');

  tell<T>(method: 'POST' | 'PUT', path: string, body: unknown = {}, withinMs?: number): Promise<T> {
    return this.answer(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }, withinMs);
  }

  /**
   * @throws {Problem} as the stack has answered, where that is about the request; `internal` where it has failed at it; `unavailable` where it does
   * not answer in time, or not to us
   */
  private async answer<T>(path: string, { headers, ...asked }: RequestInit = {}, withinMs = this.withinMs): Promise<T> {
    const request = { ...asked, headers: { ...headers, authorization: this.authorization }, signal: AbortSignal.timeout(withinMs) };
    const answer = await fetch(`${this.base}${path}`, request).catch(() => undefined);
    if (answer?.ok) return (await answer.json()) as T;
    if (answer?.status === 500) throw problem('internal', { detail: 'The stack has failed at it; what it prints says of what.' });
    if (!answer || !passedOn.includes(answer.status)) throw problem('unavailable', { detail: 'The stack does not answer.' });
    const { type, detail, errors } = (await answer.json()) as { type: string; detail: string; errors?: Fault[] };
    throw problem(type.split('/').at(-1) as Slug, { detail, errors });
  }
}
