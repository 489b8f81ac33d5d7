/** Headers that a request may have, beyond those that every request may have. */
export const askedHeaders = {
  'Idempotency-Key': {
    text: 'The same key with the same body again has no second consequence: the first 2xx answer comes again, for 24 hours.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7E]+$' },
    example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
  },
  Prefer: {
    text: '`wait=N` (RFC 7240): answer with the ended order if it ends within N seconds, 30 at most. What is malformed is ignored.',
    schema: { type: 'string' },
    example: 'wait=10',
  },
  'If-None-Match': {
    text: 'An `ETag` that the client has, a list of them, or `*`. Compared weakly.',
    schema: { type: 'string' },
    example: '"3"',
  },
  'Last-Event-ID': {
    text: 'The version seen last: what comes after it is told. What is no version means from the first.',
    schema: { type: 'string' },
    example: '3',
  },
} as const;
export type AskedHeader = keyof typeof askedHeaders;

/** Headers of answers. */
export const answerHeaders = {
  Location: { text: 'Where what was asked for can be followed; with the token that opens it.', schema: { type: 'string', format: 'uri' } },
  ETag: { text: 'The version of what is shown.', schema: { type: 'string' } },
  'Retry-After': { text: 'Seconds until it is worth asking (again).', schema: { type: 'string', pattern: '^\\d+$' } },
  'Cache-Control': { text: 'What may be kept, and for how long.', schema: { type: 'string' } },
  'Idempotency-Replayed': { text: 'There where this is the answer to an earlier request with the same key.', schema: { const: 'true' } },
  'Preference-Applied': { text: 'The `Prefer: wait` that was fulfilled.', schema: { type: 'string' } },
  'Content-Security-Policy': { text: 'Without `unsafe-inline` scripts.', schema: { type: 'string' } },
  'WWW-Authenticate': { text: 'How to say who asks.', schema: { const: 'Bearer' } },
  'X-Request-Id': { text: 'The request’s own id, or a new one. Logs name it.', schema: { type: 'string' } },
  'X-Content-Type-Options': { text: 'Types are not guessed.', schema: { const: 'nosniff' } },
} as const;
export type AnswerHeader = keyof typeof answerHeaders;

/** Of every answer, whatever its status. */
export const everyAnswer = ['X-Request-Id', 'X-Content-Type-Options'] as const satisfies readonly AnswerHeader[];
