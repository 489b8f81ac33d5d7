import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startCluster } from './cluster.js';
import { javaArguments } from './jvm.js';
import { locked } from './lock.js';
import { clusterId } from './node.js';
import { places, pom, type Machine, type Places } from './places.js';
import { properties } from './properties.js';

const run = async (command: string, args: readonly string[]): Promise<void> => {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args[0] ?? ''} … ended with ${code}`);
};

const fetchJars = (at: Places): Promise<void> =>
  run('mvn', ['-B', '-q', '-f', pom(), 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${at.libs}`]);

/** What StorageTool writes beside meta.properties differs by version and is the same for every node of a static quorum. */
const makeTemplate = async (at: Places): Promise<void> => {
  fs.rmSync(at.template, { recursive: true, force: true });
  const config = path.join(at.home, 'template.properties');
  const settings = { id: 1, port: 1, controllerPort: 2, dir: at.home, nodes: 1, voters: '1@127.0.0.1:2' };
  fs.writeFileSync(config, properties({ ...settings, extra: { 'log.dirs': at.template } }));
  await run(at.java, javaArguments(at, '96m', [], ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config]));
  fs.rmSync(path.join(at.template, 'meta.properties'));
};

/** One short life writes down the classes it loaded: later starts take half the time. */
const makeArchive = async (at: Places): Promise<void> => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'kafka-archive-'));
  const jvm = [`-XX:ArchiveClassesAtExit=${at.archive}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'];
  const cluster = await startCluster(at, { dir }, jvm);
  await cluster.stop();
  fs.rmSync(dir, { recursive: true, force: true });
};

/**
 * Brings Apache Kafka's jars by Maven (68 MB), a formatted folder and a class archive: once a machine, about 20 s, for nothing after that.
 * Safe in several processes at once; what a killed one left half done is done again.
 */
export const installKafka = async (machine: Machine = {}): Promise<Places> => {
  const at = places(machine);
  if (fs.existsSync(at.ready)) return at;
  fs.mkdirSync(at.home, { recursive: true });
  await locked(path.join(at.home, 'lock'), async () => {
    if (fs.existsSync(at.ready)) return;
    await fetchJars(at);
    await makeTemplate(at);
    await makeArchive(at);
    fs.writeFileSync(at.ready, '');
  });
  return at;
};
