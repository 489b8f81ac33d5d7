import { createHmac } from 'node:crypto';

/**
 * A password for each role's login, made of the server's own one (of `otherwise`, where the server asks for none): roles belong to the server, so
 * every stack on it has to come to the same.
 */
export function passwordsFor(databaseUrl: string, roles: readonly string[], otherwise: string): ReadonlyMap<string, string> {
  const key = new URL(databaseUrl).password || otherwise;
  return new Map(roles.map((role) => [role, createHmac('sha256', key).update(role).digest('base64url')]));
}
