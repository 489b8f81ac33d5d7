// Server-sent events over fetch: an EventSource cannot send the token in a header, and an address is no place for the operator's.

/** Reads pieces of a stream as they arrive; calls with `{ id, data }` of each event. */
export function reader(heard) {
  let rest = '';
  let id;
  let data = [];
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) heard({ id, data: data.join('\n') });
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const [name, value] = colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
      if (name === 'data') data.push(value);
      else if (name === 'id') id = value;
    }
  };
}

/** How long to wait before a next try, in ms: rising to 15 s, never all at once. */
const pause = (failures) => Math.min(15_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2);

/**
 * Follows a stream until the signal says so or the server says that nothing more will come (204). What breaks is taken up again behind the
 * last event that arrived.
 * @param open makes the request: `(headers, signal) => Promise<Response>`
 * @param on `{ event(data), state('live' | 'away'), end() }`; the latter two may be missing
 */
export async function follow(open, on, signal) {
  let last;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const answer = await open({ accept: 'text/event-stream', ...(last && { 'last-event-id': last }) }, signal);
      if (answer.status === 204) return on.end?.();
      if (answer.status === 401 || answer.status === 404) return;
      if (!answer.ok) throw new Error(String(answer.status));
      on.state?.('live');
      const push = reader(({ id, data }) => {
        failures = 0;
        last = id ?? last;
        on.event(JSON.parse(data));
      });
      const text = new TextDecoder();
      const pieces = answer.body.getReader();
      for (let piece = await pieces.read(); !piece.done; piece = await pieces.read()) push(text.decode(piece.value, { stream: true }));
    } catch {
      // Told by what follows.
    }
    if (signal.aborted) return;
    on.state?.('away');
    await new Promise((next) => setTimeout(next, pause(failures)));
    failures = Math.min(failures + 1, 6);
  }
}
