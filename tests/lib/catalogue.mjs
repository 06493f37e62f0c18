// The catalogue of a stopped recorder, changed from outside: how a test makes footage old without waiting for a week.

import { join } from 'node:path';
import { run } from './processes.mjs';

const SCRIPT = `
import json, sqlite3, sys
asked = json.load(sys.stdin)
connection = sqlite3.connect(asked["file"])
cursor = connection.execute(asked["statement"], [bytes.fromhex(v["hex"]) if isinstance(v, dict) else v for v in asked["values"]])
rows = [[v.hex() if isinstance(v, bytes) else v for v in row] for row in cursor.fetchall()]
connection.commit()
connection.close()
print(json.dumps({"rows": rows, "changed": cursor.rowcount}))
`;

/** One statement on the catalogue; ids go in as `{ hex }` and come out as hex. */
export async function catalogue(data, statement, values = []) {
  const input = JSON.stringify({ file: join(data, 'candour.db'), statement, values });
  const { code, out, err } = await run('python3', ['-c', SCRIPT], { input });
  if (code !== 0) throw new Error(`the catalogue could not be changed: ${err}`);
  return JSON.parse(out);
}
