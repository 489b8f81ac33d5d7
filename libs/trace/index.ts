export { exportSpans, type ExportOptions } from './export.js';
export { startSpan, type Span } from './span.js';
