/** Where the two services are reached; without a slash at the end. */
interface Services {
  readonly PUBLIC_URL: string;
  readonly STATUS_URL: string;
}

/** Where an order can be followed and cancelled. Each link carries the order's token: following it is enough. */
export function orderLinks({ PUBLIC_URL, STATUS_URL }: Services, id: string, orderToken: string) {
  const token = `?token=${orderToken}`;
  const order = `${STATUS_URL}/orders/${id}`;
  return {
    status: `${order}${token}`,
    events: `${order}/events${token}`,
    stream: `${order}/stream${token}`,
    cancel: `${PUBLIC_URL}/orders/${id}/cancellation${token}`,
  };
}

/** Where a photo can be followed. */
export function photoLinks({ STATUS_URL }: Pick<Services, 'STATUS_URL'>, id: string, photoToken: string) {
  const token = `?token=${photoToken}`;
  const photo = `${STATUS_URL}/photos/${id}`;
  return { status: `${photo}${token}`, stream: `${photo}/stream${token}` };
}

/** Where a rendition lies. */
export const renditionLink = ({ STATUS_URL }: Pick<Services, 'STATUS_URL'>, id: string, photoToken: string, name: string): string =>
  `${STATUS_URL}/photos/${id}/renditions/${name}?token=${photoToken}`;

/** Where an account can be followed. It is the operator's: no link opens it. */
export function accountLinks({ STATUS_URL }: Pick<Services, 'STATUS_URL'>, id: string) {
  const status = `${STATUS_URL}/accounts/${id}`;
  return { status, events: `${status}/events`, stream: `${status}/stream` };
}

/** Where a run of a job can be followed and cancelled. It is the operator's: no link opens it. */
export function runLinks({ STATUS_URL }: Pick<Services, 'STATUS_URL'>, id: string) {
  const status = `${STATUS_URL}/job-runs/${id}`;
  return { status, log: `${status}/log`, cancel: `${status}/cancellation` };
}
