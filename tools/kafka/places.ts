import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Machine {
  /** The java to run; default `java` from the PATH. */
  readonly java?: string;
  /** Where jars, template and class archive are kept, by version; default `~/.cache/backroom-kafka`. */
  readonly cache?: string;
}

export interface Places {
  readonly java: string;
  readonly home: string;
  readonly libs: string;
  readonly template: string;
  readonly archive: string;
  readonly ready: string;
}

/** pom.xml is not compiled: it is found from the project's root, both out of the sources and out of dist. */
export const pom = (): string => {
  let dir = path.dirname(fileURLToPath(import.meta.url));
  while (!fs.existsSync(path.join(dir, 'package.json'))) {
    const up = path.dirname(dir);
    if (up === dir) throw new Error('no package.json above tools/kafka');
    dir = up;
  }
  return path.join(dir, 'tools/kafka/pom.xml');
};

/** @returns such as `17.0.15`, or undefined where there is no java. */
export const javaVersion = (java = 'java'): string | undefined =>
  /version "(.*?)"/.exec(spawnSync(java, ['-version'], { encoding: 'utf8' }).stderr ?? '')?.[1];

/** Every pair of Kafka and Java has a folder of its own, so that a class archive never meets jars other than those it was made from. */
export const places = ({ java = 'java', cache = path.join(os.homedir(), '.cache/backroom-kafka') }: Machine = {}): Places => {
  const version = /<kafka.version>(.*?)</.exec(fs.readFileSync(pom(), 'utf8'))?.[1] ?? 'unknown';
  const home = path.join(cache, `${version}-java-${javaVersion(java) ?? 'none'}`);
  return {
    java,
    home,
    libs: path.join(home, 'libs'),
    template: path.join(home, 'template'),
    archive: path.join(home, 'kafka.jsa'),
    ready: path.join(home, 'ready'),
  };
};
