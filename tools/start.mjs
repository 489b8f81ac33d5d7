// `npm start`: the whole shop in this process, installed and built first where that is needed.
import './prepared.mjs';

// Not a child: signals to this process are the host's, and there is no second one to be left behind.
await import('../dist/apps/backroom/main.js');
