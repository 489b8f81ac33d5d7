import type { Settings } from '#libs/host';
import { orderCommand } from '../../apps/backroom/welcome.js';

type Told = Pick<Settings, 'PUBLIC_URL' | 'STATUS_URL' | 'OPERATOR_TOKEN' | 'DATA_DIR'> & { readonly KAFKA_BROKERS: string };

/** What is said when all processes are ready. The URL of each by its role's name. */
export function welcome(
  { PUBLIC_URL, STATUS_URL, OPERATOR_TOKEN, DATA_DIR, KAFKA_BROKERS }: Told,
  urls: ReadonlyMap<string, string>,
): string {
  const health = [...urls].map(([name, url]) => `  ${name.padEnd(14)} ${url}/health`).join('\n');
  return `
  The shop is open, a process a role.

  Dashboard      ${STATUS_URL}/#token=${OPERATOR_TOKEN}
  Products       ${PUBLIC_URL}/products
  Operator       ${OPERATOR_TOKEN}
  Kafka          ${KAFKA_BROKERS}
  Kept in        ${DATA_DIR}

${health}

  Place an order, then follow the link in Location:

  ${orderCommand(PUBLIC_URL)}

  Ctrl-C stops it.
`;
}
