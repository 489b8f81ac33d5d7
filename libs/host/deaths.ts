import { pauseMs, type Backoff } from '#libs/backoff';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Freezing extends Backoff {
  /** How often in a row it may die before it was ready. */
  readonly after: number;
}

interface Kept {
  readonly version: string;
  readonly count: number;
  /** Of the last one, in milliseconds. */
  readonly at: number;
  readonly why?: string;
}

const usual: Freezing = { after: 3, firstMs: 20_000, maxMs: 600_000 };
/** What died yesterday says nothing of today. */
const forgottenAfterMs = 24 * 3_600_000;

/**
 * How often a process of this name has died before it was ready: in a file, so that the next one knows, also where this one is killed. Of this
 * version only, since another may well live. What cannot be written is not counted.
 */
export class Deaths {
  private kept: Kept | undefined;

  constructor(
    private readonly file: string,
    private readonly version: string,
    private readonly freezing: Freezing = usual,
  ) {
    this.kept = this.read();
  }

  get count(): number {
    return this.kept?.count ?? 0;
  }

  /** What is known of the last one. */
  get why(): string | undefined {
    return this.kept?.why;
  }

  /** For how long no further start is tried: longer with each death, counted from the last one. */
  get pauseMs(): number {
    const { after } = this.freezing;
    if (!this.kept || this.kept.count < after) return 0;
    return Math.max(0, this.kept.at + pauseMs(this.freezing, this.kept.count - after + 1) - Date.now());
  }

  /** A start begins: it counts as a death until it is said to be none. */
  begin(): void {
    this.write({ version: this.version, count: this.count + 1, at: Date.now(), why: this.why });
  }

  /** This start dies, and why. */
  blame(why: string): void {
    if (this.kept) this.write({ ...this.kept, at: Date.now(), why });
  }

  /** This start has ended before it was ready, but not by a fault of its own. */
  excuse(): void {
    if (!this.kept) return;
    if (this.kept.count > 1) this.write({ ...this.kept, count: this.kept.count - 1 });
    else this.forget();
  }

  /** It is ready. */
  forget(): void {
    this.kept = undefined;
    try {
      rmSync(this.file, { force: true });
    } catch {
      // Where it cannot be removed it could not be written: there is none.
    }
  }

  private read(): Kept | undefined {
    try {
      const kept = JSON.parse(readFileSync(this.file, 'utf8')) as Kept;
      return kept.version === this.version && Date.now() - kept.at < forgottenAfterMs ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  private write(kept: Kept): void {
    this.kept = kept;
    const folder = path.dirname(this.file);
    for (const each of [path.dirname(folder), folder]) makeFolder(each);
    try {
      // At once, or not at all: a process may be killed here too.
      writeFileSync(`${this.file}.new`, JSON.stringify(kept));
      renameSync(`${this.file}.new`, this.file);
    } catch {
      // A role without a folder of its own lives well otherwise.
    }
  }
}

/** One by one, and passable for others: DATA_DIR may not be there yet. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o711 });
  } catch {
    // It is there, or it cannot be.
  }
}
