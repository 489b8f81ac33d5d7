import { UsageError } from './command.js';

const uuid = /^(?:[a-z]+:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** An id, with or without its stream's kind before it. @throws {UsageError} */
export function idIn(text: string): string {
  const id = uuid.exec(text)?.[1];
  if (!id) throw new UsageError(`“${text}” is no id.`);
  return id.toLowerCase();
}

/** @throws {UsageError} naming what it was given as */
export function jsonIn(option: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${option} is no JSON.`);
  }
}

/** @throws {UsageError} */
export function timeIn(option: string, text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new UsageError(`${option} must be a time like 2026-11-24T12:00:00Z, not “${text}”.`);
  return at.toISOString();
}

/** @throws {UsageError} */
export function wholeIn(option: string, text: string | undefined, otherwise: number, most: number): number {
  if (text === undefined) return otherwise;
  const n = Number(text);
  if (!/^\d{1,9}$/.test(text) || n < 1 || n > most)
    throw new UsageError(`${option} must be a whole number from 1 to ${most}, not “${text}”.`);
  return n;
}
