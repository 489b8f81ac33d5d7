import type { Admin } from 'kafkajs';
import { kafkaClient, type ClientOptions } from './client.js';

interface Connection {
  readonly admin: Promise<Admin>;
  users: number;
  broken: boolean;
}

/** One connection for questions, made when first needed; after an error the next question gets a new one. */
export class AdminConnection {
  #now: Connection | undefined;

  constructor(private readonly options: ClientOptions) {}

  async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const connection = (this.#now ??= { admin: this.#connect(), users: 0, broken: false });
    connection.users++;
    try {
      return await question(await connection.admin);
    } catch (error) {
      this.#leave(connection);
      throw error;
    } finally {
      connection.users--;
      // Not under the feet of others who still ask.
      if (connection.broken && connection.users === 0) void this.#disconnect(connection);
    }
  }

  async close(): Promise<void> {
    const connection = this.#now;
    this.#now = undefined;
    if (connection) await this.#disconnect(connection);
  }

  #leave(connection: Connection): void {
    connection.broken = true;
    if (this.#now === connection) this.#now = undefined;
  }

  async #connect(): Promise<Admin> {
    const admin = kafkaClient(this.options).admin();
    await admin.connect();
    return admin;
  }

  async #disconnect({ admin }: Connection): Promise<void> {
    await admin.then((connected) => connected.disconnect()).catch(() => undefined);
  }
}
