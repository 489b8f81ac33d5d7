import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { javaVersion, places, type Machine } from './places.js';

/** @returns in one sentence why no broker can be started on this machine, or undefined if one can. */
export const whyNoKafka = (machine: Machine = {}): string | undefined => {
  const java = javaVersion(machine.java);
  if (!java) return 'There is no Java on this machine; Kafka needs 17 or newer.';
  if (Number.parseInt(java, 10) < 17) return `Java is ${java}; Kafka needs 17 or newer.`;
  // Maven only brings the jars: once they are here it isn't asked for again.
  if (fs.existsSync(places(machine).ready)) return undefined;
  if (spawnSync('mvn', ['--version']).status !== 0) return 'There is no Maven (mvn) on this machine to bring Kafka.';
  return undefined;
};

export const kafkaPossible = (machine: Machine = {}): boolean => whyNoKafka(machine) === undefined;
