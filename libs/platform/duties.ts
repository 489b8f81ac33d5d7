import { lanes, topicOf } from '#libs/bus';
import { Duty } from '#libs/work';

/** A group of the bus, and a topic that it reads. */
export interface Reads {
  readonly group: string;
  readonly topic: string;
}

/** What each role of this process is at; its own injection token. */
export class Duties {
  private readonly duties: ReadonlyMap<string, Duty>;
  private readonly reading = new Map<string, Reads[]>();

  constructor(roles: readonly string[]) {
    this.duties = new Map(roles.map((role) => [role, new Duty(role)]));
  }

  /** @throws {Error} where this process has no such role */
  of(role: string): Duty {
    const duty = this.duties.get(role);
    if (!duty) throw new Error(`There is no ${role} in this process.`);
    return duty;
  }

  all(): Duty[] {
    return [...this.duties.values()];
  }

  /** Says that the role reads these news, in each lane. @param about what its topics are called: `orders` */
  reads(role: string, group: string, about: string): void {
    const known = this.reading.get(role) ?? [];
    this.reading.set(role, [...known, ...lanes.map((lane) => ({ group, topic: topicOf(about, lane) }))]);
  }

  readBy(role: string): readonly Reads[] {
    return this.reading.get(role) ?? [];
  }
}
