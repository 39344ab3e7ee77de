// Where the independent server keeps clients, grants and tokens: in memory, so that a test can end a person's grants.

const TOKENS = new Set(['AccessToken', 'AuthorizationCode', 'Grant', 'RefreshToken', 'Session']);

export class MemoryStore {
  #records = new Map();

  adapter(kind) {
    const key = (id) => `${kind}:${id}`;
    const records = this.#records;
    return {
      upsert: async (id, payload) => { records.set(key(id), { kind, payload }); },
      find: async (id) => records.get(key(id))?.payload,
      findByUid: async (uid) => this.#first(kind, ({ payload }) => payload.uid === uid),
      findByUserCode: async () => undefined,
      consume: async (id) => {
        const record = records.get(key(id));
        if (record) record.payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => { records.delete(key(id)); },
      revokeByGrantId: async (grantId) => this.#forget(({ payload }) => payload.grantId === grantId),
    };
  }

  clear() {
    this.#records.clear();
  }

  forgetPerson(person) {
    this.#forget(({ kind, payload }) => TOKENS.has(kind) && payload.accountId === person);
  }

  #first(kind, matches) {
    return [...this.#records.values()].find((record) => record.kind === kind && matches(record))?.payload;
  }

  #forget(matches) {
    for (const [key, record] of this.#records) if (matches(record)) this.#records.delete(key);
  }
}
