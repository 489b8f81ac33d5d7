#!/usr/bin/env node
// `npm run -s backroom -- …`: the operator's command line, installed and built first where that is needed.
import './prepared.mjs';

await import('../dist/apps/backroom/cli/main.js');
