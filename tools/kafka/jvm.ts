import fs from 'node:fs';
import path from 'node:path';
import type { Places } from './places.js';

/** Serial collector, first compiler only: 160 MB and half the time to start of the defaults. */
const options = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];

// The class archive is checked against the class path as text, so it is spelt out, in one order.
const classPath = (libs: string): string =>
  fs
    .readdirSync(libs)
    .filter((file) => file.endsWith('.jar'))
    .sort()
    .map((file) => path.join(libs, file))
    .join(':');

export const javaArguments = (at: Places, heap: string, more: readonly string[], main: readonly string[]): string[] => [
  ...options,
  `-Xmx${heap}`,
  ...more,
  '-cp',
  classPath(at.libs),
  ...main,
];

/** Other starts take twice as long. */
export const sharedArchive = (at: Places): string[] => (fs.existsSync(at.archive) ? [`-XX:SharedArchiveFile=${at.archive}`] : []);
