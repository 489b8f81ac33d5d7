type Ending = () => void | Promise<void>;

/** The end of a process, for whoever holds something open: a stream of events, a client that waits for its order. */
export class Lifecycle {
  readonly #abort = new AbortController();
  readonly #endings = new Set<Ending>();

  /** Aborted when the process begins to stop. Many may listen; `onStop` is cheaper to let go of. */
  readonly stopping: AbortSignal = this.#abort.signal;

  /**
   * Called when the process begins to stop, before the server lets go of its connections; at once if it is stopping already.
   * @returns lets go of it.
   */
  onStop(ending: Ending): () => void {
    if (this.stopping.aborted) void settle(ending);
    else this.#endings.add(ending);
    return () => this.#endings.delete(ending);
  }

  /** Ends what is open. An ending that fails keeps no other from its turn. */
  async stop(): Promise<void> {
    if (this.stopping.aborted) return;
    this.#abort.abort(new Error('The process is stopping.'));
    const endings = [...this.#endings];
    this.#endings.clear();
    await Promise.all(endings.map(settle));
  }
}

const settle = async (ending: Ending): Promise<void> => {
  try {
    await ending();
  } catch {
    // Whatever it was, it ends with the process.
  }
};
